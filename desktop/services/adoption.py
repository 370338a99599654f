"""Naming a Timestamp registry that stands on a network already, where an agency cannot deploy a contract of its own.

Invariants: the code hash in the new profile is the proven one, never a node's word; where the contract passes calls on to
code elsewhere this is said, because whoever governs it can then change what it does without changing the pinned code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from desktop.errors import DesktopError
from desktop.services.network_session import NetworkSession
from lightnode.wire.account_proof import EMPTY_CODE
from lightnode.wire.keccak import keccak256
from lightnode.wire.profile import TIMESTAMP, Profile, Recording
from lightnode.wire.types import Address, Hash32

# Where a contract keeps the address of the code that it passes calls on to: EBSI's own older proxies (ebsi note 2.1),
# then EIP-1967's implementation and beacon.
_FORWARDING_SLOTS = (
    int.from_bytes(keccak256(b"diamond.standard.diamond.storage.proxy"), "big") + 1,
    int.from_bytes(keccak256(b"eip1967.proxy.implementation"), "big") - 1,
    int.from_bytes(keccak256(b"eip1967.proxy.beacon"), "big") - 1,
)


class ContractMissingError(DesktopError):
    """There is no contract at this address."""

    code = "CONTRACT-MISSING"
    advice = "Check the address with the network's operator; it holds no code at the newest verified block."


@dataclass(frozen=True, slots=True)
class Adopted:
    """A contract that a profile will name.

    Attributes:
        profile: that names it, to be signed by governance.
        height: block under whose state it is proven.
        code_hash: Keccak-256 of its code, proven.
        forwards_to: the first address of code elsewhere that it passes calls on to; None where it names none.
    """

    profile: Profile
    height: int
    code_hash: Hash32
    forwards_to: Address | None


def adopt(session: NetworkSession, contract: Address) -> Adopted:
    """Draft the profile that names a Timestamp registry.

    Args:
        session: the open network.
        contract: its address.

    Raises:
        ContractMissingError: there is no code.
        ProviderLiesError: the node's proof fails.
    """
    height = session.catch_up()
    proven = session.observer().account(contract, height, _FORWARDING_SLOTS)
    if proven.account is None or proven.account.code_hash == EMPTY_CODE:
        raise ContractMissingError(f"There is no contract at 0x{contract.hex()}.")
    code_hash = proven.account.code_hash
    words = [proven.storage[slot] for slot in _FORWARDING_SLOTS if proven.storage[slot]]
    forwards = Address(words[0].to_bytes(32, "big")[12:]) if words else None
    profile = replace(session.profile, recording=Recording(TIMESTAMP, contract, code_hash))
    return Adopted(profile, height, code_hash, forwards)
