"""Looking after the encrypted store of a network: begin anew beside what is damaged or gone."""

from __future__ import annotations

from pathlib import Path

from desktop.services import data_folder
from desktop.services.workspace import STORE_FOLDER
from lightnode.store import store_files
from lightnode.wire.profile import Profile


def store_folder(base: Path, profile: Profile) -> Path:
    """Give where the store of a network lies."""
    return data_folder.network_folder(base, profile.environment, profile.genesis_hash) / STORE_FOLDER


def begin_anew(base: Path, profile: Profile) -> Path:
    """Move a network's store aside, so that the next command makes a new one; nothing is deleted.

    Returns:
        Where the old one is now.

    Raises:
        StoreFolderError: there is none, or it cannot be moved.
    """
    return store_files.move_aside(store_folder(base, profile))
