"""The signer's answers to requests: what it is asked, what it decides, what it shows, what it signs.

Invariants:
- A response to what must not be done twice is stored before it is sent; the same request id gives the stored response
  again and does nothing; the same id with other contents is refused.
- A key signs for its one purpose. In provisioning mode keys are made and roots installed, otherwise not.
- What is signed is the digest of exactly the bytes that were explained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from firmware_bridge.errors import (
    CancelledError,
    DeviceError,
    DeviceStateError,
    MalformedRequestError,
    NotInModeError,
    NotProvisionedError,
    PolicyRefusedError,
    RepeatedDifferentlyError,
    SignerStateError,
    UnknownKeyError,
    UnsupportedMethodError,
)
from firmware_bridge.messages import Method, Request, Response, Status, decode_response
from firmware_bridge.signer import envelope_screens, key_pins, used_nonces
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.asking import demand_approval
from firmware_bridge.signer.build import DEFAULT_SPAN_SECONDS, MODEL
from firmware_bridge.signer.host_decisions import HostDecisions
from firmware_bridge.signer.pairing import Pairing
from firmware_bridge.signer.pin_entry import unlock
from firmware_bridge.signer.refusals import demand_build, failed, key_row, token_error
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.token_watch import WatchedToken
from firmware_bridge.signer.transaction_decision import Companions, Limits, explain
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from firmware_bridge.signer.trust_base import TrustBase
from firmware_bridge.signer.trust_keeper import TrustKeeper
from firmware_bridge.signer.work import Work
from hsm.errors import HsmError, PinNeededError
from hsm.signature_adapter import Signature, sign
from hsm.token import CURVES, PURPOSES, KeyInfo, SigningContext, Token
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, address_of, compress
from lightnode.wire.envelope import digest_to_sign
from lightnode.wire.key_set import key_id
from lightnode.wire.payload import Payload, decode_payload

T = TypeVar("T")
# What must not be done twice: its answer is stored before it is sent.
_STORED = (Method.SIGN_TRANSACTION, Method.SIGN_ENVELOPE, Method.GENERATE_KEY, Method.INSTALL_ROOT)


@dataclass(frozen=True, slots=True)
class SignerSettings:
    """How a signer was started.

    Attributes:
        provisioning: keys may be made, a root installed.
        device_class: software, card or board: what verdicts will show.
    """

    provisioning: bool
    device_class: str


class SignerSession:
    """One signer over one token; requests are handled one at a time."""

    def __init__(self, files: SignerFiles, token: Token, approval: ApprovalPort, settings: SignerSettings) -> None:
        """Load what the folder holds.

        Raises:
            SignerStateError: the folder is damaged.
            DeviceError: the root is of another environment than this build.
        """
        self.files, self.approval, self.settings = files, approval, settings
        self.token = WatchedToken(token)
        self.keeper = TrustKeeper(files, approval)
        self.hosts = HostDecisions(files, approval, self._shown())

    @property
    def base(self) -> TrustBase | None:
        """What is in force; None before a root is installed."""
        return self.keeper.base

    def handle(self, request: Request, work: Work | None = None, pairing: Pairing | None = None) -> Response:
        """Answer a request; every failure is an answer of the closed list.

        Args:
            request: what is asked.
            work: to withdraw it by.
            pairing: that it ends, on the channel it came by.
        """
        try:
            return self._once(request, work or Work(), pairing)
        except DeviceError as error:
            return failed(request.id, error)
        except HsmError as error:
            return failed(request.id, token_error(error))
        except SignerStateError as error:
            return failed(request.id, DeviceStateError(error.text))

    def _once(self, request: Request, work: Work, pairing: Pairing | None) -> Response:
        # Before anything is asked of a person: what could not be written down afterwards is not begun.
        self.files.demand_sound()
        if request.method == Method.PAIR_FINISH:
            self.hosts.finish(pairing, work)
            return Response(request.id, Status.DONE, None)
        if request.method not in _STORED:
            result = self._answer(request, work)
            work.commit()
            return Response(request.id, Status.DONE, result)
        digest = hashlib.sha256(cbor.encode([request.method, request.parameters])).digest()
        known = self.files.answered(request.id)
        if known is not None:
            if known[0] != digest:
                raise RepeatedDifferentlyError("The request id was used before for something else.")
            work.commit()
            return decode_response(known[1])
        response = Response(request.id, Status.DONE, self._answer(request, work))
        work.commit()
        self.files.save_answer(request.id, digest, response.encode())
        return response

    def _answer(self, request: Request, work: Work) -> cbor.Value:
        match request.method, request.parameters:
            case Method.KEYS, None:
                return [key_row(key) for key in self._keys(work)]
            case Method.GENERATE_KEY, [str(label), str(curve), str(purpose)]:
                return self._generate(label, curve, purpose, work)
            case Method.INSTALL_ROOT, bytes(data):
                return self._install_root(data, work)
            case Method.LOAD_ENVELOPE, bytes(data):
                return self.keeper.load(data, work)
            case Method.SIGN_TRANSACTION, [str(label), bytes(payload), None | str() as template,
                                           None | bytes() as opening, None | bytes() as owner]:  # fmt: skip
                return self._sign_transaction(label, payload, Companions(template, opening, owner), work)
            case Method.SIGN_ENVELOPE, [str(label), bytes(payload)]:
                return self._sign_envelope(label, payload, work)
        return self._answer_rest(request, work)

    def _answer_rest(self, request: Request, work: Work) -> cbor.Value:
        """Answer what signs nothing and brings nothing in."""
        match request.method, request.parameters:
            case Method.INFO, None:
                return self._info()
            case Method.HOSTS, None:
                return self.hosts.rows()
            case Method.FORGET_HOST, bytes(wanted):
                return self.hosts.forget(wanted, work)
            case Method.LOCK, None:
                self.token.lock()
                return True
        if request.method in Method.__members__.values():
            raise MalformedRequestError("The parameters of the request are malformed.")
        raise UnsupportedMethodError("The signer does not know this method.")

    def _info(self) -> cbor.Value:
        memory = self.files.memory()
        root = self.base.root if self.base is not None else None
        return [
            MODEL, self.token.info().label, self.settings.device_class, "" if root is None else root.environment,
            b"" if root is None else root.fingerprint, self.token.pin_status().needed, self.settings.provisioning,
            memory.newest_time or None, DEFAULT_SPAN_SECONDS,
        ]  # fmt: skip

    def _generate(self, label: str, curve: str, purpose: str, work: Work) -> cbor.Value:
        self._demand_provisioning()
        if curve not in CURVES or purpose not in PURPOSES:
            raise MalformedRequestError("The curve or purpose of the key is not known.")
        key = self._opened(lambda: self.token.generate_key(label, curve, purpose), work)
        # Written down also where it was withdrawn meanwhile: the key is there.
        self.files.append_audit(["key", label, purpose, compress(key.public_key)])
        self._pin(key)
        return key_row(key)

    def _install_root(self, data: bytes, work: Work) -> None:
        if self.base is None:
            self._demand_provisioning()
        self.keeper.install_root(data, self._shown(), work)

    def _sign_transaction(self, label: str, payload: bytes, given: Companions, work: Work) -> cbor.Value:
        base = self.keeper.demand_base()
        key = self._key(label, ("transaction",), work)
        memory = self.files.memory()
        explained = explain(payload, given, base, Limits(memory.newest_time, DEFAULT_SPAN_SECONDS))
        if key.curve != explained.profile.curve.value:
            raise UnknownKeyError("The key is on another curve than the network.")
        transaction, title = explained.transaction, explained.screens[0].title
        technical = screens_for_transaction(
            title, explained.profile, transaction, key.label, address_of(key.public_key)
        )
        screens = [*used_nonces.warning(memory, explained, key), *explained.screens, *technical]
        demand_approval(self.approval, screens, transaction.chain_id, work)
        # The very bytes that were parsed and shown.
        digest = transaction.signing_hash()
        context = SigningContext(base.root.environment, transaction.chain_id)
        signature = self._sign(key, digest, context, explained.summary, work)
        self.files.save_memory(used_nonces.remembered(self.files.memory(), explained, key))
        self.files.append_audit(["transaction", explained.summary, digest, key_id(Curve(key.curve), key.public_key),
                                 self._shown()])  # fmt: skip
        return [
            signature.r.to_bytes(32, "big"), signature.s.to_bytes(32, "big"), signature.y_parity, digest,
        ]  # fmt: skip

    def _sign_envelope(self, label: str, data: bytes, work: Work) -> cbor.Value:
        try:
            payload = decode_payload(data)
        except WireError as cause:
            raise MalformedRequestError(f"The payload is malformed: {cause.text}") from cause
        key = self._key(label, ("approval",) if payload.kind == "approval" else ("envelope",), work)
        self._demand_scope(payload)
        demand_approval(self.approval, envelope_screens.screens_for_envelope(payload), None, work)
        curve = Curve(key.curve)
        kid = key_id(curve, key.public_key)
        digest = digest_to_sign(data, payload.kind, curve, kid)
        signature = self._sign(key, digest, SigningContext(payload.environment, None), payload.kind, work)
        self.files.append_audit(["envelope", payload.kind, digest, kid, self._shown()])
        return [kid, key.curve, signature.compact]

    def _demand_scope(self, payload: Payload) -> None:
        """Sign nothing of another environment; without a root only a root, in provisioning mode."""
        demand_build(payload.environment)
        if self.base is None:
            if payload.kind != "root":
                raise NotProvisionedError("The signer has no root; install it first.")
            self._demand_provisioning()
        elif payload.environment != self.base.root.environment:
            raise PolicyRefusedError("The envelope is for another environment than this signer's root.")

    def _sign(self, key: KeyInfo, digest: bytes, context: SigningContext, what: str, work: Work) -> Signature:
        def use() -> Signature:
            work.begin()
            return sign(self.token, key, digest, context)

        signature = self._opened(use, work)
        try:
            work.commit()
        except CancelledError:
            # It was made and goes nowhere; the log knows of it all the same.
            kid = key_id(Curve(key.curve), key.public_key)
            self.files.append_audit(["discarded", what, digest, kid, self._shown()])
            raise
        self._pin(key)
        return signature

    def _pin(self, key: KeyInfo) -> None:
        self.files.save_memory(key_pins.pinned(self.files.memory(), self.token.info(), key))

    def _opened(self, act: Callable[[], T], work: Work) -> T:
        """Use the token; where it wants its PIN, for all or for this one signature, ask for it on the display."""
        try:
            return act()
        except PinNeededError:
            unlock(self.token, self.approval, work.report, self._audit_pin)
        return act()

    def _audit_pin(self, how: str) -> None:
        self.files.append_audit(["pin", how, self._shown()])

    def _keys(self, work: Work) -> tuple[KeyInfo, ...]:
        return self._opened(self.token.keys, work)

    def _key(self, label: str, purposes: tuple[str, ...], work: Work) -> KeyInfo:
        key = next((item for item in self._keys(work) if item.label == label), None)
        if key is None:
            raise UnknownKeyError("The signer has no key of this label.")
        if key.purpose not in purposes:
            raise UnknownKeyError(f"The key is for {key.purpose} and signs nothing else.")
        key_pins.demand_pinned(self.files.memory(), self.token.info(), key)
        return key

    def _demand_provisioning(self) -> None:
        if not self.settings.provisioning:
            raise NotInModeError("The signer was not started in provisioning mode.")

    def _shown(self) -> str:
        return "shown on its own display" if self.settings.device_class == "board" else "shown on this computer"
