"""What the pages of results show, ready to print."""
