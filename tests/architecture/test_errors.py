"""Every error has one code, one advice and a line in the handbook."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

from desktop.errors import DesktopError
from firmware_bridge.errors import BridgeError
from hsm.errors import HsmError
from lightnode.errors import LightNodeError

ROOT = Path(__file__).resolve().parents[2]
BASES = (LightNodeError, HsmError, BridgeError, DesktopError)


def load_everything() -> None:
    for package in ("lightnode", "hsm", "firmware_bridge", "desktop"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = list(path.relative_to(ROOT).with_suffix("").parts)
            if parts[-1] == "__main__" or "engine_worker" in parts[-1]:
                continue
            if parts[-1] == "__init__":
                parts.pop()
            importlib.import_module(".".join(parts))


def leaves() -> list[type]:
    load_everything()
    found: list[type] = []
    waiting: list[type] = list(BASES)
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(current.__subclasses__())
    return [
        item for item in found if item.__module__.split(".")[0] in {"lightnode", "hsm", "firmware_bridge", "desktop"}
    ]


def test_codes_are_unique_and_own() -> None:
    owners: dict[str, str] = {}
    for item in leaves():
        assert "code" in vars(item), f"{item.__module__}.{item.__qualname__} has no code of its own"
        code = vars(item)["code"]
        assert code == code.upper(), code
        assert all(part.isalnum() or part == "?" for part in code.split("-")), code
        assert code not in owners, f"{code}: {owners.get(code)} and {item.__qualname__}"
        owners[code] = item.__qualname__


def test_each_says_what_to_do() -> None:
    for item in leaves():
        advice = getattr(item, "advice", "")
        assert advice.endswith("."), f"{item.__qualname__}: {advice!r}"
        assert inspect.getdoc(item), item.__qualname__


def test_handbook_lists_every_code() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    listed = {line.split("|")[1].strip().strip("`") for line in text.splitlines() if line.startswith("| `")}
    assert listed == {vars(item)["code"] for item in leaves()}


def test_no_exception_class_stands_outside_the_trees() -> None:
    load_everything()
    known = {item.__qualname__ for item in leaves()}
    stray = []
    for package in ("lightnode", "hsm", "firmware_bridge", "desktop"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and any(
                    ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases
                ):
                    if node.name not in known and not node.name.startswith("_"):
                        stray.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert stray == []
