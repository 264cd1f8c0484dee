"""The survey: invitations, anonymous ballots, participation, and the closing."""
