"""Imports point one way (foundations section 2): what each part may import, read from the source, dynamic imports too.

The contracts of `.importlinter` forbid what they name; the rules here allow what they name, so that a new module is held
without being listed. Each rule is tried out on a line that breaks it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lightnode", "hsm", "firmware_bridge", "desktop")
# Modules whose dynamic imports name what no text here can say: another environment's, or a library named once above.
OPEN = {"lightnode.devnet.engine_worker", "hsm.pkcs11"}


@dataclass(frozen=True)
class Import:
    """One import: of which module, on which line, and whether it happens when its module is imported."""

    name: str
    line: int
    at_once: bool


def within(name: str, *tops: str) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def imports(tree: ast.Module) -> Iterator[Import]:
    yield from _walk(tree, True, _importers(tree))


def _importers(tree: ast.Module) -> set[str]:
    """Every name that stands for a function that imports by text."""
    found = {"__import__", "import_module", "resolve_name"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname for alias in node.names if alias.name in found and alias.asname}
    return found


def _walk(node: ast.AST, at_once: bool, importers: set[str]) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inner = at_once and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            inner = False
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_once) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            yield from (Import(f"{child.module}.{alias.name}", child.lineno, at_once) for alias in child.names)
        elif isinstance(child, ast.Call) and ast.unparse(child.func).split(".")[-1] in importers and child.args:
            yield Import(_text(child.args[0]), child.lineno, at_once)
        yield from _walk(child, inner, importers)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        return str(node.values[0].value) + "?"
    return "?"


def broken(module: str, one: Import) -> str | None:
    """Say which rule an import breaks, None for none."""
    name = one.name
    if name == "?":
        return None if module in OPEN else "an import by a text that nobody can read here"
    for rule, holds in RULES.items():
        if not holds(module, name, one.at_once):
            return rule
    return None


def _outside(name: str, *allowed: str) -> bool:
    """Whether a name is of our packages and of none of those allowed."""
    return within(name, *PACKAGES) and not within(name, *allowed)


DEVICES = ("hsm", "pkcs11")
RULES = {
    "the light node imports nothing else of ours, no Qt, no device": lambda module, name, _: (
        not within(module, "lightnode")
        or not (_outside(name, "lightnode") or within(name, "PySide6", "serial", "usb", *DEVICES))
    ),
    "wire formats import only wire formats and the errors": lambda module, name, _: (
        not within(module, "lightnode.wire") or not _outside(name, "lightnode.wire", "lightnode.errors")
    ),
    "key storage imports nothing else of ours": lambda module, name, _: (
        not within(module, "hsm") or not (_outside(name, "hsm") or within(name, "PySide6", "serial"))
    ),
    "the bridge knows of the light node only wire formats and errors": lambda module, name, _: (
        not within(module, "firmware_bridge")
        or not (
            _outside(name, "firmware_bridge", "hsm", "lightnode.wire", "lightnode.errors") or within(name, "PySide6")
        )
    ),
    "the desktop never loads a token back end": lambda module, name, _: (
        not within(module, "desktop") or not within(name, *DEVICES)
    ),
    "services know no command, no demonstration, no window": lambda module, name, _: (
        not within(module, "desktop.services") or (not _outside(name, *_PACKAGES_BELOW, "desktop.services", "desktop.errors")
        and not within(name, "PySide6"))
    ),
    "commands and demonstration load no window when they are imported": lambda module, name, at_once: (
        not within(module, "desktop.cli", "desktop.demo", "desktop.errors")
        or not (within(name, "PySide6") or (at_once and within(name, "desktop.qt")))
    ),
}  # fmt: skip
_PACKAGES_BELOW = ("lightnode", "firmware_bridge")


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_import_breaks_a_rule() -> None:
    found, count = [], 0
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for one in imports(ast.parse(path.read_text(encoding="utf-8"))):
                count += 1
                rule = broken(module_of(path), one)
                if rule:
                    found.append(f"{path.relative_to(ROOT)}:{one.line} {one.name}: {rule}")
    assert count > 1000, "the search for imports is broken"
    assert found == []


BREAKS = [
    ("firmware_bridge.client", "from lightnode.store import cache"),
    ("firmware_bridge.client", "from lightnode import evidence"),
    ("firmware_bridge.signer.session", "import lightnode.light_client.follower"),
    ("firmware_bridge.signer.session", "from lightnode.templates import built_in"),
    ("firmware_bridge.signer.session", "from lightnode.verdict import codes"),
    ("firmware_bridge.signer.session", "import desktop.errors"),
    ("lightnode.wire.rlp", "from lightnode.store import database"),
    ("lightnode.wire.rlp", "from lightnode.consensus import header"),
    ("lightnode.verdict.codes", "import hsm"),
    ("lightnode.rpc.client", "def late():\n    import firmware_bridge.client"),
    ("hsm.token", "from lightnode.wire import curve"),
    ("desktop.services.verify", "from desktop.cli import console"),
    ("desktop.services.verify", "def late():\n    from desktop.qt import app"),
    ("desktop.services.verify", "import desktop.demo.set_up"),
    ("desktop.services.verify", "from PySide6.QtCore import Qt"),
    ("desktop.cli.main", "from PySide6 import QtCore"),
    ("desktop.cli.main", "import desktop.qt.app"),
    ("desktop.cli.main", "if True:\n    from desktop.qt import app"),
    ("desktop.cli.main", "import importlib\nimportlib.import_module('hsm.software')"),
    ("desktop.cli.main", "from importlib import import_module as bring\nbring('hsm')"),
    ("desktop.cli.main", "__import__('hsm.' + name)"),
    ("desktop.qt.app", "import importlib as i\ni.import_module(f'hsm.{name}')"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "line"), BREAKS)
def test_each_rule_notices_a_line_that_breaks_it(module: str, line: str) -> None:
    assert any(broken(module, one) for one in imports(ast.parse(line)))


def test_what_is_allowed_stays_allowed() -> None:
    for module, line in (
        (
            "firmware_bridge.client",
            "from lightnode.wire import root\nfrom lightnode.errors import WireError\nimport hsm",
        ),
        ("desktop.cli.gui_command", "def late():\n    importlib.import_module('desktop.qt.app')"),
        ("desktop.cli.main", "importlib.import_module(f'desktop.cli.{name}_command')"),
        ("lightnode.wire.rlp", "from lightnode.wire.types import Hash32"),
    ):
        assert [broken(module, one) for one in imports(ast.parse(line)) if broken(module, one)] == []
