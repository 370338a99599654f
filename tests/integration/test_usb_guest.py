"""A real USB device: in a guest, signer and link run over a CDC-ACM port and bulk transfers of Linux's own USB parts.

The suite of every link and what only a real device can show run in the guest (`in_guest/real_usb.py`); here their result is
looked at.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.support.usb_guest import NoGuestError, run_in_guest

TESTS = ("tests/contract/test_transport_contract.py", "tests/integration/in_guest/real_usb.py")
SECONDS = 300


def test_signer_and_link_on_a_real_device(root: Path, tmp_path: Path) -> None:
    values = {
        "CHANCERY_USB_GUEST": "1", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/run/tmp",
        # What plug-ins load, Qt above all, takes longer than all the tests.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HOME": "/run/tmp", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }  # fmt: skip
    pytest_line = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--color=no",
        "--durations=12",
        "-p",
        "no:cacheprovider",
        "--tb=short",
        *TESTS,
    ]
    words = ["env", "-i", *(f"{name}={value}" for name, value in values.items()), *pytest_line]
    try:
        ended = run_in_guest(f"cd {shlex.quote(str(root))} && {shlex.join(words)}", tmp_path, SECONDS)
    except NoGuestError as reason:
        pytest.skip(str(reason))
    assert ended.status == 0, ended.output[-6000:]
    passed = re.search(r"(\d+) passed", ended.output)
    assert passed is not None and int(passed[1]) >= 50, ended.output[-6000:]
    measured = re.findall(r"MEASURED (.*)", ended.output)
    assert len(measured) == 4
    print(*measured, sep="\n")
