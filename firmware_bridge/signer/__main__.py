"""Entry of a signer without a window: `python -m firmware_bridge.signer --state DIR --token URL`."""

from __future__ import annotations

import sys

from firmware_bridge.signer.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
