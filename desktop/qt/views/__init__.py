"""The pages and the main window."""
