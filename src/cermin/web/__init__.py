"""The site: Django apps that run an agency's yearly evaluation."""
