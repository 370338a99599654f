"""The foot of every page: what can be said of device and register without opening them."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.services import office_status
from firmware_bridge import launcher


def test_a_device_is_looked_for_and_never_opened(tmp_path: Path) -> None:
    line = tmp_path / "ttyACM0"
    assert office_status.device_words(None) == office_status.NO_DEVICE
    assert office_status.device_words(f"serial:{line}") == "Signing device not connected"
    line.write_bytes(b"")
    assert office_status.device_words(f"serial:{line}") == "Signing device ready"
    assert office_status.device_words("socket://127.0.0.1:9") == "Signing device not asked yet"
    assert office_status.device_words(f"local:{tmp_path}") == "Signing device not connected"


def test_a_local_signer_with_a_damaged_status_is_in_trouble(tmp_path: Path) -> None:
    (tmp_path / launcher.STATUS).write_bytes(b"{")
    with launcher.folder_lock(tmp_path):
        assert office_status.device_words(f"local:{tmp_path}") == "Signing device in trouble (SIGNER-STATUS)"


@pytest.mark.parametrize(
    ("source", "checked", "said"),
    [(None, None, office_status.NO_REGISTER), ("http://127.0.0.1:1", None, "Register not asked yet"),
     ("http://127.0.0.1:1", 1000.0, "Register checked 2 min ago"),
     ("http://127.0.0.1:1", 5000.0, "Register checked less than a minute ago")],
)  # fmt: skip
def test_the_register_was_checked_some_time_ago(source: str | None, checked: float | None, said: str) -> None:
    assert office_status.register_words(source, checked, 1120.0) == said
