"""Which block a JSON-RPC request means. The caller holds the network's lock."""

from __future__ import annotations

from typing import Any

from lightnode.devnet.network import Network
from lightnode.serving.refusal import _RpcError
from lightnode.wire import json_value as js

_LATEST = ("latest", "pending", "finalized", "safe")


def number_named(network: Network, tag: Any) -> int | None:
    """Read a tag, number or EIP-1898 object, whether or not there is a block of that number.

    Returns:
        None for the hash of no block.

    Raises:
        JsonError: another form.
    """
    if isinstance(tag, dict) and ("blockHash" in tag or "blockNumber" in tag):
        if "blockHash" in tag:
            return network.numbers.get(js.hash_value(tag["blockHash"]))
        tag = tag["blockNumber"]
    if tag in _LATEST:
        return network.head.header.number
    if tag == "earliest":
        return 0
    return js.quantity(tag, 8)


def block_number(network: Network, tag: Any) -> int | None:
    """Give the number of a block that is there; None where there is none."""
    number = number_named(network, tag)
    return number if number is not None and number <= network.head.header.number else None


def known_block(network: Network, tag: Any) -> int:
    """Give the number of a block that must be there.

    Raises:
        _RpcError: it is not.
    """
    number = block_number(network, tag)
    if number is None:
        raise _RpcError(-32000, "Unknown block")
    return number


def kept_block(network: Network, tag: Any) -> int:
    """Give the number of a block whose state must be kept.

    Raises:
        _RpcError: there is no such block, or its state is gone.
    """
    number = known_block(network, tag)
    if number not in network.states:
        raise _RpcError(-32000, "World state unavailable")
    return number
