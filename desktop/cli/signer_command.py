"""`chancery signer`: the local signer's process, and what IT gives a signer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options, pairing_command
from desktop.cli.console import Console

if TYPE_CHECKING:
    from firmware_bridge.launcher import SignerStatus

WINDOW_MODULE = "desktop.qt.signer_main"
FOLDER = "signer"


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its subcommands."""
    make = options.subcommands(parser)
    _add_process(make)
    pairing_command.add(make)
    _add_content(make)


def _add_process(make: Any) -> None:
    start = make("start", "start the local signer, a process of its own; the PIN goes to it only")
    _folder(start)
    start.add_argument(
        "--token",
        type=types.filled,
        metavar="URL",
        help="software:FOLDER or pkcs11:MODULE?token=LABEL (software:FOLDER/token)",
    )
    start.add_argument("--pin-fd", type=types.descriptor, metavar="N", help="descriptor the signer reads the PIN from")
    start.add_argument("--provisioning", action="store_true", help="let keys be made and a root be installed")
    start.add_argument(
        "--debug-approval",
        action="store_true",
        help="open the debug channel for --approve-debug (training builds only)",
    )
    start.add_argument("--window", action="store_true", help="show its display and buttons in a window of its own")
    start.add_argument(
        "--link", choices=("pty", "socket"), help="pseudo-terminal or loopback socket (the system's own)"
    )
    options.finish(
        start,
        run_start,
        "signer start training/signer --token software:training/token --pin-fd 3 3<training/signer.pin",
    )
    stop = make("stop", "stop it")
    _folder(stop)
    options.finish(stop, run_stop, "signer stop training/signer")
    status = make("status", "say whether it runs, how it is reached and what it is")
    _folder(status)
    options.finish(status, run_status, "signer status training/signer --json")


def _add_content(make: Any) -> None:
    lock = make("lock", "have the signer forget its PIN and take back what it asks")
    _signer(lock)
    options.finish(lock, run_lock, "signer lock --signer serial:/dev/ttyACM0")
    keys = make("keys", "list the keys of a signer")
    _signer(keys)
    options.finish(keys, run_keys, "signer keys --signer serial:/dev/ttyACM0")
    generate = make("generate-key", "make a key on the token; one of the same label and kind is kept")
    _signer(generate)
    generate.add_argument(
        "--label", required=True, type=types.key_label, metavar="TEXT", help="name of the key on the token"
    )
    generate.add_argument(
        "--curve", required=True, choices=("secp256k1", "secp256r1"),
        help="of the key: the network's for its transactions, either for the rest",
    )  # fmt: skip
    generate.add_argument(
        "--purpose", required=True, choices=("transaction", "envelope", "approval", "attestation"),
        help="the one thing it may sign: acts on the ledger, statements, or consent to another person's act, or the signer's own log",
    )  # fmt: skip
    options.finish(
        generate,
        run_generate,
        "signer generate-key --signer URL --label official --curve secp256k1 --purpose transaction",
    )
    root = make("install-root", "give the signer its root; compare the fingerprint on its screen")
    root.add_argument("file", type=types.path, metavar="FILE", help="signed root")
    _signer(root)
    options.finish(root, run_root, "signer install-root root.cenv --signer URL")
    load = make("load", "give the signer a signed profile, pack, kinds of record or trust package")
    load.add_argument("file", type=types.path, nargs="+", metavar="FILE", help="signed file")
    _signer(load)
    options.finish(load, run_load, "signer load profile.cenv --signer URL")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=types.path, nargs="?", metavar="DIR", help="folder of the signer (in the data folder)"
    )


def _signer(parser: argparse.ArgumentParser) -> None:
    options.add_signer_url(parser)
    options.add_approve_debug(parser)


def _place(given: Any) -> Any:
    from desktop.services import data_folder

    return given.folder if given.folder is not None else data_folder.base_folder(given.home) / FOLDER


def run_start(given: Any, console: Console) -> int:
    """Start the signer; one that runs already is left as it is."""
    from desktop.services import signer_pairing
    from desktop.services.data_folder import private_folder
    from firmware_bridge import launcher

    folder = private_folder(_place(given))
    now = launcher.status(folder)
    already = now.running
    if not already:
        wanted = launcher.SignerStart(
            token=given.token or f"software:{folder / 'token'}",
            pin_fd=given.pin_fd,
            provisioning=given.provisioning,
            debug=given.debug_approval,
            link=given.link,
            module=_module(given.window),
        )
        now = signer_pairing.start_local(folder, wanted, given.home)
    _show(console, now, already=already)
    return exit_status.DONE


def _module(window: bool) -> str:
    from desktop.services import display
    from firmware_bridge.launcher import MODULE

    if not window:
        return MODULE
    display.demand()
    return WINDOW_MODULE


def run_stop(given: Any, console: Console) -> int:
    """Stop the signer."""
    from firmware_bridge import launcher

    _show(console, launcher.stop(_place(given)))
    return exit_status.DONE


