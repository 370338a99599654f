"""The application: services without a window, the command line, and the windows."""
