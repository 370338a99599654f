"""Outside data reaches a person only through widgets that cannot take it for markup."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The one module whose labels paint plain text by construction.
PLAIN_LABEL = "desktop/qt/widgets/plain_label.py"
FORBIDDEN = {
    "setHtml",
    "setMarkdown",
    "insertHtml",
    "appendHtml",
    "RichText",
    "MarkdownText",
    "AutoText",
    "QTextBrowser",
}
RAW_WIDGETS = {"QLabel", "QMessageBox", "QTextEdit", "setToolTip", "setWhatsThis"}


def test_no_widget_takes_markup() -> None:
    modules = sorted((ROOT / "desktop").rglob("*.py"))
    assert modules
    found = []
    for path in modules:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            word = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if word in FORBIDDEN or (word in RAW_WIDGETS and name != PLAIN_LABEL):
                found.append(f"{name}:{node.lineno} {word}")
    assert found == []