def run_status(given: Any, console: Console) -> int:
    """Say how the signer is reached, and what it says of itself."""
    from firmware_bridge import launcher

    now = launcher.status(_place(given))
    _show(console, now, more=_describe(given) if now.running else {})
    return exit_status.DONE


def _describe(given: Any) -> dict[str, Any]:
    from desktop.services import signer_access
    from firmware_bridge.errors import BridgeError

    try:
        address = signer_access.SignerAddress(f"{signer_access.LOCAL}{_place(given)}", home=given.home)
        with signer_access.connect(address, lambda _: None) as signer:
            info = signer.info()
    except BridgeError as error:
        return {"trouble": error.code}
    return {
        "model": info.model, "token": info.token, "device_class": info.device_class, "environment": info.environment,
        "root_fingerprint": info.root_fingerprint.hex(), "locked": info.locked, "provisioning": info.provisioning,
        "newest_signed_time": info.newest_signed_time, "audit_waiting": info.audit_waiting,
        "audit_capacity": info.audit_capacity,
    }  # fmt: skip


def _show(console: Console, now: SignerStatus, *, already: bool = False, more: dict[str, Any] | None = None) -> None:
    value = {"ok": True, "running": now.running, "url": now.url, "debug": now.debug_url, "pid": now.pid, **(more or {})}
    if already:
        value["already"] = True
    lines = [f"The signer {'runs' if now.running else 'is stopped'}."]
    if now.running:
        lines.append(f"  reached at  {now.url}")
    if now.debug_url:
        lines.append(f"  debug       {now.debug_url} (training only)")
    lines += [f"  {name.replace('_', ' '):<18} {text}" for name, text in (more or {}).items()]
    console.result(lines, value)


def run_lock(given: Any, console: Console) -> int:
    """Lock the token behind a signer."""
    from desktop.services import signer_access

    with signer_access.connect(signer_access.SignerAddress(given.signer, home=given.home), lambda _: None) as signer:
        locked = signer.lock()
    said = "The signer is locked." if locked else "The signer is locked as soon as its running request has ended."
    console.result([said], {"ok": True, "locked": locked})
    return exit_status.DONE


def run_keys(given: Any, console: Console) -> int:
    """List the keys."""
    from desktop.services import signer_access
    from lightnode.wire.curve import Curve
    from lightnode.wire.key_set import key_id

    keys = signer_access.list_keys(signer_access.SignerAddress(given.signer, home=given.home))
    rows = [
        {
            "label": key.label, "curve": key.curve, "purpose": key.purpose, "public_key": key.public_key.hex(),
            "address": "0x" + signer_access.address_of_key(key).hex(),
            "key_id": key_id(Curve(key.curve), key.public_key).hex(),
        }
        for key in keys
    ]  # fmt: skip
    lines = [f"{row['label']:<20} {row['purpose']:<12} {row['curve']:<10} {row['address']}" for row in rows]
    console.result(lines or ["The signer has no keys."], {"ok": True, "keys": rows})
    return exit_status.DONE


def run_generate(given: Any, console: Console) -> int:
    """Make a key, or keep the one that is there."""
    from desktop.services import signer_access

    with signer_access.connect(
        signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home), console.progress
    ) as signer:
        known = next((key for key in signer.keys() if key.label == given.label), None)
        already = known is not None and (known.curve, known.purpose) == (given.curve, given.purpose)
        key = known if already and known is not None else signer.generate_key(given.label, given.curve, given.purpose)
    address = "0x" + signer_access.address_of_key(key).hex()
    value = {"ok": True, "label": key.label, "curve": key.curve, "purpose": key.purpose, "address": address}
    word = "is there already" if already else "was made on the token"
    console.result(
        [f"The key {key.label} {word}: {key.purpose}, {key.curve}, {address}"], {**value, "already": already}
    )
    return exit_status.DONE


def run_root(given: Any, console: Console) -> int:
    """Give the signer its root."""
    from desktop.services import signer_access
    from desktop.services.file_access import read_bytes
    from lightnode.wire.root import read_root, show_fingerprint

    data = read_bytes(given.file)
    root = read_root(data)
    console.progress(f"Compare on the signer's screen: {show_fingerprint(root.fingerprint)}")
    with signer_access.connect(
        signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home), console.progress
    ) as signer:
        signer.install_root(data)
    value = {"ok": True, "environment": root.environment, "fingerprint": root.fingerprint.hex()}
    console.result(
        [f"The signer has its root ({root.environment}).", f"  fingerprint  {show_fingerprint(root.fingerprint)}"],
        value,
    )
    return exit_status.DONE


def run_load(given: Any, console: Console) -> int:
    """Give the signer signed files."""
    from desktop.services import signer_access
    from desktop.services.file_access import read_bytes

    files = [read_bytes(path) for path in given.file]
    with signer_access.connect(
        signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home), console.progress
    ) as signer:
        for data in files:
            signer.load_envelope(data)
    names = [str(path) for path in given.file]
    console.result([f"The signer has taken {name}." for name in names], {"ok": True, "loaded": names})
    return exit_status.DONE
