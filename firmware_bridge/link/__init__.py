"""Byte transports by URL: serial lines and pseudo-terminals, loopback sockets, and a pair in memory."""
