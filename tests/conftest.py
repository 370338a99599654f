"""What every test shares: an offscreen Qt, longer fuzzing where it is asked for, and a report of each area's seconds."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings

# What names no data folder shall not find, or fill, the one of whoever runs the tests.
if "CHANCERY_HOME" not in os.environ:
    _home = tempfile.TemporaryDirectory(prefix="chancery-tests-")
    os.environ["CHANCERY_HOME"] = _home.name

# Qt aborts the process when it finds no display, so this must stand before anything imports it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent

# Minutes of the first tier on two cores (foundations section 12), by the folders that fall to each area.
BUDGET = {
    "whole path": 5.0,
    "light node": 3.0,
    "signer and bridge": 4.0,
    "hardware and provisioning": 3.0,
    "evidence": 2.0,
    "desktop": 2.0,
    "packaging": 1.0,
}
AREAS = (
    ("tests/unit/lightnode/evidence", "evidence"),
    ("tests/unit/lightnode/verdict", "evidence"),
    ("tests/unit/lightnode/store", "evidence"),
    ("tests/unit/lightnode", "light node"),
    ("tests/engine", "light node"),
    ("tests/unit/firmware_bridge", "signer and bridge"),
    ("tests/integration/test_signer", "signer and bridge"),
    ("tests/unit/hsm", "hardware and provisioning"),
    ("tests/integration/test_usb", "signer and bridge"),
    ("tests/contract/test_transport", "signer and bridge"),
    ("tests/contract", "hardware and provisioning"),
    ("tests/unit/desktop", "desktop"),
    ("tests/gui", "desktop"),
    ("tests/architecture", "packaging"),
    ("tests/packaging", "packaging"),
    ("tests/integration/test_node", "light node"),
    ("tests/integration/test_verified_rpc", "light node"),
    ("tests/integration/test_ledger", "light node"),
    ("tests/integration/test_headers", "light node"),
    ("tests/integration", "whole path"),
)


# How many times more examples each fuzz test tries; `./dev test --full` says it.
FUZZ_TIMES = int(os.environ.get("CHANCERY_FUZZ_TIMES", "1"))
# Where hypothesis keeps the settings of a test; each test names its own number, so that no profile can scale it.
_SETTINGS = "_hypothesis_internal_use_settings"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a fuzz test try more examples."""
    test = getattr(item, "obj", None)
    # A method gives its function's attributes; one function may be collected several times, for its parameters.
    test = getattr(test, "__func__", test)
    if FUZZ_TIMES == 1 or not getattr(test, "is_hypothesis_test", False) or hasattr(test, "chancery_fuzz_times"):
        return
    own = getattr(test, _SETTINGS)
    setattr(test, _SETTINGS, settings(own, max_examples=own.max_examples * FUZZ_TIMES))
    test.chancery_fuzz_times = FUZZ_TIMES


def _area(node: str) -> str:
    return next((area for folder, area in AREAS if node.startswith(folder)), "whole path")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seconds that each area took beside its budget."""
    spent: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                spent[_area(report.nodeid)] += report.duration
    if not spent:
        return
    terminalreporter.write_sep("-", "time by area, seconds of one core")
    for area, minutes in BUDGET.items():
        terminalreporter.write_line(f"{area:<28}{spent[area]:8.1f} of {minutes * 60:.0f}")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The public test data beside the project; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "vectors"
    if not folder.is_dir():
        pytest.skip("../shared/vectors is absent")
    return folder
