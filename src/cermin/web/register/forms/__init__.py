"""The forms of the register, one module per subject."""
