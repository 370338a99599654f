"""Collecting what governance will state about a network: checkpoint, validator intervals, log mark, status list.

Invariants: everything is read from verified headers and proven state; the status list is recomputed from the log, whose
root must come out as the proven one, and from the statements of authorities that go into the same package; what a node
says beside that is not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from desktop.services import registry_calls
from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_session import NetworkSession
from desktop.services.registry_status import Keys, status_entries
from lightnode.rpc.ledger import hex_data
from lightnode.wire import json_value as js
from lightnode.wire import merkle
from lightnode.wire import registry_slots as slots
from lightnode.wire.network_facts import Checkpoint, Interval, LogMark, Member, NetworkFacts, StatusList
from lightnode.wire.registry import LOGGED_TOPIC
from lightnode.wire.types import Address, Hash32

SPAN = 5_000


def collect(session: NetworkSession, operators: Mapping[Address, tuple[str, str]], keys: Keys) -> NetworkFacts:
    """Collect the facts as of the verified head.

    Args:
        session: the open network.
        operators: name and country of who runs each validator; unknown ones are named by their address.
        keys: entries of the authorities' statements, by authority and address.

    Raises:
        ProviderLiesError: the node's log does not make the proven root.
    """
    height = session.catch_up()
    head = session.follower.end
    checkpoint = Checkpoint(height, head.block_hash, head.header.timestamp)
    marks, status = _log(session, height, keys)
    return NetworkFacts(checkpoint, intervals(session, height, operators), marks, status)


def intervals(
    session: NetworkSession, height: int, operators: Mapping[Address, tuple[str, str]]
) -> tuple[Interval, ...]:
    """Give the validator sets by height; the last is in force after the verified height too, until a newer statement.

    Its members vouch for what comes after the checkpoint as long as the package may be relied on; a block of an unknown
    set is then newer than the list, not false.
    """
    found: list[tuple[int, tuple[Address, ...]]] = []
    for number in range(1, height + 1):
        members = session.follower.header(number, session.clock()).members
        if not found or found[-1][1] != members:
            found.append((number, members))
    ends: list[int | None] = [*(start - 1 for start, _ in found[1:]), None]
    return tuple(
        Interval(start, end, tuple(_member(one, operators) for one in sorted(members)))
        for (start, members), end in zip(found, ends, strict=True)
    )


def _member(address: Address, operators: Mapping[Address, tuple[str, str]]) -> Member:
    name, country = operators.get(address, (f"0x{address.hex()}"[:18], ""))
    return Member(address, name, country)


def _log(session: NetworkSession, height: int, keys: Keys) -> tuple[tuple[LogMark, ...], StatusList | None]:
    if session.profile.recording is None or session.profile.timestamp is not None:
        # The Timestamp registry keeps no log; each authority's own status list says what is withdrawn.
        return (), None
    registry = registry_calls.registry_of(session)
    asked = [slots.COUNTERS, slots.LOG_ROOT]
    proven = session.observer().account(registry, height, asked)
    size, records = slots.unpack_counters(proven.storage[slots.COUNTERS])
    root = Hash32(proven.storage[slots.LOG_ROOT].to_bytes(32, "big"))
    leaves = read_leaves(session, registry, height)
    if len(leaves) != size or merkle.root([merkle.leaf_hash(leaf) for leaf in leaves]) != root:
        raise ProviderLiesError("The node's list of entries is not the registry's log.")
    marks = (LogMark(size, root, height),) if size else ()
    return marks, StatusList(records, height, status_entries(keys, leaves))


def read_leaves(session: NetworkSession, registry: Address, height: int) -> list[bytes]:
    """Give the leaves of the log as a node lists them, 512 bytes each, in order; the caller holds them to the root."""
    found: list[bytes] = []
    for start in range(0, height + 1, SPAN):
        question = {
            "fromBlock": hex(start), "toBlock": hex(min(start + SPAN - 1, height)), "address": hex_data(registry),
            "topics": [hex_data(LOGGED_TOPIC)],
        }  # fmt: skip
        answer = session.ledger.client.call("eth_getLogs", [question])
        if not isinstance(answer, list):
            raise ProviderLiesError("The node's list of entries is no list.")
        found += [js.data(js.field(entry, "data")) for entry in answer]
    return found
