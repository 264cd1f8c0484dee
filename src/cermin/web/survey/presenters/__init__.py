"""What pages of the survey show."""
