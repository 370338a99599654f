"""Everything that is open while this office works on one network: profile, node, light client, store.

Invariants:
- The node's chain id and genesis block are held against the profile before anything is asked of it.
- The profile is checked under a root where one is at hand; the signer checks it under its own root in any case.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from desktop.services.height_exceptions import config_with_exceptions
from desktop.services.inclusion import Observer
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.preflight import NetworkView
from desktop.services.workspace import Workspace
from lightnode.consensus.genesis import ChainConfig
from lightnode.light_client import halt
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.follower import Follower, Progress
from lightnode.light_client.ledger_source import LedgerSource
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.network_profile import recommended_choices
from lightnode.rpc.client import JsonRpcClient
from lightnode.rpc.ledger import Ledger
from lightnode.rpc.retrying import Pauses, Retrying
from lightnode.wire.account_proof import EMPTY_CODE, Account
from lightnode.wire.trie import EMPTY_ROOT
from lightnode.wire.types import Address

RECENT_BLOCKS = 32
_NOBODY = Account(0, 0, EMPTY_ROOT, EMPTY_CODE)


class NetworkSession:
    """Work on one network through one node; a context manager."""

    def __init__(
        self,
        loaded: LoadedProfile,
        ledger: Ledger,
        workspace: Workspace,
        clock: Callable[[], int],
        progress: Progress | None = None,
        choices: SyncChoices | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Take over what is open; use `open`."""
        self._progress = progress
        self.loaded = loaded
        self.profile = loaded.profile
        self.config: ChainConfig = config_with_exceptions(loaded, workspace.folder)
        self.ledger = ledger
        self.workspace = workspace
        self.clock = clock
        halt.demand_none(workspace.store)
        memory = StoreMemory(workspace.store, self.config, clock)
        chosen = halt.followed(workspace.store)
        self.source = LedgerSource(ledger, Retrying(pauses))
        choices = recommended_choices(self.profile) if choices is None else choices
        self.follower = Follower(self.config, self.source, memory, choices, chosen)

    @classmethod
    def open(
        cls,
        rpc: str,
        loaded: LoadedProfile,
        base: Path,
        *,
        passphrase_fd: int | None = None,
        clock: Callable[[], int] = lambda: int(time.time()),
        progress: Progress | None = None,
        choices: SyncChoices | None = None,
        pauses: Pauses | None = None,
    ) -> NetworkSession:
        """Open the store of a network and reach its node.

        Args:
            rpc: address of the node.
            loaded: profile of the network.
            base: the application's data folder.
            passphrase_fd: descriptor that holds the store's passphrase, or None.
            clock: gives unix seconds.
            progress: told height and target while headers are verified.
            choices: how the network is followed; every header, and as the profile recommends, where none are given.
            pauses: how long trouble of the node that passes is waited for; the usual ones where not given.

        Raises:
            WrongNetworkError: the node works on another network.
            RpcError: the node gives trouble.
            StoreError: the store cannot be opened.
        """
        profile = loaded.profile
        ledger = Ledger(JsonRpcClient(rpc))
        workspace = Workspace.open(
            base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd, clock=clock
        )
        try:
            session = cls(loaded, ledger, workspace, clock, progress, choices, pauses)
            session.follower.demand_network()
        except BaseException:
            workspace.close()
            ledger.client.close()
            raise
        return session

    def __enter__(self) -> NetworkSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ledger.client.close()
        self.workspace.close()

    def observer(self) -> Observer:
        """Give a look at the ledger as of now."""
        return Observer(self.ledger, self.follower, self.clock())

    def catch_up(self) -> int:
        """Verify every header up to the node's head and give the newest verified height."""
        self.follower.follow(self.ledger.height(), self.clock(), self._progress)
        return self.follower.end.height

    def longest_gap(self) -> int:
        """Give the most seconds between two of the last verified blocks."""
        head = self.follower.end.height
        times = [self.follower.end.header.timestamp]
        for height in range(head - 1, max(head - RECENT_BLOCKS, 0), -1):
            times.append(self.follower.header(height, self.clock()).header.timestamp)
        return max((later - earlier for later, earlier in pairwise(times)), default=0)

    def view(self, account: Address) -> NetworkView:
        """Give what is known before an act is drafted: proven where the node proves it, else a claim that costs time."""
        self.catch_up()
        head = self.follower.end.header
        proven = self.observer().provable(account, head.number) if head.number else None
        state = None if proven is None else proven.account or _NOBODY
        return NetworkView(
            height=head.number,
            time=head.timestamp,
            period=self.config.schedule.period_seconds(head.number + 1),
            longest_gap=self.longest_gap(),
            # Block 0 may name a base fee on a network that has none.
            base_fee=head.base_fee_per_gas if head.number else None,
            gas_limit=head.gas_limit,
            nonce=self.ledger.latest_nonce(account) if state is None else state.nonce,
            pending_nonce=self.ledger.pending_nonce(account),
            balance=self.ledger.balance(account) if state is None else state.balance,
            gas_price=self.ledger.gas_price() or 0,
        )
