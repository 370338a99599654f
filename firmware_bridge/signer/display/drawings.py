"""The drawings that come with the package, by file: read once, when this module is loaded.

Invariant: nothing is read while a question stands on the display; a signer that has given up rights by then, or whose program
was replaced meanwhile, shows what it began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from firmware_bridge.signer.display.glyph import Glyph
from firmware_bridge.signer.display.glyph_file import read_glyphs


def _read_all() -> Mapping[str, Mapping[str, Glyph]]:
    folder = files("firmware_bridge.signer.display").joinpath("glyphs")
    named = {item.name: item for item in folder.iterdir() if item.name.endswith(".txt")}
    return {name: read_glyphs(item.read_text(encoding="utf-8")) for name, item in named.items()}


DRAWINGS = _read_all()
