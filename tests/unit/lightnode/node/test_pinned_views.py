"""Views of pinned registries behind every form of proxy: answered from proven words, and only under the pinned program."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node.errors import UnprovableError
from lightnode.node.named_block import NamedBlocks
from lightnode.node.pinned_views import pinned_view
from lightnode.node.views import ViewAnswers
from lightnode.proofs.state import ProvenState
from lightnode.registries.issuer_messages import IssuerType
from lightnode.registries.pin import ProxyForm, RegistryKind
from lightnode.wire import abi
from lightnode.wire.types import Address, Hash32
from tests.support.made_ledger import MadeLedger
from tests.support.registry_world import PROGRAM, PROXY, pin_of, world_with
from tests.support.written_registries import WrittenIssuers

DID, TAO = "did:ebsi:zIssuer", "did:ebsi:zTao"
ATTRIBUTE = Hash32(b"\x42" * 32)
SIGNATURE = "getLatestRevisionAttributeId(string,bytes32)"


class Server:
    """The ports of the server over a made ledger."""

    def __init__(self, ledger: MadeLedger) -> None:
        self.ledger = ledger

    def head(self) -> VerifiedHeader:
        return self.ledger.header(self.ledger.chain.height)

    def header(self, height: int) -> VerifiedHeader:
        return self.ledger.header(height)

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        return self.ledger.route.state(header, account, slots)

    def height_of(self, block_hash: Hash32) -> int | None:
        return None


def ask(ledger: MadeLedger, form: ProxyForm, did: str = DID, tag: Any = "latest") -> bytes:
    view = pinned_view(pin_of(RegistryKind.ISSUERS, form))
    assert view is not None
    server = Server(ledger)
    answers = ViewAnswers(NamedBlocks(server, server), server, [view])  # type: ignore[arg-type]
    calldata = abi.encode_call(SIGNATURE, [did, ATTRIBUTE])
    return bytes.fromhex(answers.call({"to": "0x" + PROXY.hex(), "data": "0x" + calldata.hex()}, tag)[2:])


def written(*more: bytes) -> WrittenIssuers:
    made = WrittenIssuers()
    made.metadata(DID, ATTRIBUTE, IssuerType.TRUSTED_ISSUER, TAO, TAO)
    for credential in more:
        made.data(DID, ATTRIBUTE, credential)
    return made


@pytest.mark.parametrize("form", list(ProxyForm))
def test_the_revision_that_counts_is_answered_behind_every_proxy(form: ProxyForm) -> None:
    ledger = world_with(written(b"one", b"two").words, form)
    assert ask(ledger, form) == hashlib.sha256(b"two").digest()
    assert ask(world_with(written().words, form), form) == ATTRIBUTE


@pytest.mark.parametrize("form", [form for form in ProxyForm if form is not ProxyForm.NONE])
def test_an_exchanged_program_is_not_answered_for(form: ProxyForm) -> None:
    ledger = world_with(written(b"one").words, form)
    ledger.put(PROGRAM, b"\x60other")
    ledger.block()
    with pytest.raises(UnprovableError, match="program changed"):
        ask(ledger, form)
    # Before that block it was the pinned one.
    assert ask(ledger, form, tag="0x1")


def test_what_the_registry_would_refuse_is_not_answered() -> None:
    with pytest.raises(UnprovableError, match="no such attribute"):
        ask(world_with(written().words), ProxyForm.OWNED, did="did:ebsi:zNobody")


def test_words_of_no_layout_are_not_answered() -> None:
    words = dict(written(b"one").words)
    for slot in list(words):
        words[slot] = (1 << 256) - 1
    with pytest.raises(UnprovableError):
        ask(world_with(words), ProxyForm.OWNED)


def test_kinds_without_views_say_so() -> None:
    assert pinned_view(pin_of(RegistryKind.DID)) is None
    assert pinned_view(pin_of(RegistryKind.TIMESTAMP)) is not None
    assert pinned_view(pin_of(RegistryKind.ACTS, ProxyForm.NONE)) is not None
