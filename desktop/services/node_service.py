"""The verified JSON-RPC server of one network: its light client in a thread of its own, its answers over loopback.

Invariants: the store is opened, used and closed by one thread; what was verified goes on being served while the node is
away or gives trouble, and status says so; the token is made at first use and never printed.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from desktop.services import data_folder
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.network_session import NetworkSession
from desktop.services.node_standing import LightClientStanding
from desktop.services.node_watch import NodeWatch
from desktop.services.registry_pins import pin_of
from desktop.services.session_client import SessionClient
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.given_checkpoint import NamedBlock
from lightnode.light_client.network_profile import config_of
from lightnode.node import act_registry_views, pinned_views, timestamp_views, token_file
from lightnode.node.methods import Methods, network_of
from lightnode.node.owned_headers import OwnedHeaders
from lightnode.node.owner import Owner
from lightnode.node.ports import Sources
from lightnode.node.request_time import RequestTime
from lightnode.node.server import Place, ServerLimits, VerifiedServer
from lightnode.node.upstream import UpstreamPool
from lightnode.node.upstream_prover import UpstreamProver
from lightnode.node.views import ViewContract
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.retrying import Pauses
from lightnode.wire.profile import REGISTRY, Profile

TOKEN_NAME = "rpc.token"  # noqa: S105 - the name of a file
UPSTREAM_SECONDS = 10.0
UPSTREAM_BYTES = 64 * 1024 * 1024
POLL_SECONDS = 1.0
# The next poll asks again anyway, and questions wait for the thread that asks.
PAUSES = Pauses(tries=3, first=0.1, longest=1.0, budget=2.0)
WITNESS_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What the operator chose.

    Attributes:
        rpc: the node behind, whose every answer is proven.
        loaded: profile of the network.
        base: the application's data folder.
        place: where it listens.
        token: file with the token; None for the one in the network's folder.
        may_send: whether transactions are forwarded.
        passphrase_fd: descriptor with the store's passphrase, or None.
        limits: what clients may take.
        poll_seconds: between two looks for new blocks.
        choices: mode, trust level, periods, counting.
        start: a checkpoint file's bytes, or a block, to begin at; None to go on where the last run ended.
        witnesses: other nodes, whose blocks are compared now and then.
        witness_seconds: between two comparisons.
    """

    rpc: str
    loaded: LoadedProfile
    base: Path
    place: Place
    token: Path | None = None
    may_send: bool = False
    passphrase_fd: int | None = None
    limits: ServerLimits = field(default_factory=ServerLimits)
    poll_seconds: float = POLL_SECONDS
    choices: SyncChoices = field(default_factory=SyncChoices)
    start: bytes | NamedBlock | None = None
    witnesses: tuple[str, ...] = ()
    witness_seconds: float = WITNESS_SECONDS


def contracts_of(profile: Profile) -> tuple[ViewContract, ...]:
    """Give the contracts whose views are computed: what the profile names, with its pinned code."""
    pinned = [pinned_views.pinned_view(pin_of(one)) for one in profile.registries]
    found = [one for one in pinned if one is not None]
    recording = profile.recording
    if recording is not None and all(one.address != recording.contract for one in found):
        make = act_registry_views.act_registry if recording.way == REGISTRY else timestamp_views.timestamp
        found.append(make(recording.contract, recording.code_hash))
    return tuple(found)


class NodeService:
    """Everything that serves one network; a context manager that ends all of it."""

    def __init__(
        self, settings: NodeSettings, version: str, clock: Callable[[], int] = lambda: int(time.time())
    ) -> None:
        """Prepare; `start` opens store, node and port.

        Args:
            settings: the operator's.
            version: of the program.
            clock: gives unix seconds.
        """
        self._settings, self._version, self._clock = settings, version, clock
        self.owner: Owner[SessionClient] = Owner(self._open, settings.poll_seconds)
        self._time = RequestTime(settings.limits.answer_seconds, time.monotonic)
        self._pool = UpstreamPool(self._client, settings.limits.concurrency, UPSTREAM_SECONDS, self._time)
        self._server: VerifiedServer | None = None
        self._watch: NodeWatch | None = None
        profile = settings.loaded.profile
        folder = data_folder.network_folder(settings.base, profile.environment, profile.genesis_hash)
        self.token_path = settings.token or folder / TOKEN_NAME

    def _client(self) -> JsonRpcClient:
        return JsonRpcClient(self._settings.rpc, UPSTREAM_SECONDS, UPSTREAM_BYTES)

    def _open(self) -> SessionClient:
        given = self._settings
        session = NetworkSession.open(
            given.rpc, given.loaded, given.base, passphrase_fd=given.passphrase_fd, clock=self._clock,
            choices=given.choices, pauses=PAUSES,
        )  # fmt: skip
        try:
            return SessionClient(session, given.start)
        except BaseException:
            session.__exit__(None, None, None)
            raise

    def start(self) -> VerifiedServer:
        """Open everything and serve.

        Raises:
            NodeTokenError: the token's file is not private.
            HaltedError: the network is halted; an operator has to say how to go on first.
            CheckpointError: the checkpoint given cannot be used.
            WrongNetworkError: the node works on another network.
            RpcError: the node cannot be reached.
            StoreError: the store cannot be opened.
            NodePortError: the port is taken.
        """
        given = self._settings
        config = config_of(given.loaded.profile)
        self.owner.start()
        token = token_file.load_or_make(self.token_path, secrets.token_bytes)
        prover = UpstreamProver(self._pool, private_marks=network_of(config).private_marks)
        sources = Sources(OwnedHeaders(self.owner), prover, prover, prover)
        self._watch = NodeWatch(
            self.owner, config, given.choices, given.rpc, given.witnesses, self._clock, given.witness_seconds
        )
        standing = LightClientStanding(
            self.owner, self._watch, given.loaded, given.rpc, self._clock, self.owner.ask(lambda client: client.begin)
        )
        methods = Methods(
            config,
            sources,
            standing,
            contracts_of(given.loaded.profile),
            version=self._version,
            may_send=given.may_send,
        )
        self._watch.start()
        self._server = VerifiedServer(methods, token, given.place, standing.health, given.limits, self._time)
        threading.Thread(target=self._server.serve_forever, name="json-rpc", daemon=True).start()
        return self._server

    def head(self) -> dict[str, Any]:
        """Give the newest verified block as JSON."""
        head = self.owner.head
        return {"number": head.height, "hash": f"0x{head.block_hash.hex()}"}

    def __enter__(self) -> NodeService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        if self._watch is not None:
            self._watch.close()
        self.owner.close()
        self._pool.close()
