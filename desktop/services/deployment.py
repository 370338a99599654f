"""Creating the act registry, or a Timestamp registry like EBSI's, on a network, and the profile that names it.

Invariants: the new profile is drafted only after the contract's code is proven, under a verified header, to be the
compiled artefact of this program.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources

from desktop.errors import DesktopError
from desktop.services import registry_calls, signing
from desktop.services.network_session import NetworkSession
from desktop.services.signing import Desk, Done
from desktop.services.transacting import Intent
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.pack import CreationCode
from lightnode.wire.profile import REGISTRY, TIMESTAMP, Profile, Recording
from lightnode.wire.types import Address, Hash32


class OtherCodeError(DesktopError):
    """The contract that was created does not have the code of the artefact."""

    code = "REGISTRY-CODE"
    advice = "Do not use this contract; report it together with the network's operator."


@dataclass(frozen=True, slots=True)
class Artefact:
    """A compiled contract that this program brings.

    Attributes:
        way: of recording acts.
        name: for people and packs.
        file: in `lightnode.contracts`.
    """

    way: int
    name: str
    file: str

    def creation_code(self) -> bytes:
        """Give the creation code without arguments."""
        return self._bytes("creation_code")

    def code_hash(self) -> Hash32:
        """Give Keccak-256 of the code as it stands on a ledger."""
        return keccak256(self._bytes("deployed_code"))

    def creation(self) -> CreationCode:
        """Give the pack's entry that lets a signer create it."""
        code = self.creation_code()
        return CreationCode(self.name, len(code), keccak256(code))

    def _bytes(self, member: str) -> bytes:
        text = resources.files("lightnode.contracts").joinpath(self.file).read_text(encoding="utf-8")
        artefact: dict[str, str] = json.loads(text)
        return bytes.fromhex(artefact[member].removeprefix("0x"))


ACT_REGISTRY = Artefact(REGISTRY, "Act registry", "ActRegistry.json")
TIMESTAMP_REGISTRY = Artefact(TIMESTAMP, "Timestamp registry", "Timestamp.json")


def creations() -> tuple[CreationCode, ...]:
    """Give the pack's entries that let a signer create either contract."""
    return (ACT_REGISTRY.creation(), TIMESTAMP_REGISTRY.creation())


def contract_address(sender: Address, nonce: int) -> Address:
    """Give the address of a contract that an account creates with a nonce."""
    return Address(keccak256(rlp.encode([sender, rlp.encode_uint(nonce)]))[12:])


def deploy(
    session: NetworkSession, desk: Desk, key_label: str, members: Mapping[Address, int], threshold: int
) -> tuple[Profile, Address, Done]:
    """Create the registry.

    Args:
        session: the open network.
        desk: who sits in front.
        key_label: the key that pays and signs.
        members: governance's accounts with their holder numbers.
        threshold: how many must agree.

    Returns:
        The profile that names the registry, to be signed by governance; its address; the finished job.

    Raises:
        OtherCodeError: the contract does not have the artefact's code.
    """
    code = ACT_REGISTRY.creation_code()
    return _create(
        session, desk, key_label, ACT_REGISTRY,
        lambda limit: registry_calls.deploy(session, code, members, threshold, limit),
    )  # fmt: skip


def deploy_timestamp(session: NetworkSession, desk: Desk, key_label: str) -> tuple[Profile, Address, Done]:
    """Create a Timestamp registry, which nobody governs; see `deploy`."""
    code = TIMESTAMP_REGISTRY.creation_code()
    return _create(
        session, desk, key_label, TIMESTAMP_REGISTRY,
        lambda limit: Intent("", "create the Timestamp registry", None, code, limit),
    )  # fmt: skip


def _create(
    session: NetworkSession, desk: Desk, key_label: str, contract: Artefact, make: Callable[[int], Intent]
) -> tuple[Profile, Address, Done]:
    done = signing.complete(session, desk, signing.draft_intent(session, desk, key_label, make))
    address = contract_address(done.job.sender, done.job.fields.nonce)
    account = session.observer().account(address, done.job.place.height).account
    if account is None or account.code_hash != contract.code_hash():
        raise OtherCodeError(f"The contract 0x{address.hex()} does not have the code of the {contract.name}.")
    return replace(session.profile, recording=Recording(contract.way, address, contract.code_hash())), address, done
