"""Pages of the site itself: home, help, set-up."""
