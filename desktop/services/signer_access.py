"""Reaching a signer for one task, saying what it waits for, and in training pressing its buttons through the debug channel.

Invariants: a PIN never passes through here; the debug channel is opened only where the person named it, and the signer
itself refuses it outside training.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop.errors import DesktopError
from desktop.services import link_keys
from desktop.services.job import Job
from desktop.services.job_errors import SignatureWrongError
from firmware_bridge import launcher
from firmware_bridge.client import SignerClient, SignerKey, TransactionRequest
from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.errors import BridgeError, UnpluggedError
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.messages import Pending, Reason
from lightnode.errors import WireError
from lightnode.wire import curve as curves
from lightnode.wire.curve import Curve
from lightnode.wire.transaction import SignedTransaction
from lightnode.wire.types import Address

# Names a local signer by its folder, so that its address stays the same when the process starts again.
LOCAL = "local:"
Say = Callable[[str], None]


class KeyMissingError(DesktopError):
    """The signer has no key of this label."""

    code = "KEY-MISSING"
    advice = "List the signer's keys with `chancery signer keys`, then name one of them."


class KeyPurposeError(DesktopError):
    """The key has another purpose, or another curve, than the task needs."""

    code = "KEY-PURPOSE"
    advice = "Name a key of the right purpose and curve; each key has exactly one of each."


@dataclass(frozen=True, slots=True)
class SignerAddress:
    """How to reach a signer.

    Attributes:
        url: of the signer, or `local:` and the folder of a local one.
        approve_debug: of the debug channel that presses its buttons; None where a person does.
        shown: told which screen of how many the device shows, as often as that changes.
        home: data folder with this computer's key and the signers it knows; None for the usual one.
    """

    url: str
    approve_debug: str | None = None
    shown: Callable[[int, int], None] | None = field(default=None, compare=False)
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class SignedTime:
    """What the signer knows of time.

    Attributes:
        newest: newest signed time, unix seconds; None where it has none.
        span_seconds: how far beyond it an act's time limit may lie; None where it says nothing.
    """

    newest: int | None
    span_seconds: int | None


@contextmanager
def connect(address: SignerAddress, say: Say, cancel: threading.Event | None = None) -> Iterator[SignerClient]:
    """Open a signer for one task.

    Args:
        address: how to reach it.
        say: told what it waits for.
        cancel: set to withdraw what was asked.
    """
    seen: list[Pending] = []
    asked = threading.Event()

    def pending(what: Pending) -> None:
        # What else is on the display was asked by another program: the finger leaves it alone.
        (asked.set if what.reason in (Reason.PERSON, Reason.PIN) else asked.clear)()
        if what.reason is Reason.PERSON and not any(one.reason is Reason.PERSON for one in seen):
            count = f"{what.screens} screen{'' if what.screens == 1 else 's'}"
            by = "confirm there" if address.approve_debug is None else "the debug channel confirms them (training)"
            say(f"The signer shows {count}; {by}.")
        if what.reason is Reason.PIN and (not seen or seen[-1].reason is not Reason.PIN):
            say("The signer asks for the token's PIN; enter it there, never here.")
        if what.reason is Reason.PERSON and what.screen and address.shown is not None:
            address.shown(what.screen, what.screens)
        seen.append(what)

    url, debug = _present(address.url, debug=False), address.approve_debug
    debug = None if debug is None else _present(debug, debug=True)
    with SignerClient.open(url, host_for(address), pending, cancel) as client, _approver(address, debug, asked):
        yield client


def host_for(address: SignerAddress) -> HostIdentity:
    """Give this computer as it meets a signer; a local one is known by what its own folder says of it."""
    if not address.url.startswith(LOCAL):
        return link_keys.identity(address.home)
    folder = Path(address.url.removeprefix(LOCAL))
    return link_keys.local_identity(folder, launcher.status(folder).key)


def is_present(url: str) -> bool | None:
    """Tell whether a signer is there, without opening it; None where only asking it would tell.

    Raises:
        SignerStatusError: a local signer runs, but what it wrote of itself is damaged.
    """
    kind, _, rest = url.partition(":")
    if url.startswith(LOCAL):
        return launcher.status(Path(rest)).running
    return Path(rest).exists() if kind == "serial" else None


def _present(url: str, *, debug: bool) -> str:
    """Give where a local signer that is named by its folder is reached now; any other URL as it is.

    Raises:
        UnpluggedError: it does not run, or has no debug channel.
    """
    if not url.startswith(LOCAL):
        return url
    now = launcher.status(Path(url.removeprefix(LOCAL)))
    if not now.running:
        raise UnpluggedError("The local signer of this folder does not run.")
    if debug and not now.debug_url:
        raise UnpluggedError("The local signer of this folder was started without a debug channel.")
    return now.debug_url if debug else now.url


@contextmanager
def _approver(address: SignerAddress, url: str | None, asked: threading.Event) -> Iterator[None]:
    """Let the debug channel press the buttons of this program's own questions; nothing where none is named.

    Args:
        address: of the signer.
        url: where its debug channel is reached now.
        asked: set while such a question waits for a person.
    """
    if url is None or address.approve_debug is None:
        yield
        return
    buttons = DebugButtons(url, host_for(replace(address, url=address.approve_debug)))
    stop = threading.Event()
    finger = threading.Thread(target=_press_until, args=(buttons, stop, asked), daemon=True)
    finger.start()
    try:
        yield
    finally:
        stop.set()
        finger.join(timeout=5)
        buttons.close()


def _press_until(buttons: DebugButtons, stop: threading.Event, asked: threading.Event) -> None:
    try:
        buttons.approve_all(stop, asked)
    except BridgeError:
        # The signer went away; the request that waits for it says so.
        return


def list_keys(address: SignerAddress) -> Sequence[SignerKey]:
    """Give the keys of a signer."""
    with connect(address, lambda _: None) as signer:
        return tuple(signer.keys())


def find_key(address: SignerAddress, label: str, purpose: str) -> SignerKey:
    """Give a key of a signer by its label.

    Raises:
        KeyMissingError: there is none.
        KeyPurposeError: it has another purpose.
    """
    return choose_key(list_keys(address), label, purpose)


def choose_key(keys: Sequence[SignerKey], label: str, purpose: str) -> SignerKey:
    """Give one of a signer's keys by its label; see `find_key`."""
    found = next((key for key in keys if key.label == label), None)
    if found is None:
        raise KeyMissingError(f"The signer has no key labelled {label}.")
    if found.purpose != purpose:
        raise KeyPurposeError(f"The key {label} is for {found.purpose}, not for {purpose}.")
    return found


