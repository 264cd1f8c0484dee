"""Who did what, when and from where: append-only and chained."""
