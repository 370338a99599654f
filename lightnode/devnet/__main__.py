"""Entry of the network's process: `python -m lightnode.devnet FOLDER PORT MARK`; started by `control`."""

from __future__ import annotations

import sys
from pathlib import Path

from lightnode.devnet.errors import DevnetError
from lightnode.devnet.process import run

if __name__ == "__main__":
    try:
        run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    except DevnetError as error:
        sys.exit(f"{error.code}: {error.text} {error.advice}")
