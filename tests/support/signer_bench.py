"""A signer in this process over a link in memory, set up for a training network, with a finger on its buttons."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from firmware_bridge.client import SignerClient, TransactionRequest
from firmware_bridge.link.memory_port import MemoryPort, pair
from firmware_bridge.messages import Method, Request
from firmware_bridge.signer.approval import ApprovalPort, Shown
from firmware_bridge.signer.service import SignerService, serve_forever
from firmware_bridge.signer.session import SignerSession, SignerSettings
from firmware_bridge.signer.signer_files import SignerFiles
from hsm.software import SoftwareToken
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.commitment import ActHeader, Opening, commit
from lightnode.wire.curve import Curve, compress
from lightnode.wire.envelope import CoseSignature, Envelope, assemble
from lightnode.wire.field_value import Value, parse_form
from lightnode.wire.keccak import keccak256
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.pack import CreationCode, Pack
from lightnode.wire.payload import Payload
from lightnode.wire.profile import REGISTRY, EngineSpan, GasPolicy, Profile, Recording, SettingChange
from lightnode.wire.registry import ActCall, Verb
from lightnode.wire.root import root_body
from lightnode.wire.template import Template
from lightnode.wire.transaction import TransactionType, UnsignedTransaction
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.link_host import HOST, PAIRED

NOW = 1_800_000_000
DAY = 86_400
CHAIN_ID = 0x43480001
GENESIS = Hash32(b"\x55" * 32)
REGISTRY_AT = Address(b"\x77" * 20)
AUTHORITY = Hash32(b"\xaa" * 32)
CREATION = bytes.fromhex("6001600255") * 20

FORM = {
    "forename": "Tom\u00e1s", "family_name": "Leal Antunes", "date_of_birth": "1989-07-04",
    "social_security_pin": "1989 0704 2231", "member_state_which_legislation_applies": "PT",
    "status_confirmation": "02", "starting_date": "2026-12-01", "ending_date": "2027-11-30",
    "type_of_employment": "01", "employer_name": "Carpintaria Naval de Aveiro, Lda",
    "a_fixed_place_of_work_exist": "yes", "country_work": "BE", "place_of_work": "Antwerp, Belgium",
    "institution_id": "PT:1040", "country_code": "PT", "unique_number_of_issued_document": "PDA1-0048213",
}  # fmt: skip


def values_of(template: Template, typed: dict[str, str]) -> tuple[Value, ...]:
    """Values of a form that has no problem."""
    values, problems = parse_form(template, typed)
    assert problems == (), problems
    return values


@dataclass
class Finger:
    """Presses buttons: what a person would do.

    Attributes:
        decide: gives a button for what is shown; the default reads to the end and approves.
        seen: every screen that was shown.
    """

    port: ApprovalPort
    decide: Callable[[Shown], str | None] = lambda shown: "approve" if shown.last else "next"
    seen: list[Shown] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        # Sleeps while the display is dark: hundreds of idle fingers would slow every other test.
        changed = threading.Event()
        self.port.on_change(changed.set)
        while not self.stop.wait(0.002):
            changed.clear()
            shown = self.port.read()
            if shown is None:
                changed.wait(1)
                continue
            if not self.seen or self.seen[-1] != shown:
                self.seen.append(shown)
            button = self.decide(shown)
            if button is not None:
                self.port.press(button)

    @property
    def rows(self) -> list[tuple[str, str]]:
        return [(shown.screen.label, shown.screen.value) for shown in self.seen]


class SignerBench:
    """One signer with root, profile, templates and pack; keys `root`, `gov` and `official`."""

    def __init__(self, folder: Path, *, curve: str = "secp256k1", screen_seconds: float = 30.0) -> None:
        self.folder = folder
        self.token = SoftwareToken.create(folder / "token", bytearray(b"1234"))
        self.token.login(bytearray(b"1234"))
        self.port = ApprovalPort(screen_seconds)
        self.finger = Finger(self.port)
        threading.Thread(target=self.finger.run, daemon=True).start()
        weakref.finalize(self, self.finger.stop.set)
        self.stop = threading.Event()
        self._serving: threading.Thread | None = None
        self.start(provisioning=True)
        with self.client() as client:
            self.official = client.generate_key("official", curve, "transaction")
            self.governance = client.generate_key("gov", "secp256r1", "envelope")
        self.curve = Curve(curve)
        keys = KeySet.of(1, [SigningKey(Curve.SECP256R1, compress(self.governance.public_key), 1)])
        body = root_body(keys, keys, {"PT": keys})
        self.root = self.seal(Payload("root", "training", b"", b"", 1, NOW, NOW + 365 * DAY, NOW + 730 * DAY, body))
        with self.client() as client:
            client.install_root(self.root.encode())
            for payload in (self.profile_payload(), *self.templates_payloads(), self.pack_payload()):
                client.load_envelope(self.seal(payload).encode())
        self.start(provisioning=False)
        self.finger.seen.clear()

    def start(self, *, provisioning: bool) -> None:
        """Start the signer anew on the same folder, as after a power cut."""
        settings = SignerSettings(provisioning, "software")
        self.session = SignerSession(SignerFiles(self.folder / "state"), self.token, self.port, settings)
        self.session.hosts.introduce(PAIRED)
        self.service = SignerService(self.session)
        weakref.finalize(self, self.service.close)

    def link(self) -> MemoryPort:
        """Plug a new cable in; gives the host's end."""
        # A signer serves one host after another: the cable before was pulled first.
        if self._serving is not None:
            self._serving.join(5)
            assert not self._serving.is_alive(), "the former client was not closed"
        host, device = pair()
        self._serving = threading.Thread(target=serve_forever, args=(self.service, device, self.stop), daemon=True)
        self._serving.start()
        return host

    def client(self, cancel: threading.Event | None = None, pending: Callable | None = None) -> SignerClient:
        """A greeted client on a new cable."""
        return SignerClient(self.link(), HOST, pending, cancel)

    def seal(self, payload: Payload) -> Envelope:
        """Have the signer sign an envelope."""
        data = payload.encode()
        request = Request(os.urandom(16), Method.SIGN_ENVELOPE, ["gov", data])
        kid, curve, signature = self.session.handle(request).result
        return assemble(data, [CoseSignature(kid, Curve(curve), signature)])

    def profile(self, **changes: object) -> Profile:
        profile = Profile(
            "training", "Bench network", "besu", CHAIN_ID, b"\xc0", GENESIS, self.curve,
            (EngineSpan(0, "qbft", 30000, 0),), (SettingChange(0, 1, None, None),), 0, (),
            Recording(REGISTRY, REGISTRY_AT, ZERO_HASH), GasPolicy(0, 0, 1_000_000), ZERO_HASH,
        )  # fmt: skip
        return replace(profile, **changes)

    def profile_payload(self, serial: int = 1, **changes: object) -> Payload:
        body = self.profile(**changes).body()
        return Payload("profile", "training", GENESIS, b"", serial, NOW, NOW + DAY, NOW + 365 * DAY, body)

    def templates_payloads(self) -> list[Payload]:
        """One list of templates for each system: the scope is the namespace."""
        made = []
        for name in BUILT_IN:
            scope, body = name.split(".")[0].encode(), [built_in(name).encode()]
            made.append(Payload("templates", "training", scope, b"", 1, NOW, NOW + DAY, NOW + 365 * DAY, body))
        return made

    def pack_payload(self) -> Payload:
        body = Pack(GENESIS, (CreationCode("act registry", len(CREATION), keccak256(CREATION)),)).body()
        return Payload("pack", "training", GENESIS, b"", 1, NOW, NOW + DAY, NOW + 365 * DAY, body)

    def opening(self, **typed: str) -> Opening:
        template = built_in("eessi.pda1.v1")
        return Opening(b"\x07" * 32, Hash32(b"\x44" * 32), values_of(template, {**FORM, **typed}))

    def commitment(self, opening: Opening, registry: Address = REGISTRY_AT, genesis: Hash32 = GENESIS) -> Hash32:
        template = built_in("eessi.pda1.v1")
        header = ActHeader(genesis, registry, AUTHORITY, template.id, template.digest, template.leaf_count)
        return commit(header, opening)

    def call(self, opening: Opening, **changes: object) -> ActCall:
        template = built_in("eessi.pda1.v1")
        call = ActCall(
            Verb.REGISTER, GENESIS, AUTHORITY, template.ledger_id, self.commitment(opening), 1, None, None, ZERO_HASH,
            0, NOW + DAY, ZERO_HASH,
        )  # fmt: skip
        return replace(call, **changes)

    def transaction(self, data: bytes, **changes: object) -> UnsignedTransaction:
        transaction = UnsignedTransaction(
            TransactionType.LEGACY, CHAIN_ID, 0, 0, None, None, 500_000, REGISTRY_AT, 0, data, ()
        )
        return replace(transaction, **changes)

    def request(self, transaction: UnsignedTransaction, opening: Opening | None = None) -> TransactionRequest:
        template = "eessi.pda1.v1" if opening is not None else None
        body = opening.encode() if opening is not None else None
        return TransactionRequest("official", transaction.signing_payload(), template, body)


def labels(rows: Sequence[tuple[str, str]]) -> list[str]:
    """The labels of shown rows."""
    return [label for label, _ in rows]
