"""Changes of governance and administrators on the act registry, and its deployment (docs/registry.md).

Invariants: as for acts: static words, one length for each function, decode and encode inverse.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from lightnode.errors import WireError
from lightnode.wire.keccak import keccak256
from lightnode.wire.registry import selector
from lightnode.wire.types import Address, Hash32

_PROPOSE = "propose(bytes32,uint256,bytes32,uint256,uint256,uint256,uint256,uint256,uint256,bytes32)"
_CONSENT = "consent(bytes32,uint256,bytes32,uint256,uint256,uint256,uint256,uint256,uint256,uint256,bytes32)"
_STOP = "stopKey(bytes32,address,uint256,bytes32)"
_SHAPES = {selector(_PROPOSE): 10, selector(_CONSENT): 11, selector(_STOP): 4}
MAX_MEMBERS = 64


class AdminCallError(WireError):
    """Calldata or creation arguments are no well-formed change of the registry."""

    code = "ADMIN-CALL"
    advice = "Do not sign this; ask who made it."


class Operation(enum.IntEnum):
    """What a change does; up to 6 governance decides, from 7 on the authority's administrators."""

    ADMIT = 1
    CLOSE = 2
    RESET_ADMINISTRATORS = 3
    ADD_GOVERNOR = 4
    REMOVE_GOVERNOR = 5
    SET_GOVERNANCE_THRESHOLD = 6
    ADD_ADMINISTRATOR = 7
    REMOVE_ADMINISTRATOR = 8
    SET_ADMINISTRATORS_THRESHOLD = 9
    ADD_KEY = 10
    RESTORE_RECORD = 11


# What each of the five words means, as a signer shows it; the others are zero.
MEANINGS: dict[Operation, tuple[str, ...]] = {
    Operation.ADMIT: ("Administrator", "Holder"),
    Operation.CLOSE: ("Successor",),
    Operation.RESET_ADMINISTRATORS: ("Administrator", "Holder"),
    Operation.ADD_GOVERNOR: ("Member", "Holder"),
    Operation.REMOVE_GOVERNOR: ("Member",),
    Operation.SET_GOVERNANCE_THRESHOLD: ("Threshold",),
    Operation.ADD_ADMINISTRATOR: ("Administrator", "Holder"),
    Operation.REMOVE_ADMINISTRATOR: ("Administrator",),
    Operation.SET_ADMINISTRATORS_THRESHOLD: ("Threshold",),
    Operation.ADD_KEY: ("Key", "Verbs", "From block", "To block", "Holder"),
    Operation.RESTORE_RECORD: ("Record", "State", "Acts so far"),
}
STOP_KEY = "stopKey"
PROPOSED_TOPIC = keccak256(b"Proposed(bytes32,uint256,address)")
EXECUTED_TOPIC = keccak256(b"Executed(bytes32,uint256,bytes32)")
LAST_OF_GOVERNANCE = Operation.SET_GOVERNANCE_THRESHOLD
LAPSE_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class ChangeCall:
    """A proposed or consented change, or the stop of a key.

    Attributes:
        genesis: block hash of the network's block 0.
        operation: what it does; None for the stop of a key.
        subject: authority id; zero for governance's own changes.
        words: five words; for the stop of a key only the first, the key's address.
        number: running number of the change consented to; None for a proposal or stop.
        not_after: unix seconds.
        approval: SHA-256 of an approval envelope, or zero.
    """

    genesis: Hash32
    operation: Operation | None
    subject: Hash32
    words: tuple[int, ...]
    number: int | None
    not_after: int
    approval: Hash32

    def encode(self) -> bytes:
        """Give the calldata."""
        tail = [_word(self.not_after), self.approval]
        if self.operation is None:
            return selector(_STOP) + b"".join([self.genesis, _word(self.words[0]), *tail])
        body = [self.genesis, _word(self.operation), self.subject, *(_word(value) for value in self.words)]
        if self.number is None:
            return selector(_PROPOSE) + b"".join([*body, *tail])
        return selector(_CONSENT) + b"".join([*body, _word(self.number), *tail])


def propose(
    genesis: Hash32, operation: Operation, subject: Hash32, words: tuple[int, ...], not_after: int, approval: Hash32
) -> ChangeCall:
    """Make a proposal; missing words are zero."""
    padded = (*words, *([0] * (5 - len(words))))
    return ChangeCall(genesis, operation, subject, padded, None, not_after, approval)


