"""The views of agencies, members, units and roster, one module per subject."""
