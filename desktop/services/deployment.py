"""Creating the act registry on a network, and the profile that names it.

Invariants: the new profile is drafted only after the contract's code is proven, under a verified header, to be the
compiled artefact of this program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources

from desktop.errors import DesktopError
from desktop.services import registry_calls, signing
from desktop.services.network_session import NetworkSession
from desktop.services.signing import Desk, Done
from lightnode.wire import rlp
from lightnode.wire.keccak import keccak256
from lightnode.wire.pack import CreationCode
from lightnode.wire.profile import REGISTRY, Profile, Recording
from lightnode.wire.types import Address, Hash32

NAME = "Act registry"


class OtherCodeError(DesktopError):
    """The contract that was created does not have the code of the artefact."""

    code = "REGISTRY-CODE"
    advice = "Do not use this contract; report it together with the network's operator."


def creation_code() -> bytes:
    """Give the registry's creation code without arguments."""
    return bytes.fromhex(_artefact()["creation_code"].removeprefix("0x"))


def code_hash() -> Hash32:
    """Give Keccak-256 of the registry's code as it stands on a ledger."""
    return keccak256(bytes.fromhex(_artefact()["deployed_code"].removeprefix("0x")))


def creation() -> CreationCode:
    """Give the pack's entry that lets a signer create the registry."""
    code = creation_code()
    return CreationCode(NAME, len(code), keccak256(code))


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
    code = creation_code()
    stored = signing.draft_intent(
        session, desk, key_label, lambda limit: registry_calls.deploy(session, code, members, threshold, limit)
    )
    done = signing.complete(session, desk, stored)
    address = contract_address(done.job.sender, done.job.fields.nonce)
    account = session.observer().account(address, done.job.place.height).account
    if account is None or account.code_hash != code_hash():
        raise OtherCodeError(f"The contract 0x{address.hex()} does not have the code of the act registry.")
    return replace(session.profile, recording=Recording(REGISTRY, address, code_hash())), address, done


def _artefact() -> dict[str, str]:
    text = resources.files("lightnode.contracts").joinpath("ActRegistry.json").read_text(encoding="utf-8")
    artefact: dict[str, str] = json.loads(text)
    return artefact
