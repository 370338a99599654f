"""A local network on demand with a fresh sender for each test that asks, an account that can pay, and its contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightnode.consensus.extra_data import BftRules, decode_extra_data
from lightnode.consensus.header_json import header_from_json
from lightnode.devnet import control
from lightnode.devnet.settings import DevnetSettings
from tests.support.training_network import CONTRACT, Client, account, person, signed

RICH = person(900)


class Net(Client):
    """Questions to the network, and what it knows of itself."""

    def __init__(self, status: control.DevnetStatus, folder: Path) -> None:
        super().__init__(status.rpc_url)
        self.status, self.folder, self.people = status, folder, 1000

    def newcomer(self) -> Any:
        self.people += 1
        return person(self.people)

    def contract(self) -> str:
        made = self.send(signed(self.newcomer(), 0, None, CONTRACT))
        assert made["status"] == "0x1"
        return made["contractAddress"]

    def extra(self, number: int) -> Any:
        return decode_extra_data(BftRules.QBFT, header_from_json(self.block(number)).extra_data)


@contextmanager
def running(folder: Path) -> Iterator[Net]:
    """Serve a new network for as long as it is used."""
    status = control.start(folder, DevnetSettings(on_demand=True, funded=(account(RICH),)))
    try:
        yield Net(status, folder)
    finally:
        control.stop(folder)


def raw(address: str) -> bytes:
    """Give the bytes of an address."""
    return bytes.fromhex(address[2:])
