"""Pairing this computer with a signer, and starting a local one that knows this computer from the start.

Invariant: a signer is kept as known only after its person has approved and the codes were the same, or, for a local one,
by what its own folder says, which is this user's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from desktop.services import link_keys, signer_access
from desktop.services.link_keys import KnownSigner
from firmware_bridge import launcher
from firmware_bridge.launcher import SignerStart, SignerStatus
from firmware_bridge.pairing import pair as exchange_codes
from firmware_bridge.signer.build import MODEL


def pair(
    address: signer_access.SignerAddress, name: str, typed: Callable[[], str], right: Callable[[], None]
) -> KnownSigner:
    """Pair this computer with a signer.

    Args:
        address: of the signer.
        name: of this computer.
        typed: asks the person for the code.
        right: told that it is right.

    Raises:
        BridgeError: the codes differ, or it was declined.
        LinkFilesError: this computer's list cannot be written.
    """
    with signer_access.connect(address, lambda _: None) as signer:
        exchange_codes(signer.exchange, name, typed, right)
        made = KnownSigner(signer.key, signer.hello.model)
    link_keys.remember(address.home, made)
    return made


def start_local(folder: Path, wanted: SignerStart, home: Path | None) -> SignerStatus:
    """Start a local signer that is paired with this computer, by its folder and by the data folder's own key.

    Raises:
        BridgeError: see `launcher.start`.
        LinkFilesError: a key cannot be read or written.
    """
    hosts = link_keys.local_identity(folder, b""), link_keys.identity(home)
    now = launcher.start(folder, replace(wanted, hosts=tuple((host.public, host.name) for host in hosts)))
    link_keys.remember(home, KnownSigner(now.key, MODEL))
    return now
