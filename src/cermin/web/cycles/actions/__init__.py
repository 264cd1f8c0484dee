"""Everything that changes a cycle or a shared calendar."""
