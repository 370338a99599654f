"""The map in docs/architecture.md is whole: every module is named there, or lies in a package that has a row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lightnode", "hsm", "firmware_bridge", "desktop")


def sections(text: str) -> dict[str, set[str]]:
    """Give what each section of the map names, by the package that it is about."""
    found: dict[str, set[str]] = {}
    for part in text.split("\n## Map\n")[1].split("\n## ")[0].split("\n### ")[1:]:
        head, _, body = part.partition(":")
        found[head] = {name.strip("/") for name in re.findall(r"`([a-z0-9_./]+)`", body)}
    return found


def unnamed(text: str, modules: list[str]) -> list[str]:
    """Give the modules, as dotted names, that the map does not lead to."""
    named = sections(text)
    missing = []
    for module in modules:
        top = max((head for head in named if module.startswith(f"{head}.")), key=len)
        inner = module.removeprefix(f"{top}.").split(".")
        # The package that it lies in, by its whole name: one row does not stand for what is deeper.
        if inner[-1] not in named[top] and (len(inner) == 1 or ".".join(inner[:-1]) not in named[top]):
            missing.append(module)
    return missing


def modules() -> list[str]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if not path.stem.startswith("__")]


def test_every_module_is_on_the_map() -> None:
    assert len(modules()) > 200
    assert unnamed((ROOT / "docs" / "architecture.md").read_text(), modules()) == []


def test_what_the_map_does_not_name_is_noticed() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert unnamed(text, ["lightnode.wire.brand_new", "desktop.qt.dials.gauge", "hsm.brand_new"]) != []
    for name in ("abi_types", "abi_words", "p256_recovery", "transaction_fields", "transaction_body"):
        assert unnamed(text.replace(f"`{name}`", "``"), [f"lightnode.wire.{name}"]) == [f"lightnode.wire.{name}"]


def test_every_page_and_widget_of_the_windows_is_named() -> None:
    named = sections((ROOT / "docs" / "architecture.md").read_text())["desktop"]
    parts = [name for name in modules() if name.startswith(("desktop.qt.views.", "desktop.qt.widgets."))]
    assert [name for name in parts if name.split(".")[-1] not in named] == []
