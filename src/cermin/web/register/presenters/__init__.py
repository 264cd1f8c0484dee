"""What pages of the register show, one module per subject."""
