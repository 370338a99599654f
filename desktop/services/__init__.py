"""What the application does, without windows: used alike by the command line and by the pages."""
