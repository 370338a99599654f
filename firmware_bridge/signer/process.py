"""The signer's own process: opens the token, serves a pseudo-terminal or a loopback socket, writes its status file.

The PIN comes from a file descriptor, or is asked for on the signer's own display; never from arguments or environment.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from firmware_bridge.errors import BridgeError, LinkTimeoutError, SignerStartError, SignerStateError
from firmware_bridge.frames import Refusal, encode_refusal
from firmware_bridge.launcher import STATUS, folder_lock
from firmware_bridge.link.peer import is_ours
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.noise.handshake import public_of
from firmware_bridge.pin_descriptor import read_pin
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.debug_channel import DebugServer
from firmware_bridge.signer.least_rights import give_up_rights
from firmware_bridge.signer.paired_hosts import PairedHost, is_host_name
from firmware_bridge.signer.pin_entry import unlock_with
from firmware_bridge.signer.service import SignerService, serve_forever
from firmware_bridge.signer.session import SignerSession, SignerSettings
from firmware_bridge.signer.signer_files import SignerFiles
from hsm.errors import HsmError
from hsm.software import SoftwareToken
from hsm.token import Token, wipe
from hsm.token_url import open_token

# Whoever asks whether the signer runs holds the lock for a moment.
_LOCK_SECONDS = 3.0
# On a socket: so many programs at once, and one that says nothing for so long is let go.
MAX_HOSTS = 8
HOST_IDLE_SECONDS = 600.0


def arguments(given: list[str]) -> argparse.Namespace:
    """Read the process's arguments."""
    parser = argparse.ArgumentParser(prog="chancery-signer", description="The signer: a process of its own.")
    parser.add_argument("--state", required=True, type=Path, metavar="DIR", help="the signer's folder")
    parser.add_argument("--token", required=True, metavar="URL", help="software:FOLDER or pkcs11:MODULE?token=LABEL")
    parser.add_argument("--link", choices=("pty", "socket"), default="pty" if os.name == "posix" else "socket")
    parser.add_argument("--pin-fd", type=int, metavar="N", help="file descriptor to read the PIN from, once")
    parser.add_argument("--provisioning", action="store_true", help="keys may be made and a root installed")
    parser.add_argument(
        "--host",
        type=host_argument,
        action="append",
        default=[],
        metavar="KEY:NAME",
        help="public key and name of whoever starts it",
    )
    parser.add_argument("--debug", action="store_true", help="open the debug channel (training builds only)")
    return parser.parse_args(given)


def host_argument(text: str) -> PairedHost:
    """Read the computer that starts this process: its public key in hexadecimal, a colon, its name."""
    key, _, name = text.partition(":")
    if re.fullmatch("[0-9a-f]{64}", key) and is_host_name(name):
        return PairedHost(bytes.fromhex(key), name)
    raise argparse.ArgumentTypeError("write KEY:NAME")


def run(given: argparse.Namespace, approval: ApprovalPort, stop: threading.Event | None = None) -> None:
    """Serve until told to stop.

    Args:
        given: the process's arguments.
        approval: display and buttons; where no PIN came by descriptor, it is asked for there when it is first needed.
        stop: set to end it; None for the signals alone.

    Raises:
        HsmError: the token cannot be opened.
        BridgeError: the signer's folder is damaged, or another process serves it.
    """
    # Log, status and whatever else this process makes is its user's alone.
    os.umask(0o077)
    pin = None if given.pin_fd is None else read_pin(given.pin_fd)
    try:
        lock = _hold(given.state)
        try:
            _run_alone(given, approval, pin, stop or threading.Event())
        finally:
            lock.release()
    finally:
        wipe(pin or bytearray())


def _hold(folder: Path) -> FileLock:
    """Hold the folder for this process alone, and forget what a former one wrote of itself."""
    lock = folder_lock(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=_LOCK_SECONDS)
        (folder / STATUS).unlink(missing_ok=True)
    except Timeout as cause:
        raise SignerStartError("This signer is running already.") from cause
    except OSError as cause:
        raise SignerStateError("The signer's folder cannot be written.") from cause
    return lock


def _run_alone(given: argparse.Namespace, approval: ApprovalPort, pin: bytearray | None, stop: threading.Event) -> None:
    token = _open(given, pin)
    if pin is not None:
        unlock_with(token, pin)
    kind = "software" if token.info().in_software else "card"
    session = SignerSession(SignerFiles(given.state), token, approval, SignerSettings(given.provisioning, kind))
    for host in given.host:
        session.hosts.introduce(host)
    debug = DebugServer(approval, session.files) if given.debug else None
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    try:
        key = public_of(session.files.channel_secret())
        _serve(given, SignerService(session), stop, "" if debug is None else debug.url, key)
    finally:
        (given.state / STATUS).unlink(missing_ok=True)
        session.token.close()


def _open(given: argparse.Namespace, pin: bytearray | None) -> Token:
    """Open the token; in provisioning mode a software token that is not there yet is made with the PIN given."""
    kind, _, folder = given.token.partition(":")
    if given.provisioning and pin is not None and kind == "software" and folder and not Path(folder).exists():
        SoftwareToken.create(Path(folder), bytearray(pin)).close()
    return open_token(given.token)


def _serve(
    given: argparse.Namespace, service: SignerService, stop: threading.Event, debug_url: str, key: bytes
) -> None:
    if given.link == "pty":
        # Imported here: pseudo-terminals are of one family of systems only.
        from firmware_bridge.link.pty_port import PtyPort

        link = PtyPort()
        _write_status(given.state, f"serial:{link.path}", debug_url, key)
        while not stop.is_set():
            try:
                service.serve(link, stop)
            except LinkTimeoutError:
                continue
        link.close()
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        _write_status(given.state, f"socket://127.0.0.1:{listener.getsockname()[1]}", debug_url, key)
        accept_hosts(listener, service, stop)


def accept_hosts(listener: socket.socket, service: SignerService, stop: threading.Event) -> None:
    """Serve every program of one's own that connects, each on a thread of its own, so that a silent one holds up none.

    Args:
        listener: on loopback.
        service: answers them.
        stop: set to end.
    """
    room = threading.Semaphore(MAX_HOSTS)
    listener.settimeout(0.2)

    def serve(link: SocketPort) -> None:
        try:
            serve_forever(service, link, stop, HOST_IDLE_SECONDS)
        finally:
            room.release()

    while not stop.is_set():
        try:
            connected, _ = listener.accept()
        except TimeoutError:
            continue
        if not is_ours(connected):
            connected.close()
            continue
        link = SocketPort(connected)
        if room.acquire(blocking=False):
            threading.Thread(target=serve, args=(link,), daemon=True).start()
            continue
        with contextlib.suppress(BridgeError):
            link.write(encode_refusal(Refusal.BUSY))
        link.close()


def _write_status(folder: Path, url: str, debug_url: str, key: bytes) -> None:
    started = int(time.time())
    status = {"pid": os.getpid(), "url": url, "debug_url": debug_url, "key": key.hex(), "started": started}
    partial = folder / f"{STATUS}.part"
    partial.write_text(json.dumps(status))
    partial.chmod(0o600)
    partial.replace(folder / STATUS)


def main(given: list[str]) -> int:
    """Run a signer without a window."""
    try:
        give_up_rights()
        run(arguments(given), ApprovalPort())
    except (BridgeError, HsmError) as error:
        print(f"{error.code}: {error.text}\n{error.advice}", file=sys.stderr)
        return 1
    return 0
