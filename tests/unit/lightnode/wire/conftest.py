from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorded(root: Path) -> Path:
    """The recorded networks: those kept in the repository, else the shared ones beside it."""
    for folder in (root / "tests" / "vectors" / "recorded", root.parent / "shared" / "vectors" / "recorded"):
        if len(list(folder.glob("*/blocks.jsonl"))) > 1:
            return folder
    pytest.skip("neither tests/vectors/recorded nor ../shared/vectors/recorded is present")
