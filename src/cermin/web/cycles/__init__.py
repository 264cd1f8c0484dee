"""The yearly evaluation: its calendar, its settings, its states."""
