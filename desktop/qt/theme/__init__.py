"""Colours, type, spaces and icons, all from the design's tokens."""
