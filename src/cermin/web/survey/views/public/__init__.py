"""Public pages of the survey: no session, no account, nothing written down about who asks."""
