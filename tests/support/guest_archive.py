"""What a small guest boots from: an archive in the kernel's own format (newc), and kernel modules in the order they load in.

The format is the one of Documentation/driver-api/early-userspace/buffer-format.rst of Linux. What a module needs is read
from the module itself (`depends=` of its .modinfo), because a package that was only unpacked has no list of it.
"""

from __future__ import annotations

import lzma
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in an archive: a file with its contents, or a folder."""

    path: str
    data: bytes = b""
    mode: int = stat.S_IFREG | 0o755


def folder(path: str) -> Entry:
    """A folder of an archive."""
    return Entry(path, b"", stat.S_IFDIR | 0o755)


def pack(entries: Iterable[Entry]) -> bytes:
    """Give the archive's bytes."""
    out = bytearray()
    for number, entry in enumerate([*entries, Entry("TRAILER!!!", mode=0)], 1):
        name = entry.path.encode() + b"\0"
        links = 2 if stat.S_ISDIR(entry.mode) else 1
        fields = (number, entry.mode, 0, 0, links, 0, len(entry.data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += bytes(-len(out) % 4) + entry.data
        out += bytes(-len(out) % 4)
    return bytes(out)


class Modules:
    """The modules of one kernel.

    Attributes:
        folder: such as /lib/modules/6.1.0-56-amd64.
    """

    def __init__(self, folder: Path) -> None:
        """Look at what is there; names are written with low lines, as the kernel says them."""
        self.folder = folder
        self._files = {
            path.name.split(".")[0].replace("-", "_"): path
            for path in folder.rglob("*.ko*")
            if path.suffix in {".ko", ".xz"}
        }
        built_in = folder / "modules.builtin"
        lines = built_in.read_text().splitlines() if built_in.exists() else []
        self._built_in = {Path(line).stem.replace("-", "_") for line in lines}

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Give those of the names that are neither there nor in the kernel itself."""
        return [name for name in names if name not in self._files and name not in self._built_in]

    def in_order(self, names: Iterable[str]) -> dict[str, bytes]:
        """Give the modules and what they need, each after what it needs."""
        found: dict[str, bytes] = {}
        for name in names:
            self._add(name, found)
        return found

    def _add(self, name: str, found: dict[str, bytes]) -> None:
        if name in found or name not in self._files:
            return
        path = self._files[name]
        data = path.read_bytes()
        if path.suffix == ".xz":
            data = lzma.decompress(data)
        depends = _DEPENDS.search(data)
        for needed in (depends[1].decode() if depends else "").split(","):
            self._add(needed.replace("-", "_"), found)
        found[name] = data
