"""Pages of cycles, shared calendars and instruments."""
