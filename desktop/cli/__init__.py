"""The command line: one module for each group of commands, imported late so that every command starts quickly."""
