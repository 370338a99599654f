"""A signer at one end of a link and a client at the other: the one place where the suites of the link make either.

The suites ask for what any link must carry; how a client makes itself known is changed here only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.client import SignerClient
from firmware_bridge.link.transport import Transport
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.service import SignerService, serve_forever
from firmware_bridge.signer.session import SignerSession, SignerSettings
from firmware_bridge.signer.signer_files import SignerFiles
from hsm.software import SoftwareToken
from tests.support.link_host import HOST, PAIRED


@dataclass
class Reached:
    """Attributes:
    client: greeted.
    ended: whether the signer let the link go within some seconds of the end.
    """

    client: SignerClient
    ended: bool = False


def make_service(folder: Path) -> SignerService:
    """A signer in provisioning mode with one key, that needs neither root nor finger."""
    token = SoftwareToken.create(folder / "token", bytearray(b"1234"))
    token.login(bytearray(b"1234"))
    token.generate_key("official", "secp256k1", "transaction")
    settings = SignerSettings(True, "software")
    session = SignerSession(SignerFiles(folder / "state"), token, ApprovalPort(30.0), settings)
    session.hosts.introduce(PAIRED)
    return SignerService(session)


@contextmanager
def reach_signer(device: Transport, host: Transport, folder: Path) -> Iterator[Reached]:
    """Serve one end and greet at the other."""
    service, stop = make_service(folder), threading.Event()
    serving = threading.Thread(target=serve_forever, args=(service, device, stop), daemon=True)
    serving.start()
    reached = Reached(SignerClient(host, HOST))
    try:
        yield reached
    finally:
        reached.client.close()
        # A host that left is no reason to end for every link; a pulled cable is.
        serving.join(1.0)
        reached.ended = not serving.is_alive()
        stop.set()
        serving.join(10.0)
        service.close()
