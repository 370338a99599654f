"""The forks that a genesis file names, each with the block or the time from which it counts.

Invariants: a fork is what both clients write so: a member of `config` whose name ends in `Block` or `Time`. What a file
does not name is not made up: which later fork activates an earlier one is the clients' rule (`genesis_block`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.errors import GenesisError
from lightnode.consensus.genesis_settings import number

_FORK = re.compile(r"([a-z][a-z0-9]{0,31}?)(block|time)", re.ASCII)
MAX_FORKS = 64


@dataclass(frozen=True, slots=True)
class NamedFork:
    """A fork of a genesis file.

    Attributes:
        name: in lower case, without `Block` or `Time`.
        by_time: whether `at` is a unix second; else a block number.
        at: from where it counts.
    """

    name: str
    by_time: bool
    at: int


def read_forks(config: Mapping[str, Any]) -> tuple[NamedFork, ...]:
    """Give the forks in the order in which they begin: those by block, then those by time.

    Args:
        config: of the genesis file, names in lower case.

    Raises:
        GenesisError: one is no number of 64 bits, stands there by block and by time, or there are too many.
    """
    found: list[NamedFork] = []
    for name, value in config.items():
        match = _FORK.fullmatch(name)
        if match is None or value is None:
            continue
        at = number(value, name)
        if at >> 64:
            raise GenesisError(f"The genesis file's {name} exceeds 64 bits.")
        found.append(NamedFork(match[1], match[2] == "time", at))
    if len(found) > MAX_FORKS or len({fork.name for fork in found}) != len(found):
        raise GenesisError("The genesis file names a fork by block and by time, or too many.")
    return tuple(sorted(found, key=lambda fork: (fork.by_time, fork.at, fork.name)))
