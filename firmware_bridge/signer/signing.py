"""Signing: find the key, explain, ask the person, have the token sign, write it down.

Invariants:
- A key signs for its one purpose, and is the one that was first used under its label.
- What is signed is the digest of exactly the bytes that were explained.
- An entry of the audit log stands before the signature leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from firmware_bridge.errors import (
    CancelledError,
    DeclinedError,
    MalformedRequestError,
    NotInModeError,
    NotProvisionedError,
    PolicyRefusedError,
    UnknownKeyError,
)
from firmware_bridge.signer import audit_access, envelope_screens, key_pins, used_nonces
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.asking import demand_approval
from firmware_bridge.signer.build import DEFAULT_SPAN_SECONDS
from firmware_bridge.signer.journal import Journal
from firmware_bridge.signer.pin_entry import unlock
from firmware_bridge.signer.refusals import demand_build
from firmware_bridge.signer.screens import Screen
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.token_watch import WatchedToken
from firmware_bridge.signer.transaction_decision import Companions, Limits, explain
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from firmware_bridge.signer.trust_keeper import TrustKeeper
from firmware_bridge.signer.work import Work
from hsm.errors import PinNeededError
from hsm.signature_adapter import Signature, sign
from hsm.token import KeyInfo, SigningContext
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, address_of
from lightnode.wire.envelope import CoseSignature, assemble, digest_to_sign
from lightnode.wire.key_set import key_id
from lightnode.wire.payload import Payload, decode_payload

T = TypeVar("T")


class Signing:
    """Uses the keys of one token."""

    def __init__(
        self, files: SignerFiles, token: WatchedToken, approval: ApprovalPort, keeper: TrustKeeper, journal: Journal,
        *, provisioning: bool,
    ) -> None:  # fmt: skip
        """Begin.

        Args:
            files: memory and log.
            token: where the keys are.
            approval: display and buttons.
            keeper: what is in force.
            journal: for the audit log.
            provisioning: whether the signer was started to be set up.
        """
        self._files, self._token, self._approval = files, token, approval
        self._keeper, self._journal, self._provisioning = keeper, journal, provisioning

    def transaction(self, label: str, payload: bytes, given: Companions, work: Work) -> cbor.Value:
        """Explain a transaction, ask, sign; gives r, s, parity and digest.

        Raises:
            DeviceError: the leaf of why it is refused.
        """
        base = self._keeper.demand_base()
        key = self._key(label, ("transaction",), work)
        memory = self._files.memory()
        explained = explain(payload, given, base, Limits(memory.newest_time, DEFAULT_SPAN_SECONDS))
        if key.curve != explained.profile.curve.value:
            raise UnknownKeyError("The key is on another curve than the network.")
        transaction, title = explained.transaction, explained.screens[0].title
        technical = screens_for_transaction(
            title, explained.profile, transaction, key.label, address_of(key.public_key)
        )
        screens = [*used_nonces.warning(memory, explained, key), *explained.screens, *technical]
        # The very bytes that were parsed and shown.
        digest = transaction.signing_hash()

        def log(outcome: str) -> None:
            self._journal.transaction(outcome, explained.summary, key, digest, explained.act)

        self._approved(screens, transaction.chain_id, work, log)
        context = SigningContext(base.root.environment, transaction.chain_id)
        signature = self._sign(key, digest, context, log, work)
        self._files.save_memory(used_nonces.remembered(self._files.memory(), explained, key))
        log("signed")
        return [
            signature.r.to_bytes(32, "big"), signature.s.to_bytes(32, "big"), signature.y_parity, digest,
        ]  # fmt: skip

    def envelope(self, label: str, data: bytes, work: Work) -> cbor.Value:
        """Explain an envelope's payload, ask, sign; gives key id, curve and signature.

        Raises:
            DeviceError: the leaf of why it is refused.
        """
        try:
            payload = decode_payload(data)
        except WireError as cause:
            raise MalformedRequestError(f"The payload is malformed: {cause.text}") from cause
        key = self._key(label, ("approval",) if payload.kind == "approval" else ("envelope",), work)
        self._demand_scope(payload)
        curve = Curve(key.curve)
        kid = key_id(curve, key.public_key)
        digest = digest_to_sign(data, payload.kind, curve, kid)

        def log(outcome: str) -> None:
            self._journal.envelope(outcome, payload.kind, key, digest)

        self._approved(envelope_screens.screens_for_envelope(payload), None, work, log)
        signature = self._sign(key, digest, SigningContext(payload.environment, None), log, work)
        log("signed")
        return [kid, key.curve, signature.compact]

    def mark(self, challenge: bytes, work: Work) -> bytes:
        """Say where the log ends, signed by the attestation key; nobody is asked, because nobody is bound by it."""
        key = audit_access.attestation_key(self.keys(work))
        key_pins.demand_pinned(self._files.memory(), self._token.info(), key)
        curve = Curve(key.curve)
        kid = key_id(curve, key.public_key)
        environment = None if self._keeper.base is None else self._keeper.base.root.environment
        made = audit_access.payload(self._files.log, challenge, environment, self._files.memory().newest_time, kid)
        data = made.encode()
        digest = digest_to_sign(data, made.kind, curve, kid)
        context = SigningContext(made.environment, None)
        signature = self._sign(key, digest, context, lambda _: None, work)
        return assemble(data, [CoseSignature(kid, curve, signature.compact)]).encode()

    def _demand_scope(self, payload: Payload) -> None:
        """Sign nothing of another environment; without a root only a root, in provisioning mode."""
        demand_build(payload.environment)
        if self._keeper.base is None:
            if payload.kind != "root":
                raise NotProvisionedError("The signer has no root; install it first.")
            self.demand_provisioning()
        elif payload.environment != self._keeper.base.root.environment:
            raise PolicyRefusedError("The envelope is for another environment than this signer's root.")

    def _approved(
        self, screens: Sequence[Screen], chain_id: int | None, work: Work, log: Callable[[str], None]
    ) -> None:
        try:
            demand_approval(self._approval, screens, chain_id, work)
        except DeclinedError:
            log("declined")
            raise

    def _sign(
        self, key: KeyInfo, digest: bytes, context: SigningContext, log: Callable[[str], None], work: Work
    ) -> Signature:
        def use() -> Signature:
            work.begin()
            return sign(self._token, key, digest, context)

        signature = self.opened(use, work)
        try:
            work.commit()
        except CancelledError:
            # It was made and goes nowhere; the log knows of it all the same.
            log("discarded")
            raise
        self.pin(key)
        return signature

    def pin(self, key: KeyInfo) -> None:
        """Remember a key as the one that is used under its label from now on."""
        self._files.save_memory(key_pins.pinned(self._files.memory(), self._token.info(), key))

    def opened(self, act: Callable[[], T], work: Work) -> T:
        """Use the token; where it wants its PIN, for all or for this one signature, ask for it on the display."""
        try:
            return act()
        except PinNeededError:
            unlock(self._token, self._approval, work.report, self._journal.pin)
        return act()

    def keys(self, work: Work) -> tuple[KeyInfo, ...]:
        """List the token's keys."""
        return self.opened(self._token.keys, work)

    def _key(self, label: str, purposes: tuple[str, ...], work: Work) -> KeyInfo:
        key = next((item for item in self.keys(work) if item.label == label), None)
        if key is None:
            raise UnknownKeyError("The signer has no key of this label.")
        if key.purpose not in purposes:
            raise UnknownKeyError(f"The key is for {key.purpose} and signs nothing else.")
        key_pins.demand_pinned(self._files.memory(), self._token.info(), key)
        return key

    def demand_provisioning(self) -> None:
        """Demand that the signer was started to be set up.

        Raises:
            NotInModeError: it was not.
        """
        if not self._provisioning:
            raise NotInModeError("The signer was not started in provisioning mode.")
