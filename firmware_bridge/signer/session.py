"""The signer's answers to requests: what it is asked, what it decides, what it shows, what it signs.

Invariants:
- A response to what must not be done twice is stored before it is sent; the same request id gives the stored response
  again and does nothing; the same id with other contents is refused.
- In provisioning mode keys are made and roots installed, otherwise not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from firmware_bridge.errors import (
    DeviceError,
    DeviceStateError,
    MalformedRequestError,
    RepeatedDifferentlyError,
    SignerStateError,
    UnsupportedMethodError,
)
from firmware_bridge.messages import Method, Request, Response, Status, decode_response
from firmware_bridge.signer import audit_access
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.build import DEFAULT_SPAN_SECONDS, MODEL
from firmware_bridge.signer.host_decisions import HostDecisions
from firmware_bridge.signer.journal import Journal
from firmware_bridge.signer.pairing import Pairing
from firmware_bridge.signer.refusals import failed, key_row, token_error
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.signing import Signing
from firmware_bridge.signer.token_watch import WatchedToken
from firmware_bridge.signer.transaction_decision import Companions
from firmware_bridge.signer.trust_base import TrustBase
from firmware_bridge.signer.trust_keeper import TrustKeeper
from firmware_bridge.signer.work import Work
from hsm.errors import HsmError
from hsm.token import CURVES, PURPOSES, Token
from lightnode.wire import cbor

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
        shown = "shown on its own display" if settings.device_class == "board" else "shown on this computer"
        self.journal = Journal(files.log, shown)
        self.keeper = TrustKeeper(files, approval, self.journal)
        self.hosts = HostDecisions(files, approval, self.journal)
        self.signing = Signing(
            files, self.token, approval, self.keeper, self.journal, provisioning=settings.provisioning
        )

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
            if request.method == Method.LOAD_ENVELOPE:
                self.files.log.demand_room()
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
        # Only now: what was answered before is answered again, also where the log is full.
        self.files.log.demand_room()
        response = Response(request.id, Status.DONE, self._answer(request, work))
        work.commit()
        self.files.save_answer(request.id, digest, response.encode())
        return response

    def _answer(self, request: Request, work: Work) -> cbor.Value:
        match request.method, request.parameters:
            case Method.KEYS, None:
                return [key_row(key) for key in self.signing.keys(work)]
            case Method.GENERATE_KEY, [str(label), str(curve), str(purpose)]:
                return self._generate(label, curve, purpose, work)
            case Method.INSTALL_ROOT, bytes(data):
                return self._install_root(data, work)
            case Method.LOAD_ENVELOPE, bytes(data):
                return self.keeper.load(data, work)
            case Method.SIGN_TRANSACTION, [str(label), bytes(payload), None | str() as template,
                                           None | bytes() as opening, None | bytes() as owner]:  # fmt: skip
                return self.signing.transaction(label, payload, Companions(template, opening, owner), work)
            case Method.SIGN_ENVELOPE, [str(label), bytes(payload)]:
                return self.signing.envelope(label, payload, work)
        return self._answer_rest(request, work)

    def _answer_rest(self, request: Request, work: Work) -> cbor.Value:
        """Answer what signs nothing and brings nothing in."""
        match request.method, request.parameters:
            case Method.INFO, None:
                return self._info()
            case Method.HOSTS, None:
                return self.hosts.rows()
            case Method.AUDIT_READ, int(first) if first is not True:
                return audit_access.read(self.files.log, first)
            case Method.AUDIT_MARK, bytes(challenge):
                return self.signing.mark(challenge, work)
            case Method.AUDIT_TAKEN, [int(counter), bytes(found)]:
                return audit_access.take_over(self.files.log, counter, found)
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
            memory.newest_time or None, DEFAULT_SPAN_SECONDS, audit_access.standing(self.files.log),
        ]  # fmt: skip

    def _generate(self, label: str, curve: str, purpose: str, work: Work) -> cbor.Value:
        self.signing.demand_provisioning()
        if curve not in CURVES or purpose not in PURPOSES:
            raise MalformedRequestError("The curve or purpose of the key is not known.")
        key = self.signing.opened(lambda: self.token.generate_key(label, curve, purpose), work)
        # Written down also where it was withdrawn meanwhile: the key is there.
        self.journal.key(key)
        self.signing.pin(key)
        return key_row(key)

    def _install_root(self, data: bytes, work: Work) -> None:
        if self.base is None:
            self.signing.demand_provisioning()
        self.keeper.install_root(data, work)
