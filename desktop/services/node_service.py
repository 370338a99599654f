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
from desktop.services.network_session import LoadedProfile, NetworkSession
from desktop.services.node_standing import LightClientStanding
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.light_client.choices import Mode, SyncChoices
from lightnode.light_client.follower import BATCH
from lightnode.light_client.network_profile import config_of
from lightnode.node import act_registry_views, timestamp_views, token_file
from lightnode.node.errors import UnprovableError
from lightnode.node.methods import Methods, network_of
from lightnode.node.owned_headers import OwnedHeaders
from lightnode.node.owner import Owner
from lightnode.node.ports import Sources
from lightnode.node.server import Place, ServerLimits, VerifiedServer
from lightnode.node.upstream import UpstreamPool
from lightnode.node.upstream_prover import UpstreamProver
from lightnode.node.views import ViewContract
from lightnode.rpc.client import JsonRpcClient
from lightnode.wire.profile import REGISTRY, Profile
from lightnode.wire.types import Hash32, Height

TOKEN_NAME = "rpc.token"  # noqa: S105 - the name of a file
UPSTREAM_SECONDS = 10.0
UPSTREAM_BYTES = 64 * 1024 * 1024
POLL_SECONDS = 1.0
# Headers between two kept ones after a skip that one question may have verified.
MAX_WALK = 2048


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


class SessionClient:
    """The light client of a session, as the owner's thread uses it."""

    def __init__(self, session: NetworkSession) -> None:
        """Take over an open session."""
        self._session = session

    def advance(self) -> bool:
        """Verify one batch of headers at most.

        Raises:
            LightNodeError: the node gives trouble, or its headers break a rule.
        """
        session = self._session
        target, follower = session.ledger.height(), session.follower
        # A skip is one step however far it goes.
        step = target if follower.choices.mode is Mode.SKIPPING else follower.end.height + BATCH
        follower.follow(min(target, step), session.clock())
        return follower.end.height < target

    def head(self) -> VerifiedHeader:
        """Give the newest verified header."""
        return self.header(self._session.follower.end.height)

    def header(self, height: int) -> VerifiedHeader:
        """Give a verified header: kept, or verified by hashes from the kept one above it.

        Raises:
            UnprovableError: that one is too far above for a question that somebody waits for.
            LightNodeError: it cannot be verified, or the node gives trouble.
        """
        if height == 0:
            config = self._session.config
            return VerifiedHeader(config.header, config.block_hash, (), 0, ())
        self._demand_near(height)
        return self._session.follower.header(height, self._session.clock())

    def _demand_near(self, height: int) -> None:
        store = self._session.workspace.store
        above = store.header_above(Height(height - 1))
        far = (self._session.follower.end.height if above is None else above.height) - height
        if far > MAX_WALK:
            raise UnprovableError(f"The header of block {height} was skipped; the next kept one is {far} blocks above.")

    def height_of(self, block_hash: Hash32) -> int | None:
        """Give the height of a kept header."""
        config = self._session.config
        return 0 if block_hash == config.block_hash else self._session.workspace.store.height_of(block_hash)

    @property
    def choices(self) -> SyncChoices:
        """How the network is followed."""
        return self._session.follower.choices

    def close(self) -> None:
        """Close store and connection."""
        self._session.__exit__(None, None, None)


def contracts_of(profile: Profile) -> tuple[ViewContract, ...]:
    """Give the contracts whose views are computed: what the profile names, with its pinned code."""
    recording = profile.recording
    if recording is None:
        return ()
    make = act_registry_views.act_registry if recording.way == REGISTRY else timestamp_views.timestamp
    return (make(recording.contract, recording.code_hash),)


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
        self._pool = UpstreamPool(self._client, settings.limits.concurrency, UPSTREAM_SECONDS)
        self._server: VerifiedServer | None = None
        profile = settings.loaded.profile
        folder = data_folder.network_folder(settings.base, profile.environment, profile.genesis_hash)
        self.token_path = settings.token or folder / TOKEN_NAME

    def _client(self) -> JsonRpcClient:
        return JsonRpcClient(self._settings.rpc, UPSTREAM_SECONDS, UPSTREAM_BYTES)

    def _open(self) -> SessionClient:
        given = self._settings
        return SessionClient(
            NetworkSession.open(
                given.rpc, given.loaded, given.base, passphrase_fd=given.passphrase_fd, clock=self._clock
            )
        )

    def start(self) -> VerifiedServer:
        """Open everything and serve.

        Raises:
            NodeTokenError: the token's file is not private.
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
        standing = LightClientStanding(
            self.owner, given.loaded, given.rpc, self._clock, self.owner.ask(lambda client: client.choices)
        )
        methods = Methods(
            config,
            sources,
            standing,
            contracts_of(given.loaded.profile),
            version=self._version,
            may_send=given.may_send,
        )
        self._server = VerifiedServer(methods, token, given.place, standing.health, given.limits)
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
        self.owner.close()
        self._pool.close()
