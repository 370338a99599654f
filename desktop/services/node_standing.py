"""How the light client behind the verified server stands: what status, health and eth_syncing say, and what halts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.services.loaded_profile import LoadedProfile
from desktop.services.node_watch import NodeWatch
from desktop.services.session_client import SessionClient
from lightnode.light_client.choices import Choice, SyncChoices
from lightnode.light_client.halt import HaltedError
from lightnode.node.owner import Owner

_LATEST = Choice("newest verified", "A block that a quorum sealed is final; safe and finalized are the same.")


def choices_of(chosen: SyncChoices) -> dict[str, Any]:
    """Give the operator's choices with their reasons as JSON."""
    named = {
        "mode": Choice(chosen.mode.value, chosen.mode_reason),
        "counting": Choice(chosen.counting.value, chosen.counting_reason),
        "latest": _LATEST,
    }
    shown: dict[str, Any] = {name: {"value": item.value, "reason": item.reason} for name, item in named.items()}
    return shown | {
        "trustLevel": str(chosen.trust_level),
        "trustingPeriod": chosen.trusting_period,
        "maxDrift": chosen.max_drift,
    }


class LightClientStanding:
    """`Standing` over an owner."""

    def __init__(
        self, owner: Owner[SessionClient], watch: NodeWatch, loaded: LoadedProfile, rpc: str, clock: Callable[[], int],
        begin: tuple[int, bytes],
    ) -> None:  # fmt: skip
        """Watch an owner.

        Args:
            owner: of the light client.
            watch: of other nodes.
            loaded: profile of the network.
            rpc: the node behind.
            clock: gives unix seconds.
            begin: height and hash of the block that this run began at.
        """
        self._owner, self._watch, self._loaded, self._rpc, self._clock = owner, watch, loaded, rpc, clock
        self._begin = begin
        self._choices = choices_of(owner.ask(lambda client: client.choices))
        self._halt: HaltedError | None = None

    def guard(self) -> None:
        """Let nothing pass once the network was halted, by this program or another one of this office.

        Going on may drop headers that stand in memory here: the server has to be started anew.

        Raises:
            HaltedError: it was.
        """
        halted = self._halted()
        if halted is not None:
            raise HaltedError(halted.text)

    def _halted(self) -> HaltedError | None:
        for error in (self._watch.halted, self._owner.trouble):
            if self._halt is None and isinstance(error, HaltedError):
                self._halt = error
        return self._halt

    def age(self) -> int:
        """Give the seconds since the newest verified block was made."""
        return max(0, self._clock() - self._owner.head.header.timestamp)

    def health(self) -> tuple[bool, int | None]:
        """Tell whether answers are given that are as new as the node's, and how old they are."""
        ready = self._owner.alive and self._owner.caught_up and self._owner.trouble is None and self._halted() is None
        return ready, self.age()

    def syncing(self) -> dict[str, Any] | bool:
        """Give what eth_syncing says; how far the node is, it claims itself, so that it is left out."""
        if self._owner.caught_up:
            return False
        return {"startingBlock": hex(self._begin[0]), "currentBlock": hex(self._owner.head.height)}

    def status(self) -> dict[str, Any]:
        """Give head, age, node, profile and choices as JSON."""
        head, profile = self._owner.head, self._loaded.profile
        trouble, halted = self._owner.trouble, self._halted()
        return {
            "head": {
                "number": head.height,
                "hash": f"0x{head.block_hash.hex()}",
                "timestamp": head.header.timestamp,
                "way": head.way.value,
                "members": len(head.members),
            },
            "age": self.age(),
            "caughtUp": self._owner.caught_up,
            "trouble": None if trouble is None else {"code": trouble.code, "message": trouble.text},
            "halted": None
            if halted is None
            else {"code": halted.code, "message": halted.text, "advice": halted.advice},
            "chainId": profile.chain_id,
            "genesis": f"0x{profile.genesis_hash.hex()}",
            "profile": {
                "name": profile.name,
                "environment": profile.environment,
                "rulesDigest": f"0x{profile.rules_digest.hex()}",
                "signed": self._loaded.signed,
                "checked": self._loaded.checked,
            },
            # Where this run began: genesis, what an earlier run had verified, or a block that the operator gave.
            "checkpoint": {"number": self._begin[0], "hash": f"0x{self._begin[1].hex()}"},
            "provider": self._rpc,
            "witnesses": [look.as_json() for look in self._watch.looks],
            "choices": self._choices,
        }
