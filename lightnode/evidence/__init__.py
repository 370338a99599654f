"""Evidence files: what proves an act without a network (docs/formats.md)."""
