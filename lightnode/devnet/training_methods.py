"""The methods that only a training network has: blocks at once, votes, round changes, validators that fall silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lightnode.consensus.extra_data import Vote
from lightnode.devnet.network import Network
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire import json_value as js
from lightnode.wire.types import Address

MAX_BLOCKS = 1000
MAX_ROUND = 1000


class Training:
    """The `training_` methods over one network."""

    def __init__(self, network: Network, *, on_demand: bool) -> None:
        """Serve a network.

        Args:
            network: running.
            on_demand: whether blocks may share a second, so that many can be made at once.
        """
        self.network = network
        self.on_demand = on_demand
        self.table: dict[str, Callable[..., Any]] = {
            "training_mine": self.mine,
            "training_proposeVote": self.propose_vote,
            "training_discardVote": self.discard_vote,
            "training_roundChange": self.round_change,
            "training_stopValidator": self.stop_validator,
            "training_startValidator": self.start_validator,
            "training_validators": self.validators,
        }

    def mine(self, count: Any = 1) -> str:
        """Make some blocks at once; by the clock, one block and only when it is due.

        Raises:
            _RpcError: not due, or a number out of range.
        """
        if type(count) is not int or not 1 <= count <= MAX_BLOCKS:
            raise invalid_params()
        for _ in range(count):
            with self.network.mining:
                # A block more than a second ahead of the clock is one that every verifier refuses.
                if self.network.due() > self.network.now() + 1:
                    raise _RpcError(-32000, "The next block is not due yet")
                self.network.mine()
            # Others may ask between two blocks.
            time.sleep(0)
        return hex(self.network.head.header.number)

    def propose_vote(self, who: Any, add: Any) -> bool:
        """Let every validator vote about an address when it proposes, until the vote has passed."""
        if not isinstance(add, bool):
            raise invalid_params()
        vote = Vote(js.address_value(who), add)
        with self.network.lock:
            self.network.wishes.votes = dict.fromkeys(self.network.sets[-1], vote)
        return True

    def discard_vote(self) -> bool:
        """Stop voting."""
        with self.network.lock:
            self.network.wishes.votes = {}
        return True

    def round_change(self, number: Any) -> bool:
        """Let the next block be sealed in this round."""
        if type(number) is not int or not 0 <= number <= MAX_ROUND:
            raise invalid_params()
        with self.network.lock:
            self.network.wishes.round = number
        return True

    def stop_validator(self, who: Any) -> bool:
        """Take a validator out of proposing and sealing; with too few left the network stands still."""
        with self.network.lock:
            self.network.wishes.stopped.add(self._ours(who))
        return True

    def start_validator(self, who: Any) -> bool:
        """Let a stopped validator take part again."""
        with self.network.lock:
            self.network.wishes.stopped.discard(self._ours(who))
        return True

    def validators(self) -> list[dict[str, Any]]:
        """Name every validator whose key this network holds; those outside the set can be voted in."""
        with self.network.lock:
            members, stopped = self.network.sets[-1], self.network.wishes.stopped
            return [
                {"address": f"0x{one.hex()}", "inSet": one in members, "stopped": one in stopped}
                for one in sorted(self.network.key_holders)
            ]

    def _ours(self, who: Any) -> Address:
        one = js.address_value(who)
        if one not in self.network.key_holders:
            raise _RpcError(-32000, "This network holds no key of that validator")
        return one
