"""Status lists by commitment: which of an authority's records on EBSI's Timestamp are not in force (foundations section 5).

Kind *status*, signed by the authority, scope the genesis hash. Body: `[2, contract, height, block hash, [* [commitment,
state, height]]]`: as of a block, every record of the authority that is suspended (2), superseded (3) or revoked (4), with
the block of the act that made it so. The first item is the way of recording; lists by number (1) come from governance.

Invariants: entries ascend by commitment and are unique; no entry is newer than the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.envelope import Envelope, decode_envelope, verify_envelope
from lightnode.wire.key_set import KeySet
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED
from lightnode.wire.payload import Payload
from lightnode.wire.types import Address, Hash32, address, hash32

WAY = 2
STATES = (SUSPENDED, SUPERSEDED, REVOKED)


class StatusError(WireError):
    """A status list is malformed."""

    code = "STATUS-LIST"
    advice = "Ask the authority for its signed status list again."


@dataclass(frozen=True, slots=True)
class CommitmentEntry:
    """A record that is not in force: `[commitment, state, height of the act]`."""

    commitment: Hash32
    state: int
    height: int


@dataclass(frozen=True, slots=True)
class CommitmentStatus:
    """An authority's records that are not in force as of a block.

    Attributes:
        contract: the Timestamp registry.
        height: block up to which the registry's acts were read.
        block_hash: of that block.
        entries: ascending by commitment.
    """

    contract: Address
    height: int
    block_hash: Hash32
    entries: tuple[CommitmentEntry, ...]

    def state(self, commitment: Hash32) -> CommitmentEntry | None:
        """Give the entry of a record that is not in force."""
        return next((entry for entry in self.entries if entry.commitment == commitment), None)

    def body(self) -> list[cbor.Value]:
        """Give the envelope's body."""
        return [WAY, self.contract, self.height, self.block_hash, self._rows()]

    def digest(self) -> Hash32:
        """Give the SHA-256 of the entries, by which two who recomputed a list compare theirs."""
        return Hash32(hashlib.sha256(cbor.encode(self._rows())).digest())

    def _rows(self) -> list[cbor.Value]:
        return [[entry.commitment, entry.state, entry.height] for entry in self.entries]


@dataclass(frozen=True, slots=True)
class SignedStatus:
    """A status list with the dates under which it was signed, unix seconds."""

    status: CommitmentStatus
    issued: int
    next_update: int


def read_status(payload: Payload) -> CommitmentStatus:
    """Read a verified status payload.

    Raises:
        StatusError: malformed.
    """
    match payload.body:
        case [2, bytes(contract), int(height), bytes(block), list(rows)] if (
            payload.kind == "status" and len(payload.issuer) == 32 and len(payload.scope) == 32
        ):
            try:
                status = CommitmentStatus(
                    address(contract), _height(height), hash32(block), tuple(_entry(row) for row in rows)
                )
            except StatusError:
                raise
            except WireError as cause:
                raise StatusError("A member of the status list is malformed.") from cause
            _check(status)
            return status
    raise StatusError("The status list is malformed.")


def open_statuses(
    files: Sequence[cbor.Value], signers: Mapping[Hash32, KeySet], environment: str, contract: Address | None
) -> tuple[dict[Hash32, SignedStatus], list[Envelope]]:
    """Open the status lists of a trust package.

    Args:
        files: envelopes.
        signers: keys of each authority that a country names.
        environment: of the root.
        contract: the Timestamp registry that the profile names; None where it names none.

    Returns:
        The lists by authority, and the envelopes they came in.

    Raises:
        StatusError: malformed, by an authority that nobody names, for another contract, or two of one authority.
        WireError: a signature is missing or false.
    """
    found: dict[Hash32, SignedStatus] = {}
    envelopes: list[Envelope] = []
    for item in files:
        if not isinstance(item, bytes):
            raise StatusError("A status list in the trust package is no file.")
        envelope = decode_envelope(item)
        issuer = Hash32(envelope.payload.issuer)
        keys = signers.get(issuer)
        if keys is None or issuer in found:
            raise StatusError("A status list is by an authority that no country names, or its second one.")
        payload = verify_envelope(envelope, keys, "status", environment)
        status = read_status(payload)
        if status.contract != contract:
            raise StatusError("A status list is about another registry than the profile's.")
        found[issuer] = SignedStatus(status, payload.issued, payload.next_update)
        envelopes.append(envelope)
    return found, envelopes


def _entry(row: cbor.Value) -> CommitmentEntry:
    match row:
        case [bytes(commitment), int(state), int(height)] if state in STATES and not isinstance(state, bool):
            return CommitmentEntry(hash32(commitment), state, _height(height))
    raise StatusError("An entry of the status list is malformed.")


def _height(value: int) -> int:
    if isinstance(value, bool) or value < 0:
        raise StatusError("A height of the status list is malformed.")
    return value


def _check(status: CommitmentStatus) -> None:
    names = [entry.commitment for entry in status.entries]
    if names != sorted(set(names)) or any(entry.height > status.height for entry in status.entries):
        raise StatusError("A status list is not ascending and unique, or names an act newer than itself.")
