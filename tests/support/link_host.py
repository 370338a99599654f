"""The computer of the tests, as signers know it, and requests put on its channel by hand."""

from __future__ import annotations

import time
from pathlib import Path

from firmware_bridge.client import SignerClient
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.messages import Request, Response
from firmware_bridge.signer.paired_hosts import PairedHost
from firmware_bridge.signer.signer_files import SignerFiles

HOST = HostIdentity(b"\x11" * 32, "test computer", lambda _: True)
OTHER_HOST = HostIdentity(b"\x22" * 32, "another computer", lambda _: True)
PAIRED = PairedHost(HOST.public, HOST.name)
INTRODUCED = (HOST.public, HOST.name)


def paired_files(folder: Path) -> SignerFiles:
    """The folder of a signer that knows the computer of the tests."""
    files = SignerFiles(folder)
    files.hosts.add(PAIRED)
    return files


def post(client: SignerClient, *requests: Request) -> None:
    """Send requests, all in one write, and wait for nothing."""
    initiator = client.exchange.initiator
    initiator._link.write(b"".join(initiator.channel.wrap(request.encode()) for request in requests))


def hear(client: SignerClient, name: bytes) -> Response:
    """The next response to a request."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        response = client.exchange._heard(name, 0.1)
        if response is not None:
            return response
    raise AssertionError("the signer said nothing")
