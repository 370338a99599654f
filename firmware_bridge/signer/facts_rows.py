"""Every fact that a trust package states about its network, as rows for the signer's display."""

from __future__ import annotations

from firmware_bridge.signer.screens import Rows, show_time
from lightnode.wire.network_facts import REVOKED, SUPERSEDED, SUSPENDED, NetworkFacts, StatusList
from lightnode.wire.root import show_fingerprint

_STATES = {SUSPENDED: "suspended", SUPERSEDED: "superseded", REVOKED: "revoked"}


def facts_rows(facts: NetworkFacts) -> Rows:
    """Give the rows of all facts, in the order of their array."""
    point = facts.checkpoint
    return [
        ("Checkpoint", f"Block {point.height}, {show_time(point.time)}"),
        ("Checkpoint hash", show_fingerprint(point.block_hash)),
        *_intervals(facts),
        *_marks(facts),
        *_status(facts.status),
    ]


def _intervals(facts: NetworkFacts) -> Rows:
    rows: Rows = []
    for at, item in enumerate(facts.intervals, 1):
        last = "open" if item.last is None else str(item.last)
        text = f"Blocks {item.first} to {last}, {len(item.members)} members"
        rows.append((f"Interval {at} of {len(facts.intervals)}", text))
        for place, member in enumerate(item.members, 1):
            rows += [(f"Member {place}", member.operator), ("Its country", member.country or "(none)")]
            rows.append(("Its address", show_fingerprint(member.address)))
    return rows


def _marks(facts: NetworkFacts) -> Rows:
    rows: Rows = []
    for at, mark in enumerate(facts.marks, 1):
        rows.append((f"Log mark {at} of {len(facts.marks)}", f"Size {mark.size} at block {mark.height}"))
        rows.append(("Log root", show_fingerprint(mark.root)))
    return rows


def _status(status: StatusList | None) -> Rows:
    if status is None:
        return [("Status list", "(none)")]
    rows: Rows = [("Status list", f"Of {status.records} records, up to block {status.height}")]
    rows.append(("Not in force", f"{len(status.entries)} records"))
    rows += [("Record", f"{item.number} {_STATES[item.state]} in block {item.height}") for item in status.entries]
    return rows
