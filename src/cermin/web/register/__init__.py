"""What every employee may read: regulations, value sets, the behaviour guide."""