def demand_curve(key: SignerKey, curve: Curve) -> None:
    """Demand that a key lies on the network's curve.

    Raises:
        KeyPurposeError: it lies on another.
    """
    if key.curve != curve.value:
        raise KeyPurposeError(f"The key {key.label} lies on {key.curve}; the network's curve is {curve.value}.")


def address_of_key(key: SignerKey) -> Address:
    """Give the account of a key."""
    return curves.address_of(key.public_key)


def signed_time(address: SignerAddress) -> SignedTime:
    """Ask a signer for its newest signed time and its policy's span."""
    with connect(address, lambda _: None) as signer:
        info = signer.info()
    return SignedTime(info.newest_signed_time, info.span_seconds)


def load(signer: SignerClient, data: bytes, signed: bool) -> None:
    """Give a signer an envelope that it needs; a draft is not given, the signer has its own.

    Args:
        signer: open.
        data: the file.
        signed: whether it is an envelope.
    """
    if signed:
        signer.load_envelope(data)


def sign_transaction(signer: SignerClient, job: Job) -> bytes:
    """Ask a signer for a job's signed transaction, under the id that the job stores: what was answered is answered again.

    Raises:
        DeviceError: it refused or failed.
    """
    wanted = TransactionRequest(job.key_label, job.unsigned, job.template or None, job.opening or None, job.authority)
    answer = signer.sign_transaction(wanted, job.request)
    fields = job.fields
    if answer.digest != fields.signing_hash():
        raise SignatureWrongError("The signer says that it signed something else than the job's transaction.")
    try:
        return SignedTransaction(fields, answer.y_parity, answer.r, answer.s).encode()
    except WireError as cause:
        raise SignatureWrongError("The signer's answer is no signature.") from cause
