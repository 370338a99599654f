"""The computers that a signer is paired with: a list in its own folder, from which each can be struck by itself.

Invariants: a host is known by its static public key; one key stands in the list once; the list is bounded, and the file is
read strictly when the signer starts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.errors import NoSuchHostError, PolicyRefusedError, SignerStateError
from firmware_bridge.host_identity import NAME_LENGTH
from firmware_bridge.noise.handshake import KEY_BYTES
from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.plain_text import is_sentence_part

MAX_HOSTS = 64
ID_BYTES = 4
_KIND = "chancery/hosts/1"
_MAX_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class PairedHost:
    """One computer.

    Attributes:
        key: its static public key, 32 bytes.
        name: as it named itself, and a person saw it.
    """

    key: bytes
    name: str

    @property
    def id(self) -> bytes:
        """Four bytes to name it by."""
        return hashlib.sha256(self.key).digest()[:ID_BYTES]


class PairedHosts:
    """The list of one signer."""

    def __init__(self, data: bytes | None, save: Callable[[bytes], None]) -> None:
        """Read the list.

        Args:
            data: the file; None where there is none yet.
            save: writes it as a whole.

        Raises:
            SignerStateError: the file is damaged.
        """
        self._hosts = () if data is None else _decode(data)
        self._save = save

    def all(self) -> tuple[PairedHost, ...]:
        """Give every host, in the order in which they were paired."""
        return self._hosts

    def find(self, key: bytes) -> PairedHost | None:
        """Give the host of a key; None where it is a stranger."""
        return next((host for host in self._hosts if host.key == key), None)

    def named(self, wanted: bytes) -> PairedHost:
        """Give the host of an id.

        Raises:
            NoSuchHostError: there is none.
        """
        for host in self._hosts:
            if host.id == wanted:
                return host
        raise NoSuchHostError("The signer is paired with no computer of this id.")

    def demand_room(self, key: bytes) -> None:
        """Demand that a host can be added.

        Raises:
            PolicyRefusedError: the list is full.
        """
        if len(self._hosts) >= MAX_HOSTS and self.find(key) is None:
            raise PolicyRefusedError(f"The signer is paired with {MAX_HOSTS} computers; have it forget one first.")

    def add(self, host: PairedHost) -> None:
        """Add a host; one of the same key is replaced.

        Raises:
            PolicyRefusedError: the list is full.
        """
        self.demand_room(host.key)
        self._replace((*(one for one in self._hosts if one.key != host.key), host))

    def forget(self, host: PairedHost) -> None:
        """Strike a host; an open channel of its own is a stranger's from now on."""
        self._replace(tuple(one for one in self._hosts if one.key != host.key))

    def _replace(self, hosts: tuple[PairedHost, ...]) -> None:
        self._save(cbor.encode([_KIND, [[host.key, host.name] for host in hosts]]))
        self._hosts = hosts


def is_host_name(name: str) -> bool:
    """Whether a computer may be called so on a display."""
    return 0 < len(name) <= NAME_LENGTH and is_sentence_part(name)


def _decode(data: bytes) -> tuple[PairedHost, ...]:
    try:
        match cbor.decode(data, max_bytes=_MAX_BYTES):
            case [kind, list(rows)] if kind == _KIND and len(rows) <= MAX_HOSTS:
                hosts = tuple(_host(row) for row in rows)
                if len({host.key for host in hosts}) == len(hosts):
                    return hosts
    except WireError as cause:
        raise SignerStateError("The signer's list of computers is damaged.") from cause
    raise SignerStateError("The signer's list of computers is damaged.")


def _host(row: cbor.Value) -> PairedHost:
    match row:
        case [bytes(key), str(name)] if len(key) == KEY_BYTES and is_host_name(name):
            return PairedHost(key, name)
    raise SignerStateError("The signer's list of computers is damaged.")
