"""People who sign in: accounts, second factor, sessions, single sign-on."""
