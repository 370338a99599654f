"""Widths are checked where bytes enter."""

from __future__ import annotations

import pytest

from lightnode.wire import types


def test_widths() -> None:
    assert types.hash32(bytes(32)) == types.ZERO_HASH
    assert types.address(bytes(20)) == types.ZERO_ADDRESS
    for width in (0, 19, 21, 31, 33, 64):
        with pytest.raises(types.WidthError):
            types.hash32(bytes(width))
        with pytest.raises(types.WidthError):
            types.address(bytes(width))


def test_copies_what_could_change() -> None:
    source = bytearray(32)
    name = types.hash32(source)
    source[0] = 1
    assert name == bytes(32)
    assert type(name) is bytes
    assert type(types.address(memoryview(bytes(20)))) is bytes


def test_errors_carry_code_and_text() -> None:
    with pytest.raises(types.WidthError) as caught:
        types.address(bytes(3))
    assert caught.value.code == "WIRE-WIDTH"
    assert caught.value.text == "An address has 20 bytes, found 3."
