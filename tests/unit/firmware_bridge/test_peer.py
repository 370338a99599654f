"""A local signer serves its own user only: who owns the other end of a loopback connection is looked up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.debug_buttons import DebugButtons
from firmware_bridge.link import peer
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.debug_channel import DebugServer
from tests.support.link_host import HOST, paired_files

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0
   1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0 20 4 30 10 -1
   3: short
   4: 0100007F:C002 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   5: 0100007F:C003 0100007F:1F90 06 00000000:00000000 03:000013AC 00000000     0        0 0 3 0
   6: 0100007F:C004 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
"""
TABLE6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:C005 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 7 1 0 20 4 30 10 -1
   1: 0000000000000000FFFF00000100007F:C006 0000000000000000FFFF00000100007F:1F90 08 00000000:00000000 00:00000000 00000000  1002        0 8 1 0 20 4 30 10 -1
"""
needs_table = pytest.mark.skipif(not peer.TABLE.exists(), reason="this system has no /proc/net/tcp")


@pytest.mark.skipif(sys.byteorder != "little", reason="the sample was printed by a little-endian kernel")
def test_the_table_is_read() -> None:
    client, server = ("127.0.0.1", 0xC001), ("127.0.0.1", 0x1F90)
    assert peer.owner_of(TABLE, client, server) == 1001
    assert peer.owner_of(TABLE, server, client) == 1000
    assert peer.owner_of(TABLE, ("127.0.0.1", 1), server) is None
    for closed in (0xC002, 0xC003, 0xC004):
        assert peer.owner_of(TABLE, ("127.0.0.1", closed), server) == peer.NOBODY
    assert peer.owner_of(TABLE + TABLE6, ("127.0.0.1", 0xC005), server) == 1002
    assert peer.owner_of(TABLE + TABLE6, ("127.0.0.1", 0xC006), server) == peer.NOBODY


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
        monkeypatch.setattr(peer, "TABLE6", empty)
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
def test_another_user_of_the_computer_is_not_served(tmp_path: Path) -> None:
    server = DebugServer(ApprovalPort(), paired_files(tmp_path / "signer"))
    try:
        port = server.url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-c", ASK, port], capture_output=True, text=True, timeout=20, check=False
        )
        assert done.stdout.strip() == "closed", done.stderr
        buttons = DebugButtons(server.url, HOST)
        assert buttons.current() is None
        buttons.close()
    finally:
        server.close()


@needs_table
def test_our_own_connection_through_an_ipv6_socket_is_ours() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        client = socket.socket(socket.AF_INET6)
        client.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
    except OSError:
        pytest.skip("this system has no IPv6")
    server, _ = listener.accept()
    with listener, client, server:
        assert peer.is_ours(server)


@needs_table
def test_a_peer_that_has_closed_is_nobodys() -> None:
    client, server = accepted()
    with server:
        client.sendall(b"x")
        client.close()
        assert not peer.is_ours(server)


# Loaded while the files can still be read; then signer and attacker become two users.
ATTACK = """
import os, socket, subprocess, sys, threading, time
from firmware_bridge.errors import UnpluggedError
from firmware_bridge.link.socket_port import SocketPort
from firmware_bridge.signer import process
from firmware_bridge.signer.approval import ApprovalPort
from firmware_bridge.signer.debug_channel import DebugServer
from firmware_bridge.signer.screens import Screen
"".encode("idna")
signer, attacker = int(sys.argv[1]), int(sys.argv[2])
reading, writing = os.pipe()
child = os.fork()
if not child:
    os.setgroups([]); os.setgid(attacker); os.setuid(attacker)
    debug, bridge = (int(port) for port in os.read(reading, 64).split())
    for number in range(300):
        for port, said in ((debug, b'{"do":"press","button":"%s"}\\n' % (b"next", b"approve")[number % 2]), (bridge, b"x")):
            with socket.create_connection(("127.0.0.1", port)) as connected:
                connected.sendall(said)
    os._exit(0)
if signer:
    os.setgroups([]); os.setgid(signer); os.setuid(signer)
port = ApprovalPort(60)
pressed = []
DebugServer._client = lambda _, connected: pressed.append(connected)
server = DebugServer(port, None)
served, stop = [], threading.Event()
listener = socket.create_server(("127.0.0.1", 0))
class Service:
    def serve(self, link, stop, idle_seconds=None):
        served.append(link.read(30)[:1])
threading.Thread(target=process.accept_hosts, args=(listener, Service(), stop), daemon=True).start()
asked = threading.Thread(target=port.ask, args=([Screen("t", str(n), "v") for n in range(3)], None, lambda *_: None))
asked.start()
os.write(writing, b"%d %d" % (int(server.url.rpartition(":")[2]), listener.getsockname()[1]))
os.waitpid(child, 0)
time.sleep(0.5)
print(pressed, served, port.current().number, flush=True)
with socket.create_connection(("127.0.0.1", listener.getsockname()[1])) as own:
    own.sendall(b"mine")
    deadline = time.monotonic() + 20
    while not served and time.monotonic() < deadline:
        time.sleep(0.05)
print(served, flush=True)
os._exit(0)
"""


@needs_table
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("signer", [0, 20001])
def test_a_user_who_closes_before_being_looked_up_presses_nothing(signer: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ATTACK, str(signer), "65534"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines() == ["[] [] 1", "[b'm']"], done.stderr
