"""A local signer serves its own user only: who owns the other end of a loopback connection is looked up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.link import peer
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.debug_channel import DebugServer

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0
   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0 20 4 30 10 -1
   3: short
"""
needs_table = pytest.mark.skipif(not peer.TABLE.exists(), reason="this system has no /proc/net/tcp")


@pytest.mark.skipif(sys.byteorder != "little", reason="the sample was printed by a little-endian kernel")
def test_the_table_is_read() -> None:
    client, server = ("127.0.0.1", 0xC001), ("127.0.0.1", 0x1F90)
    assert peer.owner_of(TABLE, client, server) == 1001
    assert peer.owner_of(TABLE, server, client) == 1000
    assert peer.owner_of(TABLE, ("127.0.0.1", 1), server) is None


def accepted() -> tuple[socket.socket, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    listener.close()
    return client, server


@needs_table
def test_our_own_connection_is_ours_and_an_unlisted_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, server = accepted()
    with client, server:
        assert peer.is_ours(server)
        empty = tmp_path / "tcp"
        empty.write_text(TABLE.splitlines()[0] + "\n")
        monkeypatch.setattr(peer, "TABLE", empty)
        assert not peer.is_ours(server)


ASK = """
import os, socket, sys
"".encode("idna")  # loaded while files can still be read
os.setgid(65534); os.setuid(65534)
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5) as connected:
    connected.settimeout(5)
    try:
        connected.sendall(b'{"do": "current"}\\n')
        print("answered" if connected.recv(100) else "closed")
    except OSError:
        print("closed")
"""


@needs_table
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user")
def test_another_user_of_the_computer_is_not_served() -> None:
    server = DebugServer(ApprovalPort())
    try:
        port = server.url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-c", ASK, port], capture_output=True, text=True, timeout=20, check=False
        )
        assert done.stdout.strip() == "closed", done.stderr
        with socket.create_connection(("127.0.0.1", int(port)), 5) as own:
            own.sendall(b'{"do": "current"}\n')
            assert own.recv(100)
    finally:
        server.close()
