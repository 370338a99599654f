"""How the desktop and a signer talk, and the signer itself (docs/protocol.md)."""
