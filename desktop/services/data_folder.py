"""Where the application keeps its files: one folder for each environment and genesis hash (foundations section 10).

Invariants: every folder is mode 0700; no two environments and no two networks share one.
"""

from __future__ import annotations

import os
from pathlib import Path

from desktop.errors import OutputFileError
from lightnode.wire.types import Hash32

VARIABLE = "CHANCERY_HOME"
ENVIRONMENTS = ("training", "test", "production")


def base_folder(home: Path | None = None) -> Path:
    """Give the application's data folder.

    Args:
        home: named by the person; else the variable CHANCERY_HOME, else the platform's data folder.
    """
    if home is not None:
        return home
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("chancery", appauthor=False))


def network_folder(base: Path, environment: str, genesis: Hash32) -> Path:
    """Give, and make, the folder of one network.

    Args:
        base: see `base_folder`.
        environment: of the profile.
        genesis: hash of the network's genesis block.

    Raises:
        OutputFileError: it cannot be made.
    """
    if not base.exists():
        private_folder(base)
    private_folder(base / environment)
    return private_folder(base / environment / genesis.hex())


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter.

    Raises:
        OutputFileError: it cannot be made.
    """
    return make_folder(path, private=True)


def make_folder(path: Path, *, private: bool = False) -> Path:
    """Make a folder where there is none.

    Args:
        path: where; the folders above it are made too.
        private: only its owner may enter it, also where it is there already.

    Raises:
        OutputFileError: it cannot be made.
    """
    try:
        # `parents=True` would leave the folders above open to others.
        for one in reversed([path, *path.parents]):
            if not one.exists():
                one.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise OutputFileError(f"{path} is no folder, and is left as it is.")
        if private:
            path.chmod(0o700)
    except OSError as cause:
        raise OutputFileError(
            f"The folder {path} cannot be made: {(cause.strerror or 'unknown reason').lower()}."
        ) from cause
    return path
