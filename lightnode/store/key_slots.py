"""The sidecar that holds the database key, wrapped once for each way to unlock it.

Layout, deterministic CBOR: `["chancery/store-key/2", file salt (16), key check (32), [+ slot], checksum (32)]` with
`slot = [kind, {0: salt, 1: log2 N, 2: r, 3: p, 4: nonce, 5: wrapped key}]`. Kind 1 is a passphrase through scrypt;
kinds 2 (token) and 3 (TPM) are reserved. New slots are added without re-keying the database; wiping destroys them all.
Form 1 had no checksum; it is read, and written in form 2 the next time it is written.

Invariants:
- The checksum is SHA-256 over a domain string and the encoded array of the four members before it. It guards against
  accident, not against an attacker: whoever changes the file on purpose gains nothing but a store that does not open.
- The database key is 32 random bytes and never stands in the file unwrapped.
- The key check is SHA-256 over a domain string and the key: it tells a wrong key from a damaged database.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from lightnode.errors import WireError
from lightnode.store.errors import KeySlotsError, WrongKeyError
from lightnode.wire import cbor

FORMAT = "chancery/store-key/2"
_FORMAT_1 = "chancery/store-key/1"
_SUM = b"chancery/store-key-sum/1"
# What the wrapped key is bound to; older than form 2 and left as it is.
_BOUND_TO = b"chancery/store-key/1"
PASSPHRASE = 1
LOG2_N = 15
BLOCK_SIZE = 8
PARALLEL = 1
_KEY_CHECK = b"chancery/store-key-check/1"
_MAX_LOG2_N = 20

Randomness = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class PassphraseSlot:
    """The database key wrapped under scrypt of a passphrase (RFC 7914).

    Attributes:
        salt: 16 random bytes.
        log2_n: cost, as a power of two.
        nonce: 12 random bytes.
        wrapped: the key under ChaCha20-Poly1305, 48 bytes.
    """

    salt: bytes
    log2_n: int
    nonce: bytes
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class KeySlots:
    """The sidecar's content.

    Attributes:
        file_salt: first 16 bytes of the database file, which SQLCipher uses as its salt.
        key_check: SHA-256 over a domain string and the key.
        slots: every way to unlock; empty after a wipe.
    """

    file_salt: bytes
    key_check: bytes
    slots: tuple[PassphraseSlot, ...]

    def encode(self) -> bytes:
        """Give the sidecar's bytes."""
        slots = [
            [PASSPHRASE, {0: s.salt, 1: s.log2_n, 2: BLOCK_SIZE, 3: PARALLEL, 4: s.nonce, 5: s.wrapped}]
            for s in self.slots
        ]
        summed: list[cbor.Value] = [FORMAT, self.file_salt, self.key_check, slots]
        return cbor.encode([*summed, _sum(summed)])

    def unlock(self, passphrase: bytes) -> bytes:
        """Unwrap the database key.

        Args:
            passphrase: UTF-8 bytes.

        Returns:
            32 bytes.

        Raises:
            WrongKeyError: no slot opens with this passphrase.
        """
        for slot in self.slots:
            try:
                key = ChaCha20Poly1305(_stretch(passphrase, slot.salt, slot.log2_n)).decrypt(
                    slot.nonce, slot.wrapped, _BOUND_TO
                )
            except InvalidTag:
                continue
            self.demand(key)
            return key
        raise WrongKeyError("The passphrase does not open this store.")

    def demand(self, key: bytes) -> None:
        """Hold a raw key against the key check.

        Raises:
            WrongKeyError: it is another store's key.
        """
        if len(key) != 32 or not hmac.compare_digest(_check(key), self.key_check):
            raise WrongKeyError("The key is not the one of this store.")

    def with_passphrase(self, key: bytes, passphrase: bytes, randomness: Randomness) -> KeySlots:
        """Add a way in.

        Args:
            key: the database key.
            passphrase: UTF-8 bytes.
            randomness: gives that many random bytes.
        """
        self.demand(key)
        return KeySlots(self.file_salt, self.key_check, (*self.slots, _slot(key, passphrase, randomness)))


def create(passphrase: bytes, randomness: Randomness) -> tuple[KeySlots, bytes]:
    """Draw a database key and wrap it for a passphrase.

    Args:
        passphrase: UTF-8 bytes.
        randomness: gives that many random bytes.

    Returns:
        The sidecar's content and the key.
    """
    key = randomness(32)
    return KeySlots(randomness(16), _check(key), (_slot(key, passphrase, randomness),)), key


def decode(data: bytes) -> KeySlots:
    """Read a sidecar strictly.

    Raises:
        KeySlotsError: not a sidecar of a known version.
    """
    try:
        match cbor.decode(data, max_bytes=16_384):
            case [str(kind), bytes(salt), bytes(check), list(slots), *sums] if (
                sums == _sums(kind, salt, check, slots) and len(salt) == 16 and len(check) == 32 and len(slots) <= 16
            ):
                return KeySlots(salt, check, tuple(_read_slot(slot) for slot in slots))
    except WireError as cause:
        raise KeySlotsError("The file with the key slots is damaged.") from cause
    raise KeySlotsError("The file with the key slots is damaged or of an unknown version.")


def _read_slot(slot: cbor.Value) -> PassphraseSlot:
    match slot:
        case [1, {0: bytes(salt), 1: int(log2_n), 2: 8, 3: 1, 4: bytes(nonce), 5: bytes(wrapped)}] if (
            len(salt) == 16 and 10 <= log2_n <= _MAX_LOG2_N and len(nonce) == 12 and len(wrapped) == 48
        ):
            return PassphraseSlot(salt, log2_n, nonce, wrapped)
    raise KeySlotsError("A key slot is damaged or of a kind that this version does not know.")


def _slot(key: bytes, passphrase: bytes, randomness: Randomness) -> PassphraseSlot:
    salt, nonce = randomness(16), randomness(12)
    wrapped = ChaCha20Poly1305(_stretch(passphrase, salt, LOG2_N)).encrypt(nonce, key, _BOUND_TO)
    return PassphraseSlot(salt, LOG2_N, nonce, wrapped)


def _stretch(passphrase: bytes, salt: bytes, log2_n: int) -> bytes:
    return hashlib.scrypt(
        passphrase,
        salt=salt,
        n=1 << log2_n,
        r=BLOCK_SIZE,
        p=PARALLEL,
        maxmem=256 * 1024 * (1 << (log2_n - 7)),
        dklen=32,
    )


def _sums(kind: str, salt: bytes, check: bytes, slots: list[cbor.Value]) -> list[bytes] | None:
    """Give what must follow the first four members; None for an unknown form."""
    if kind == _FORMAT_1:
        return []
    return [_sum([kind, salt, check, slots])] if kind == FORMAT else None


def _sum(members: list[cbor.Value]) -> bytes:
    return hashlib.sha256(_SUM + cbor.encode(members)).digest()


def _check(key: bytes) -> bytes:
    return hashlib.sha256(_KEY_CHECK + key).digest()
