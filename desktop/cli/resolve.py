"""What the words of a command line stand for: sessions, desks, accounts, authorities, terms. Imports late, as commands do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from desktop.cli.console import Console

EVERY_HEADERS = 1024

if TYPE_CHECKING:
    from desktop.services.network_session import NetworkSession
    from desktop.services.signer_access import SignerAddress
    from desktop.services.signing import Desk
    from desktop.services.statements import Term
    from lightnode.light_client.follower import Progress
    from lightnode.wire.types import Address, Hash32


def read_term(given: Any, *, after: int = 0, first: bool = False) -> Term:
    """Give the term that the arguments of `add_term` say.

    Where no serial is given it is the seconds of issue, which counts up by itself.

    Args:
        given: parsed arguments.
        after: serial that the new one must exceed.
        first: whether it is a root, whose serials count rotations from 1.
    """
    import time

    from desktop.services.statements import Term

    issued = given.issued if given.issued is not None else int(time.time())
    return Term(issued, given.fresh_days, given.valid_days, given.serial or (1 if first else max(issued, after + 1)))


def open_session(given: Any, console: Console) -> NetworkSession:
    """Open the network that `--rpc`, `--profile` and `--root` name; say how far a long verification has come."""
    from desktop.services import data_folder
    from desktop.services.loaded_profile import load_profile
    from desktop.services.network_session import NetworkSession

    loaded = load_profile(given.profile, getattr(given, "root", None))
    base = data_folder.base_folder(given.home)
    descriptor = getattr(given, "passphrase_fd", None)
    return NetworkSession.open(given.rpc, loaded, base, passphrase_fd=descriptor, progress=headers_progress(console))


def headers_progress(console: Console) -> Progress:
    """Say now and then how far the light client has come."""

    def say(height: int, target: int) -> None:
        if height % EVERY_HEADERS == 0 and height < target:
            console.progress(f"Verified {height} of {target} headers.")

    return say


def desk(given: Any, console: Console) -> Desk:
    """Give the desk that `--signer`, `--approve-debug` and `--wait` name."""
    from desktop.services.signer_access import SignerAddress
    from desktop.services.signing import Desk

    signer = None if given.signer is None else SignerAddress(given.signer, given.approve_debug, home=given.home)
    cancel = threading.Event()
    _stop_gently(cancel)
    return Desk(signer, console.progress, cancel=cancel, wait_seconds=getattr(given, "wait", 300))


def _stop_gently(cancel: threading.Event) -> None:
    """Let the first Ctrl-C withdraw what the signer was asked and stop waiting; the second ends the program."""
    import signal

    def stop(*_: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)


def demand_object(value: Any, path: Any) -> dict[str, object]:
    """Demand that a JSON file holds an object.

    Raises:
        InputFormatError: something else.
    """
    from desktop.errors import InputFormatError

    if not isinstance(value, dict):
        raise InputFormatError(f"{path} holds no JSON object.")
    return value


def authority_id(named: tuple[str, str] | None) -> Hash32:
    """Give the ledger id of an authority named as country and number; zero for none."""
    from lightnode.wire.authority import authority_id as identify
    from lightnode.wire.types import ZERO_HASH

    return ZERO_HASH if named is None else identify(*named)


def account(named: str, signer: SignerAddress | None) -> Address:
    """Give the account of a key named by label on a signer, or by address.

    Raises:
        UsageError: a label stands without a signer.
    """
    import re

    from desktop.errors import UsageError
    from desktop.services import signer_access
    from lightnode.wire.types import address

    if re.fullmatch(r"0x[0-9a-fA-F]{40}", named, re.ASCII):
        return address(bytes.fromhex(named[2:]))
    if signer is None:
        raise UsageError("Name the signer that holds the key with --signer, or give its address.")
    return signer_access.address_of_key(signer_access.find_key(signer, named, "transaction"))


def members(named: list[str], threshold: int, signer: SignerAddress | None, own: Address) -> dict[Address, int]:
    """Give governance's first members with their holder numbers.

    Args:
        named: each KEY or KEY=HOLDER; empty for the key that signs, alone.
        threshold: how many must agree.
        signer: that holds the keys named by label.
        own: account of the key that signs.

    Raises:
        UsageError: a member is named twice, a holder is no number, or the threshold cannot be reached.
    """
    from desktop.errors import UsageError

    found: dict[Address, int] = {}
    for at, text in enumerate(named, 1):
        name, separator, number = text.rpartition("=")
        if separator and not (number.isascii() and number.isdecimal() and 1 <= int(number[:11]) < 2**32):
            raise UsageError("Give a member as KEY or KEY=HOLDER, the holder a whole number from 1.")
        who = account(name if separator else text, signer)
        if who in found:
            raise UsageError(f"The member 0x{who.hex()} is named twice.")
        found[who] = int(number) if separator else at
    found = found or {own: 1}
    if threshold > len(set(found.values())):
        raise UsageError(f"{threshold} must agree, but only {len(set(found.values()))} persons are members.")
    return found


def device_class(signer: SignerAddress | None) -> str:
    """Give where a signer keeps its keys, as it says itself.

    Raises:
        UsageError: no signer is named.
    """
    from desktop.errors import UsageError
    from desktop.services import signer_access

    if signer is None:
        raise UsageError("Say where the keys live with --device, or name the signer that holds them.")
    with signer_access.connect(signer, lambda _: None) as client:
        return client.info().device_class


def demand_one_authority(named: list[Hash32]) -> Hash32:
    """Demand that keys belong to one authority.

    Raises:
        UsageError: they belong to several.
    """
    from desktop.errors import UsageError

    if len(set(named)) != 1:
        raise UsageError("The keys belong to different authorities; state each authority's on its own.")
    return named[0]


def operators(path: Any) -> dict[Address, tuple[str, str]]:
    """Read who runs the validators: a JSON object of address to name and country.

    Raises:
        InputFormatError: another form.
    """
    from desktop.errors import InputFormatError
    from desktop.services.file_access import read_json
    from lightnode.errors import WireError
    from lightnode.wire.json_value import address_value
    from lightnode.wire.network_facts import is_country_or_none
    from lightnode.wire.plain_text import is_sentence_part

    value = demand_object(read_json(path), path)
    found = {}
    for key, entry in value.items():
        try:
            where = address_value(key)
        except WireError as cause:
            raise InputFormatError(f"{path} names something that is no address.") from cause
        match entry:
            case [str(name), str(country)] if (
                len(name) <= 64 and is_sentence_part(name) and is_country_or_none(country)
            ):
                found[where] = (name, country)
            case _:
                raise InputFormatError(f"{path} does not give name and country of {key}.")
    return found
