"""`chancery signer find|pair|hosts|forget-host|known`: which computers may ask a signer, which signers this computer trusts."""

from __future__ import annotations

from typing import Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, options
from desktop.cli.console import Console


def add(make: Any) -> None:
    """Add the subcommands to `chancery signer`."""
    find = make("find", "ask every port on USB that could be a signer; nothing else than one greeting is sent")
    options.finish(find, run_find, "signer find")
    pair = make("pair", "pair this computer with a signer: type the code that its display shows")
    options.add_signer_url(pair)
    options.add_approve_debug(pair)
    options.finish(pair, run_pair, "signer pair --signer serial:/dev/ttyACM0")
    hosts = make("hosts", "list the computers that a signer is paired with")
    options.add_signer_url(hosts)
    options.add_approve_debug(hosts)
    options.finish(hosts, run_hosts, "signer hosts --signer serial:/dev/ttyACM0")
    forget = make("forget-host", "have a signer forget one computer; confirm it on the signer")
    forget.add_argument(
        "id", type=types.hex_bytes(4), metavar="ID", help="eight characters, from `chancery signer hosts`"
    )
    options.add_signer_url(forget)
    options.add_approve_debug(forget)
    options.finish(forget, run_forget, "signer forget-host 1a2b3c4d --signer serial:/dev/ttyACM0")
    known = make("known", "list the signers that this computer trusts, or strike one")
    known.add_argument("--forget", type=types.hex_bytes(32), metavar="KEY", help="the signer's key, from the list")
    options.finish(known, run_known, "signer known")


def run_find(given: Any, console: Console) -> int:
    """Find the signers that are plugged in."""
    from desktop.services import signer_search

    found = signer_search.search()
    signers = [one for one in found if one.model]
    lines = [f"{one.url:<32} {one.model}, at {one.place}" for one in signers] or ["No signer answers on USB."]
    lines += [f"{one.url:<32} not asked: {one.trouble}. {one.advice}" for one in found if one.trouble]
    silent = len([one for one in found if not one.model and not one.trouble])
    lines += [f"{silent} other devices were greeted and are no signers."] if silent else []
    rows = [{"url": one.url, "place": one.place, "model": one.model} for one in signers]
    troubles = [{"url": one.url, "code": one.trouble} for one in found if one.trouble]
    console.result(lines, {"ok": True, "signers": rows, "troubles": troubles, "others": silent})
    return exit_status.DONE


def run_pair(given: Any, console: Console) -> int:
    """Pair this computer with a signer."""
    from desktop.services import link_keys, signer_access, signer_pairing

    name = link_keys.computer_name()

    def typed() -> str:
        # Said once the signer shows it: one that cannot be reached shows nothing.
        console.progress(f'The signer shows "{name}" and a code of six digits. Page to the code, then type it here.')
        return console.asked("Code: ")

    address = signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home)
    signer = signer_pairing.pair(
        address,
        name,
        typed,
        lambda: console.progress("The code is right. Press the tick on the signer."),
    )
    console.result(
        [f"This computer and the signer ({signer.model}) know each other.", f"  its key     {signer.key.hex()}"],
        {"ok": True, "model": signer.model, "key": signer.key.hex(), "name": name},
    )
    return exit_status.DONE


def run_hosts(given: Any, console: Console) -> int:
    """List the computers that a signer is paired with."""
    from desktop.services import signer_access

    address = signer_access.SignerAddress(given.signer, home=given.home)
    with signer_access.connect(address, console.progress) as signer:
        hosts = signer.hosts()
    lines = [f"{name.hex()}  {text}" for name, text in hosts]
    rows = [{"id": name.hex(), "name": text} for name, text in hosts]
    console.result(lines or ["The signer is paired with no computer."], {"ok": True, "hosts": rows})
    return exit_status.DONE


def run_forget(given: Any, console: Console) -> int:
    """Have a signer forget a computer."""
    from desktop.services import signer_access

    address = signer_access.SignerAddress(given.signer, given.approve_debug, home=given.home)
    with signer_access.connect(address, console.progress) as signer:
        signer.forget_host(given.id)
    console.result([f"The signer has forgotten the computer {given.id.hex()}."], {"ok": True, "id": given.id.hex()})
    return exit_status.DONE


def run_known(given: Any, console: Console) -> int:
    """List the signers that this computer trusts, or strike one."""
    from desktop.services import link_keys

    if given.forget is not None:
        gone = link_keys.forget(given.home, given.forget)
        word = "is struck from the list" if gone else "stands in no list of this computer"
        console.result([f"The signer {given.forget.hex()} {word}."], {"ok": True, "struck": gone})
        return exit_status.DONE
    signers = link_keys.known_signers(given.home)
    lines = [f"{one.key.hex()}  {one.model}" for one in signers]
    rows = [{"key": one.key.hex(), "model": one.model} for one in signers]
    console.result(lines or ["This computer was paired with no signer."], {"ok": True, "signers": rows})
    return exit_status.DONE
