"""Run the command line as `python -m desktop.cli`."""

from __future__ import annotations

import sys

from desktop.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
