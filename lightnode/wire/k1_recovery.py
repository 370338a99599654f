"""Addresses of many signatures over one digest on secp256k1, straight from libsecp256k1.

Invariants:
- Each signature is recovered over the digest given, every time. What is remembered between calls is only which address
  belongs to a public key, which no digest and no signature can change; the memory is bounded.
- A signature counts under the same conditions as in `curve.recover_address`: 65 bytes, parity 0 or 1, halves in range
  (libsecp256k1 refuses zero and overflow), a high s allowed. Nothing reaches the library that is shorter than it reads.
- Buffers belong to one call, because the library runs without the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from coincurve._libsecp256k1 import ffi, lib
from coincurve.context import GLOBAL_CONTEXT

from lightnode.wire.keccak import keccak256
from lightnode.wire.types import Address

SIGNATURE_BYTES = 65
_DIGEST_BYTES = 32
_KEYS_REMEMBERED = 4096
_SIGNATURE = ffi.typeof("secp256k1_ecdsa_recoverable_signature *")
_POINT = ffi.typeof("secp256k1_pubkey *")
_UNCOMPRESSED: int = lib.SECP256K1_EC_UNCOMPRESSED
_parse: Any = lib.secp256k1_ecdsa_recoverable_signature_parse_compact
_recover: Any = lib.secp256k1_ecdsa_recover


def recover_addresses(digest: bytes, signatures: Sequence[bytes]) -> list[Address | None]:
    """Recover who signed one digest; see `recover_each`.

    Args:
        digest: the 32 bytes that all of them sign.
        signatures: r, s and parity, 65 bytes each.
    """
    return recover_each([(digest, signatures)])[0]


def recover_each(requests: Iterable[tuple[bytes, Sequence[bytes]]]) -> list[list[Address | None]]:
    """Recover who signed, for many digests.

    Args:
        requests: digests of 32 bytes, and signatures over each: r, s and parity, 65 bytes each.

    Returns:
        For each request one address for each signature, in their order; None where no key made it.

    Raises:
        ValueError: a digest does not have 32 bytes.
    """
    context, signature, point = GLOBAL_CONTEXT.ctx, ffi.new(_SIGNATURE), ffi.new(_POINT)
    point_bytes = ffi.buffer(point)
    answers = []
    for digest, signatures in requests:
        if len(digest) != _DIGEST_BYTES:
            raise ValueError("A digest has 32 bytes.")
        found: list[Address | None] = []
        for raw in signatures:
            # The library would end the program at a parity above 3, and takes 2 and 3 for an x beyond the order.
            if (
                len(raw) == SIGNATURE_BYTES
                and raw[64] <= 1
                and _parse(context, signature, raw, raw[64])
                and _recover(context, point, signature, digest)
            ):
                found.append(_address_of(point_bytes[:]))
            else:
                found.append(None)
        answers.append(found)
    return answers


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _address_of(point_bytes: bytes) -> Address:
    """Give the address of a public key in the library's own form of 64 bytes, one for each point."""
    point = ffi.new(_POINT)
    ffi.buffer(point)[:] = point_bytes
    key, length = ffi.new("unsigned char [65]"), ffi.new("size_t *", 65)
    lib.secp256k1_ec_pubkey_serialize(GLOBAL_CONTEXT.ctx, key, length, point, _UNCOMPRESSED)
    return Address(keccak256(bytes(ffi.buffer(key)[1:]))[12:])
