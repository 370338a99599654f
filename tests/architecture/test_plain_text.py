"""Outside data reaches a person only through widgets that cannot take it for markup."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The one module whose labels paint plain text by construction.
PLAIN_LABEL = "desktop/qt/widgets/plain_label.py"
FORBIDDEN = {
    "setHtml", "setMarkdown", "insertHtml", "appendHtml", "RichText", "MarkdownText", "AutoText", "QTextBrowser",
    "QTextDocument", "QStaticText", "drawStaticText", "QGraphicsTextItem", "QErrorMessage", "QToolTip", "QWhatsThis",
    "showText",
}  # fmt: skip
RAW_WIDGETS = {"QLabel", "QMessageBox", "QTextEdit", "setToolTip", "setWhatsThis"}


def sinks(name: str, tree: ast.Module) -> list[str]:
    """Find what can take text for markup: used, imported under any name, or named in a text for `getattr`."""
    bad = FORBIDDEN if name == PLAIN_LABEL else FORBIDDEN | RAW_WIDGETS
    found = []
    for node in ast.walk(tree):
        words: list[str] = []
        if isinstance(node, ast.Attribute):
            words = [node.attr]
        elif isinstance(node, ast.Name):
            words = [node.id]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = [node.value]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
            words = [alias.name for alias in node.names]
            # Nobody can tell what a star brings in.
            bad = bad | {"*"}
        found += [f"{name}:{getattr(node, 'lineno', 0)} {word}" for word in words if word in bad]
    return found


def test_no_widget_takes_markup() -> None:
    modules = sorted((ROOT / "desktop").rglob("*.py"))
    assert modules
    found = []
    for path in modules:
        name = path.relative_to(ROOT).as_posix()
        found += sinks(name, ast.parse(path.read_text(encoding="utf-8")))
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from PySide6.QtWidgets import QLabel as T",
        "from PySide6.QtWidgets import QTextBrowser as T",
        "from PySide6.QtGui import QStaticText",
        "from PySide6.QtWidgets import *",
        "from PySide6 import QtWidgets as W\nW.QLabel('x')",
        "import PySide6.QtWidgets\nPySide6.QtWidgets.QToolTip.showText(at, 'x')",
        "getattr(widget, 'setHtml')('x')",
        "label.setToolTip('x')",
    ],
)
def test_a_sink_is_noticed_under_any_name(line: str) -> None:
    assert sinks("desktop/qt/views/page.py", ast.parse(line))