def consent(proposal: ChangeCall, number: int, not_after: int, approval: Hash32) -> ChangeCall:
    """Make the consent to a proposal, which names it whole."""
    return replace(proposal, number=number, not_after=not_after, approval=approval)


def stop_key(genesis: Hash32, key: Address, not_after: int, approval: Hash32) -> ChangeCall:
    """Make the stop of a key."""
    words = (int.from_bytes(key, "big"),)
    return ChangeCall(genesis, None, Hash32(bytes(32)), words, None, not_after, approval)


def change_id(operation: Operation, subject: Hash32, words: tuple[int, ...], number: int) -> Hash32:
    """Give the hash by which the registry knows a pending change: Keccak-256 of what it does and its running number."""
    return keccak256(b"".join([_word(operation), subject, *(_word(value) for value in words), _word(number)]))


def is_change(data: bytes) -> bool:
    """Tell whether calldata begins with a change's selector."""
    return data[:4] in _SHAPES


def decode_change_call(data: bytes) -> ChangeCall:
    """Read calldata strictly.

    Raises:
        AdminCallError: unknown selector, another length, or words out of range.
    """
    count = _SHAPES.get(data[:4])
    if count is None or len(data) != 4 + 32 * count:
        raise AdminCallError("The calldata is no change of the registry.")
    words = [Hash32(data[at : at + 32]) for at in range(4, len(data), 32)]
    not_after = _number(words[-2], 1 << 64)
    if count == 4:
        call = ChangeCall(words[0], None, Hash32(bytes(32)), (_number(words[1], 1 << 160),), None, not_after, words[-1])
    else:
        number = _number(words[8], 1 << 64) if count == 11 else None
        arguments = tuple(_number(word, 1 << 256) for word in words[3:8])
        operation = _number(words[1], 12)
        if operation not in Operation.__members__.values():
            raise AdminCallError("The change is of an unknown kind.")
        call = ChangeCall(words[0], Operation(operation), words[2], arguments, number, not_after, words[-1])
        if any(arguments[len(MEANINGS[Operation(operation)]) :]):
            raise AdminCallError("A change carries words that its kind does not have.")
    if call.encode() != data:
        raise AdminCallError("The calldata is not in its one form.")
    return call


@dataclass(frozen=True, slots=True)
class Deployment:
    """Arguments of the registry's constructor.

    Attributes:
        genesis: block hash of the network's block 0.
        members: governance's addresses.
        holders: their holder numbers.
        threshold: k of k-of-n.
    """

    genesis: Hash32
    members: tuple[Address, ...]
    holders: tuple[int, ...]
    threshold: int

    def encode(self) -> bytes:
        """Give the ABI encoding that follows the creation code."""
        count = len(self.members)
        head = [self.genesis, _word(128), _word(128 + 32 * (count + 1)), _word(self.threshold)]
        members = [_word(count), *(bytes(12) + member for member in self.members)]
        return b"".join([*head, *members, _word(count), *(_word(holder) for holder in self.holders)])


def decode_deployment(data: bytes) -> Deployment:
    """Read constructor arguments strictly.

    Raises:
        AdminCallError: not in their one form.
    """
    words = [data[at : at + 32] for at in range(0, len(data), 32)]
    if len(data) % 32 or not 8 <= len(words) <= 6 + 2 * MAX_MEMBERS:
        raise AdminCallError("The creation arguments have another length than any of a registry.")
    count = _number(words[4], MAX_MEMBERS + 1)
    if len(words) != 6 + 2 * count:
        raise AdminCallError("The creation arguments have another length than their lists.")
    members = tuple(Address(word[12:]) for word in words[5 : 5 + count])
    holders = tuple(_number(word, 1 << 32) for word in words[6 + count :])
    made = Deployment(Hash32(words[0]), members, holders, _number(words[3], MAX_MEMBERS + 1))
    if made.encode() != data:
        raise AdminCallError("The creation arguments are not in their one form.")
    return made


def _word(value: int) -> bytes:
    return int(value).to_bytes(32, "big")


def _number(word: bytes, limit: int) -> int:
    value = int.from_bytes(word, "big")
    if value >= limit:
        raise AdminCallError("A word of the change is out of range.")
    return value
