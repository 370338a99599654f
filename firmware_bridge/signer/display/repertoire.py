"""The characters that the reference display draws: what the 24 official languages of the Union need, and their neighbours' names.

`lightnode.wire.plain_text` lets more through: whoever has a name in other letters may sign it, and reads code points.

Invariant: every character of `REPERTOIRE` has a drawing, and no two look the same (tests/unit/firmware_bridge/test_display_font.py).
Sources: Regulation No 1 of 1958 (the languages); Unicode 15.
"""

from __future__ import annotations

import unicodedata

from lightnode.wire.plain_text import CONTINUED

_BLOCKS = (
    range(0x20, 0x7F),  # ASCII
    range(0xA1, 0xAD), range(0xAE, 0x180),  # Latin-1 without its blanks; Latin Extended-A
    range(0x218, 0x21C),  # Romanian
    range(0x384, 0x386), range(0x386, 0x38B), range(0x38C, 0x38D), range(0x38E, 0x3A2), range(0x3A3, 0x3CF),  # Greek
    range(0x400, 0x460), range(0x490, 0x492),  # Cyrillic of today
    range(0x2010, 0x2016), range(0x2018, 0x201F), range(0x2020, 0x2023),  # dashes, quotation marks, daggers, bullet
)  # fmt: skip
# The older Irish letters, Welsh ones, the capital of sz.
_LATIN_MORE = (
    "\u1e02\u1e03\u010a\u010b\u1e0a\u1e0b\u1e1e\u1e1f\u0120\u0121\u1e40\u1e41\u1e56\u1e57\u1e60\u1e61\u1e6a\u1e6b"
    "\u1e80\u1e81\u1e82\u1e83\u1e84\u1e85\u1ef2\u1ef3\u1e9e"
)
# Ellipsis, per mille, prime, guillemets, fraction bar, overline, the Irish "agus", euro, number, trade mark, estimated.
_SIGNS_MORE = "\u2026\u2030\u2032\u2033\u2039\u203a\u203e\u204a\u20ac\u2116\u2122\u212e"
# Not allowed in texts from outside, but in the signer's own: not equal, at most, at least, minus.
_OWN = f"\u2212\u2260\u2264\u2265{CONTINUED}"

REPERTOIRE = frozenset(
    char
    for char in (
        *(chr(code) for block in _BLOCKS for code in block),
        *_LATIN_MORE, *_SIGNS_MORE, *_OWN,
    )
    if unicodedata.is_normalized("NFC", char)
)  # fmt: skip
