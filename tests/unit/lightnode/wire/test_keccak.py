"""Keccak-256, never SHA3-256 under the same name."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.wire import keccak

KNOWN = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    b"The quick brown fox jumps over the lazy dog": "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15",
    b"\x80": "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    b"\xc0": "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    b"Transfer(address,address,uint256)": "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
}


@pytest.mark.parametrize("data", KNOWN)
def test_known_answers(data: bytes) -> None:
    assert keccak.keccak256(data).hex() == KNOWN[data]


def test_a_library_with_the_later_padding_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = keccak._choose()
    monkeypatch.setattr(keccak, "_from_pysha3", lambda: lambda data: hashlib.sha3_256(data).digest())
    monkeypatch.setattr(keccak, "_from_pycryptodome", lambda: genuine)
    assert keccak._choose() is genuine


def test_no_library_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent():
        raise ImportError

    monkeypatch.setattr(keccak, "_from_pysha3", absent)
    monkeypatch.setattr(keccak, "_from_pycryptodome", lambda: lambda data: hashlib.sha3_256(data).digest())
    with pytest.raises(ImportError):
        keccak._choose()


@settings(max_examples=50, derandomize=True)
@given(st.binary(max_size=400))
def test_agrees_with_a_second_implementation(data: bytes) -> None:
    assert keccak.keccak256(data) == _slow_keccak256(data)


def _slow_keccak256(data: bytes) -> bytes:
    """Keccak-f[1600] from its definition, rate 136, padding 0x01 ... 0x80."""
    padded = bytearray(data) + b"\1" + bytes(-(len(data) + 1) % 136)
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), 136):
        for word in range(17):
            at = start + 8 * word
            lanes[word % 5][word // 5] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lanes[word % 5][word // 5].to_bytes(8, "little") for word in range(4))


def _rotate(value: int, by: int) -> int:
    by %= 64
    return (value << by | value >> (64 - by)) & (2**64 - 1)


def _permute(a: list[list[int]]) -> list[list[int]]:
    register = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x + 4) % 5] ^ _rotate(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, current = 1, 0, a[1][0]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, a[x][y] = a[x][y], _rotate(current, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [a[x][y] for x in range(5)]
            for x in range(5):
                a[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
        for bit in range(7):
            register = (register << 1 ^ (register >> 7) * 0x71) % 256
            if register & 2:
                a[0][0] ^= 1 << ((1 << bit) - 1)
    return a
