"""The signer's answers to requests: what it is asked, what it decides, what it shows, what it signs.

Invariants:
- A response to a signing request is stored before it is sent; the same request id gives the stored response again and
  signs nothing; the same id with other contents is refused.
- A key signs for its one purpose. In provisioning mode keys are made and roots installed, otherwise not.
- What is signed is the digest of exactly the bytes that were explained.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from firmware_bridge.errors import (
    DeviceError,
    MalformedRequestError,
    NotInModeError,
    NotProvisionedError,
    PolicyRefusedError,
    RepeatedDifferentlyError,
    UnknownKeyError,
    UnsupportedMethodError,
)
from firmware_bridge.messages import Method, Request, Response, Status, decode_response
from firmware_bridge.signer import envelope_screens, used_nonces
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.asking import Report, demand_approval
from firmware_bridge.signer.build import DEFAULT_SPAN_SECONDS, MODEL
from firmware_bridge.signer.pin_entry import unlock
from firmware_bridge.signer.refusals import demand_build, failed, key_row, token_error
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.transaction_decision import Companions, Limits, explain
from firmware_bridge.signer.trust_base import TrustBase
from firmware_bridge.signer.trust_keeper import TrustKeeper
from hsm.errors import HsmError, PinNeededError
from hsm.signature_adapter import Signature, sign
from hsm.token import CURVES, PURPOSES, KeyInfo, SigningContext, Token
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.curve import Curve, compress
from lightnode.wire.envelope import digest_to_sign
from lightnode.wire.key_set import key_id
from lightnode.wire.payload import Payload, decode_payload

T = TypeVar("T")
_SIGNING = (Method.SIGN_TRANSACTION, Method.SIGN_ENVELOPE)


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
        self.files, self.token, self.approval, self.settings = files, token, approval, settings
        self.keeper = TrustKeeper(files, approval)

    @property
    def base(self) -> TrustBase | None:
        """What is in force; None before a root is installed."""
        return self.keeper.base

    def handle(self, request: Request, report: Report) -> Response:
        """Answer a request; every failure is an answer of the closed list."""
        try:
            return self._once(request, report)
        except DeviceError as error:
            return failed(request.id, error)
        except HsmError as error:
            return failed(request.id, token_error(error))

    def _once(self, request: Request, report: Report) -> Response:
        if request.method not in _SIGNING:
            return Response(request.id, Status.DONE, self._answer(request, report))
        digest = hashlib.sha256(cbor.encode([request.method, request.parameters])).digest()
        known = self.files.answered(request.id)
        if known is not None:
            if known[0] != digest:
                raise RepeatedDifferentlyError("The request id was used before for something else.")
            return decode_response(known[1])
        response = Response(request.id, Status.DONE, self._answer(request, report))
        self.files.save_answer(request.id, digest, response.encode())
        return response

    def _answer(self, request: Request, report: Report) -> cbor.Value:
        match request.method, request.parameters:
            case Method.INFO, None:
                return self._info()
            case Method.KEYS, None:
                return [key_row(key) for key in self._keys(report)]
            case Method.GENERATE_KEY, [str(label), str(curve), str(purpose)]:
                return self._generate(label, curve, purpose, report)
            case Method.INSTALL_ROOT, bytes(data):
                return self._install_root(data, report)
            case Method.LOAD_ENVELOPE, bytes(data):
                return self.keeper.load(data, report)
            case Method.SIGN_TRANSACTION, [str(label), bytes(payload), None | str() as template,
                                           None | bytes() as opening, None | bytes() as owner]:  # fmt: skip
                return self._sign_transaction(label, payload, Companions(template, opening, owner), report)
            case Method.SIGN_ENVELOPE, [str(label), bytes(payload)]:
                return self._sign_envelope(label, payload, report)
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

    def _generate(self, label: str, curve: str, purpose: str, report: Report) -> cbor.Value:
        self._demand_provisioning()
        if curve not in CURVES or purpose not in PURPOSES:
            raise MalformedRequestError("The curve or purpose of the key is not known.")
        key = self._opened(lambda: self.token.generate_key(label, curve, purpose), report)
        self.files.append_audit(["key", label, purpose, compress(key.public_key)])
        return key_row(key)

    def _install_root(self, data: bytes, report: Report) -> None:
        if self.base is None:
            self._demand_provisioning()
        self.keeper.install_root(data, self._shown(), report)

    def _sign_transaction(self, label: str, payload: bytes, given: Companions, report: Report) -> cbor.Value:
        base = self.keeper.demand_base()
        key = self._key(label, ("transaction",), report)
        memory = self.files.memory()
        explained = explain(payload, given, base, Limits(memory.newest_time, DEFAULT_SPAN_SECONDS))
        if key.curve != explained.profile.curve.value:
            raise UnknownKeyError("The key is on another curve than the network.")
        screens = [*used_nonces.warning(memory, explained, key), *explained.screens]
        transaction = explained.transaction
        demand_approval(self.approval, screens, transaction.chain_id, report)
        # The very bytes that were parsed and shown.
        digest = transaction.signing_hash()
        context = SigningContext(base.root.environment, transaction.chain_id)
        signature = self._sign(key, digest, context, report)
        self.files.save_memory(used_nonces.remembered(self.files.memory(), explained, key))
        self.files.append_audit(["transaction", explained.summary, digest, key_id(Curve(key.curve), key.public_key),
                                 self._shown()])  # fmt: skip
        return [
            signature.r.to_bytes(32, "big"), signature.s.to_bytes(32, "big"), signature.y_parity, digest,
        ]  # fmt: skip

    def _sign_envelope(self, label: str, data: bytes, report: Report) -> cbor.Value:
        try:
            payload = decode_payload(data)
        except WireError as cause:
            raise MalformedRequestError(f"The payload is malformed: {cause.text}") from cause
        key = self._key(label, ("approval",) if payload.kind == "approval" else ("envelope",), report)
        self._demand_scope(payload)
        demand_approval(self.approval, envelope_screens.screens_for_envelope(payload), None, report)
        curve = Curve(key.curve)
        kid = key_id(curve, key.public_key)
        digest = digest_to_sign(data, payload.kind, curve, kid)
        signature = self._sign(key, digest, SigningContext(payload.environment, None), report)
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

    def _sign(self, key: KeyInfo, digest: bytes, context: SigningContext, report: Report) -> Signature:
        return self._opened(lambda: sign(self.token, key, digest, context), report)

    def _opened(self, act: Callable[[], T], report: Report) -> T:
        """Use the token; where it wants its PIN, for all or for this one signature, ask for it on the display."""
        try:
            return act()
        except PinNeededError:
            unlock(self.token, self.approval, report, self._audit_pin)
        return act()

    def _audit_pin(self, how: str) -> None:
        self.files.append_audit(["pin", how, self._shown()])

    def _keys(self, report: Report) -> tuple[KeyInfo, ...]:
        return self._opened(self.token.keys, report)

    def _key(self, label: str, purposes: tuple[str, ...], report: Report) -> KeyInfo:
        key = next((item for item in self._keys(report) if item.label == label), None)
        if key is None:
            raise UnknownKeyError("The signer has no key of this label.")
        if key.purpose not in purposes:
            raise UnknownKeyError(f"The key is for {key.purpose} and signs nothing else.")
        return key

    def _demand_provisioning(self) -> None:
        if not self.settings.provisioning:
            raise NotInModeError("The signer was not started in provisioning mode.")

    def _shown(self) -> str:
        return "shown on its own display" if self.settings.device_class == "board" else "shown on this computer"
