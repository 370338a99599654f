"""The signer's root: the first one, given in provisioning mode; each next one by its own signatures (foundations section 6).

Invariants: a root follows only where the old threshold and its own signed it, with the next serial; nothing that no longer
verifies under it is kept; a threshold that was lost is mended by no message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_bridge.errors import DeviceError, MalformedRequestError, PolicyRefusedError
from firmware_bridge.signer.refusals import checked_root
from firmware_bridge.signer.screens import Screen, rows_to_screens
from firmware_bridge.signer.signer_files import SignerFiles
from firmware_bridge.signer.trust_base import TrustBase, read_file, with_root
from lightnode.errors import WireError
from lightnode.wire.envelope import decode_envelope
from lightnode.wire.root import Root, fingerprint_of, follow, show_fingerprint


@dataclass(frozen=True, slots=True)
class NextRoot:
    """A root that follows the installed one.

    Attributes:
        base: what the signer knows under it.
        dropped: names of loaded files that do not verify under it.
        screens: to be confirmed by the person.
    """

    base: TrustBase
    dropped: tuple[str, ...]
    screens: tuple[Screen, ...]


def first_screens(root: Root) -> tuple[Screen, ...]:
    """Give the screens of a first root."""
    rows = [
        ("What", "Install your agency's root"), ("Environment", root.environment.upper()),
        ("Fingerprint", show_fingerprint(root.fingerprint)),
    ]  # fmt: skip
    return rows_to_screens("Install root", rows)


def is_installed(root: Root, data: bytes) -> bool:
    """Tell whether a file is the root that a signer works under; signed again, it is the same root.

    Raises:
        MalformedRequestError: it is no envelope, or says the same without its own signatures.
    """
    try:
        if fingerprint_of(decode_envelope(data).payload_bytes) != root.fingerprint:
            return False
    except WireError as cause:
        raise MalformedRequestError(f"The root cannot be used: {cause.text}") from cause
    checked_root(data)
    return True


def newest(first: Root, chain: Sequence[bytes]) -> Root:
    """Give the root that a signer works under, from its first and those that followed.

    Raises:
        MalformedRequestError: one does not follow.
    """
    try:
        return follow(first, chain)
    except WireError as cause:
        raise MalformedRequestError(f"The root cannot be used: {cause.text}") from cause


def following(base: TrustBase, files: SignerFiles, data: bytes) -> NextRoot:
    """Check a root that is to take the place of the installed one.

    Args:
        base: what the signer knows now.
        files: with what was loaded.
        data: the root's file, an envelope by `is_installed`.

    Raises:
        PolicyRefusedError: it does not follow by its own signatures.
        TwoFilesError: another root of its serial was seen before.
    """
    before = base.root
    payload = decode_envelope(data).payload
    if payload.kind != "root" or payload.serial <= before.serial:
        raise PolicyRefusedError("A root is installed; another takes its place only by its own signatures.")
    try:
        root = follow(before, [data])
    except WireError as cause:
        raise PolicyRefusedError(
            f"This root does not follow the installed one by its own signatures: {cause.text}"
        ) from cause
    kept, dropped = [], []
    for name, envelope in files.envelope_files():
        try:
            read_file(root, envelope)
            kept.append(envelope)
        except DeviceError:
            dropped.append(name)
    made = TrustBase.restore(root, kept, with_root(base.memory, root))
    rows = [
        ("What", "Take your agency's next root"), ("Environment", root.environment.upper()),
        ("Serial", f"{before.serial}, then {root.serial}"), ("Fingerprint now", show_fingerprint(before.fingerprint)),
        ("Fingerprint then", show_fingerprint(root.fingerprint)),
        ("Loaded files", f"{len(dropped)} no longer count" if dropped else "all still count"),
    ]  # fmt: skip
    return NextRoot(made, tuple(dropped), rows_to_screens("Next root", rows))
