"""Pages of the register, one module per subject. Reading needs no account."""
