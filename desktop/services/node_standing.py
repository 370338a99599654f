"""How the light client behind the verified server stands: what status, health and eth_syncing say, and what halts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.services.network_session import LoadedProfile
from lightnode.errors import LightNodeError
from lightnode.light_client.choices import Choice, SyncChoices
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
        self, owner: Owner[Any], loaded: LoadedProfile, rpc: str, clock: Callable[[], int], choices: SyncChoices,
        halted: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Watch an owner.

        Args:
            owner: of the light client.
            loaded: profile of the network.
            rpc: the node behind.
            clock: gives unix seconds.
            choices: how the network is followed.
            halted: raises where the network is halted for misbehaviour, and an operator has to say how to go on.
        """
        self._owner, self._loaded, self._rpc, self._clock, self._halted = owner, loaded, rpc, clock, halted
        self._choices = choices_of(choices)
        self._began = owner.head.height

    def guard(self) -> None:
        """Let nothing pass while the network is halted.

        Raises:
            LightNodeError: it is.
        """
        self._halted()

    def _halt(self) -> dict[str, str] | None:
        try:
            self._halted()
        except LightNodeError as error:
            return {"code": error.code, "message": error.text, "advice": error.advice}
        return None

    def age(self) -> int:
        """Give the seconds since the newest verified block was made."""
        return max(0, self._clock() - self._owner.head.header.timestamp)

    def health(self) -> tuple[bool, int | None]:
        """Tell whether answers are given that are as new as the node's, and how old they are."""
        ready = self._owner.alive and self._owner.caught_up and self._owner.trouble is None and self._halt() is None
        return ready, self.age()

    def syncing(self) -> dict[str, Any] | bool:
        """Give what eth_syncing says; how far the node is, it claims itself, so that it is left out."""
        if self._owner.caught_up:
            return False
        return {"startingBlock": hex(self._began), "currentBlock": hex(self._owner.head.height)}

    def status(self) -> dict[str, Any]:
        """Give head, age, node, profile and choices as JSON."""
        head, profile = self._owner.head, self._loaded.profile
        trouble = self._owner.trouble
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
            "halted": self._halt(),
            "chainId": profile.chain_id,
            "genesis": f"0x{profile.genesis_hash.hex()}",
            "profile": {
                "name": profile.name,
                "environment": profile.environment,
                "rulesDigest": f"0x{profile.rules_digest.hex()}",
                "signed": self._loaded.signed,
                "checked": self._loaded.checked,
            },
            # Verification starts at the genesis block that the profile holds.
            "checkpoint": {"number": 0, "hash": f"0x{profile.genesis_hash.hex()}"},
            "providers": [self._rpc],
            "choices": self._choices,
        }
