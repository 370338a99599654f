"""`chancery node serve`: the verified JSON-RPC server for other programs of the office, without a window."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, follow_options, interrupt, options, standard_streams
from desktop.cli.console import Console

if TYPE_CHECKING:
    from desktop.services.node_service import NodeService, NodeSettings
    from lightnode.node.server import VerifiedServer

DEFAULT_PORT = 8645
LOOPBACK = "127.0.0.1"

Make = Callable[[str, str], argparse.ArgumentParser]


def add(make: Make) -> None:
    """Add the subcommand to those of `chancery node`."""
    serve = make("serve", "answer JSON-RPC to other programs, each answer from what was proven")
    options.add_rpc(serve)
    options.add_profile(serve)
    options.add_root(serve)
    options.add_passphrase(serve)
    serve.add_argument(
        "--port", type=types.within(0, 65535), default=DEFAULT_PORT, metavar="N",
        help=f"to listen on ({DEFAULT_PORT}; 0 for any free one)",
    )  # fmt: skip
    serve.add_argument(
        "--bind", type=_address, default=LOOPBACK, metavar="ADDRESS",
        help="another address of this computer than loopback: the token then travels unencrypted, as nothing here is",
    )  # fmt: skip
    serve.add_argument(
        "--host-name", action="append", default=[], type=types.filled, metavar="NAME",
        help="another name by which clients call this server; repeatable",
    )  # fmt: skip
    serve.add_argument(
        "--token-file", type=types.path, metavar="FILE",
        help="token that clients show, made at first use with mode 0600 (rpc.token in the network's data folder)",
    )  # fmt: skip
    serve.add_argument(
        "--allow-send", action="store_true", help="forward signed transactions to the node; else none is"
    )
    serve.add_argument(
        "--witness", action="append", default=[], type=types.filled, metavar="URL",
        help="another node, whose block is compared every half minute; repeatable",
    )  # fmt: skip
    follow_options.add(serve)
    serve.add_argument(
        "--once-ready", action="store_true",
        help="say that it serves, as one JSON line, only once it has verified as far as the node is",
    )  # fmt: skip
    options.finish(serve, run, "node serve --rpc http://127.0.0.1:8545 --profile profile.cenv")


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError("this is no IPv4 address of a computer") from None


def run(given: Any, console: Console) -> int:
    """Serve until told to stop by SIGTERM or SIGINT."""
    from desktop.cli.version_command import version
    from desktop.services.node_service import NodeService
    from lightnode.node.errors import NodeStoppedError

    stop = threading.Event()
    with interrupt.given_back(), NodeService(_settings(given), version()) as service:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        server = service.start()
        if given.bind != LOOPBACK:
            console.progress(f"Other computers reach {server.url}; what they send and get is not encrypted.")
        if given.once_ready:
            _wait(service, stop)
        if not stop.is_set():
            _announce(given, console, service, server)
        while not stop.wait(1.0) and service.owner.alive:
            pass
        if not stop.is_set():
            raise NodeStoppedError("The light client has ended.") from service.owner.fault
    return exit_status.DONE


def _settings(given: Any) -> NodeSettings:
    from desktop.services import data_folder
    from desktop.services.loaded_profile import load_profile
    from desktop.services.node_service import NodeSettings
    from lightnode.node.server import Place

    base = data_folder.base_folder(given.home)
    loaded = load_profile(given.profile, given.root)
    return NodeSettings(
        rpc=given.rpc,
        loaded=loaded,
        base=base,
        place=Place(given.bind, given.port, tuple(given.host_name)),
        token=given.token_file,
        may_send=given.allow_send,
        passphrase_fd=given.passphrase_fd,
        choices=follow_options.choices(given, loaded.profile),
        start=follow_options.start(given),
        witnesses=tuple(given.witness),
    )


def _wait(service: NodeService, stop: threading.Event) -> None:
    while not stop.is_set() and service.owner.alive and not service.owner.wait_until_caught_up(0.1):
        pass


def _announce(given: Any, console: Console, service: NodeService, server: VerifiedServer) -> None:
    head = service.head()
    value = {
        "ok": True,
        "url": server.url,
        "pid": os.getpid(),
        "token_file": str(service.token_path),
        "head": head,
        "sends": given.allow_send,
    }
    if given.once_ready or console.as_json:
        standard_streams.write(json.dumps(value) + "\n")
        return
    console.result(
        [
            f"Serving on {server.url}; stop it with Ctrl-C.",
            f"  verified  block {head['number']} {head['hash']}",
            f"  token     {service.token_path} (Authorization: Bearer ...)",
            f"  sends     {'signed transactions are forwarded' if given.allow_send else 'nothing is forwarded'}",
        ],
        value,
    )
