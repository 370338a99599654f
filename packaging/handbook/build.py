#!/usr/bin/env python3
"""Write the generated pages of the handbook: docs/errors.md and the reference part of docs/commands.md.

    PYTHONPATH=. python packaging/handbook/build.py [--check]

With --check nothing is written; the exit status is 1 where a page is out of date.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lightnode", "hsm", "firmware_bridge", "desktop")
BASES = (
    ("lightnode.errors", "LightNodeError"),
    ("hsm.errors", "HsmError"),
    ("firmware_bridge.errors", "BridgeError"),
    ("desktop.errors", "DesktopError"),
)
TITLES = {
    "lightnode": "The ledger, evidence and the store",
    "hsm": "Keys and tokens",
    "firmware_bridge": "The signer and the way to it",
    "desktop": "Commands and pages",
}
MARK = "<!-- generated below this line by packaging/handbook/build.py -->"


def load_everything() -> None:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = list(path.relative_to(ROOT).with_suffix("").parts)
            if parts[-1] == "__main__" or "engine_worker" in parts[-1]:
                continue
            if parts[-1] == "__init__":
                parts.pop()
            importlib.import_module(".".join(parts))


def leaves() -> list[type]:
    found: list[type] = []
    for module, name in BASES:
        waiting = [getattr(importlib.import_module(module), name)]
        while waiting:
            current = waiting.pop()
            found.append(current)
            waiting.extend(current.__subclasses__())
    return [item for item in found if item.__module__.split(".")[0] in PACKAGES]


def errors_page() -> str:
    from desktop.cli.exit_status import MEANINGS, status_of

    load_everything()
    lines = [
        "# Errors",
        "",
        "Every error has a code that never changes, says what happened and what to do. Generated; do not edit.",
        "",
        "Exit status: " + "; ".join(f"{number} {text}" for number, text in MEANINGS) + ".",
    ]
    by_package: dict[str, list[type]] = {name: [] for name in PACKAGES}
    for item in leaves():
        by_package[item.__module__.split(".")[0]].append(item)
    for package in PACKAGES:
        lines += [
            "",
            f"## {TITLES[package]} (`{package}`)",
            "",
            "| Code | What is so | What to do | Exit |",
            "|---|---|---|---|",
        ]
        for item in sorted(by_package[package], key=lambda one: vars(one).get("code", "")):
            what = first_line(item)
            blank = item.__new__(item)
            lines.append(f"| `{vars(item)['code']}` | {what} | {item.advice} | {status_of(blank)} |")
    return "\n".join(lines) + "\n"


def first_line(item: type) -> str:
    return (item.__doc__ or "").strip().splitlines()[0].replace("|", "\\|")


def commands_page() -> str:
    path = ROOT / "docs" / "commands.md"
    written = path.read_text(encoding="utf-8").split(MARK)[0] if path.exists() else "# Commands\n\n"
    lines = [MARK, "", "## Reference", ""]
    from desktop.cli.main import build_parser

    for title, text in help_pages(build_parser(everything=True)):
        lines += [f"### {title}", "", "```", text.rstrip(), "```", ""]
    return written + "\n".join(lines).rstrip() + "\n"


def help_pages(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups or parser.prog == "chancery":
        yield parser.prog, parser.format_help()
    for group in groups:
        for child in group.choices.values():
            yield from help_pages(child)


def main(arguments: list[str]) -> int:
    os.environ["COLUMNS"] = "110"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    stale = []
    for name, text in (("errors.md", errors_page()), ("commands.md", commands_page())):
        path = ROOT / "docs" / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    print(
        "up to date" if not stale else f"{'out of date' if '--check' in arguments else 'written'}: {', '.join(stale)}"
    )
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
