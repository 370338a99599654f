"""What can go wrong while a network is followed."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class SyncError(LightNodeError):
    """Base of what following a network raises."""

    code = "SYNC"
    advice = "Ask another node, then try again."


class WrongNetworkError(SyncError):
    """The node works on another network than the profile describes."""

    code = "SYNC-NETWORK"
    advice = "Give the address of a node of the profile's network, or the profile of the node's network."


class BehindError(SyncError):
    """The node does not yet have a block that this office has already verified, or that was asked for."""

    code = "SYNC-BEHIND"
    advice = "Wait until the node has caught up, or ask another one."


class OtherChainError(SyncError):
    """The node's blocks differ from those this office has verified."""

    code = "SYNC-FORK"
    advice = (
        "Do not rely on this node. Keep its answers and report it: two valid chains would be evidence of misconduct."
    )
