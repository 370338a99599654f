"""What this office works with, so that the windows need not ask each time: one JSON file in the data folder.

Members, each a path, URL or name: `root`, `trust`, `profile`, `rpc`, `signer`, `key`, `name`, `authority`; beside them how
the windows look: `colours` and `text_size`. In training `approve_debug` never stands here, because a person presses the
buttons. No member is a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.services.file_access import read_json, write_json

FILE = "office.json"


@dataclass(frozen=True, slots=True)
class Office:
    """What an office works with; None where it has not been set.

    Attributes:
        name: of the office, for people.
        root: the root's file.
        trust: the trust package.
        profile: of the network.
        rpc: a node.
        signer: URL of the signer.
        key: label of the official's key.
        authority: that the key acts for, as COUNTRY/NUMBER; only on the Timestamp way, elsewhere the ledger says it.
        colours: light, dark or high_contrast; None for the system's.
        text_size: 1.0 for the usual one; None for the system's.
    """

    name: str = ""
    root: Path | None = None
    trust: Path | None = None
    profile: Path | None = None
    rpc: str | None = None
    signer: str | None = None
    key: str | None = None
    authority: str | None = None
    colours: str | None = None
    text_size: float | None = None


def load(base: Path) -> Office:
    """Read the office's file; an empty office where there is none.

    Raises:
        InputError: the file cannot be read.
    """
    path = base / FILE
    if not path.exists():
        return Office()
    found = read_json(path)
    known = found if isinstance(found, dict) else {}

    def text(name: str) -> str | None:
        value = known.get(name)
        return value if isinstance(value, str) and value else None

    def place(name: str) -> Path | None:
        value = text(name)
        return None if value is None else base / value

    size = known.get("text_size")
    return Office(
        text("name") or "", place("root"), place("trust"), place("profile"), text("rpc"), text("signer"), text("key"),
        text("authority"),
        text("colours"), float(size) if isinstance(size, (int, float)) and not isinstance(size, bool) else None,
    )  # fmt: skip


def save(base: Path, office: Office) -> None:
    """Write the office's file."""
    members = {
        "name": office.name, "root": office.root, "trust": office.trust, "profile": office.profile, "rpc": office.rpc,
        "signer": office.signer, "key": office.key, "authority": office.authority, "colours": office.colours,
    }  # fmt: skip
    known: dict[str, str | float] = {name: str(value) for name, value in members.items() if value}
    if office.text_size is not None:
        known["text_size"] = office.text_size
    write_json(base / FILE, known)
