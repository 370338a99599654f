"""`chancery node sync` and `checkpoint`: following a network by itself, compared with other nodes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from desktop.cli import argument_types as types
from desktop.cli import exit_status, follow_options, options
from desktop.cli.console import Console
from desktop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.services.node_sync import SyncResult, SyncSettings
    from lightnode.light_client.progress import Progress

_SAY_EVERY = 1.0


def add(make: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the subcommands to those of `chancery node`."""
    sync = make("sync", "verify the network's headers up to its head, and compare the head with other nodes")
    _add_network(sync)
    sync.add_argument(
        "--witness", action="append", default=[], type=types.filled, metavar="URL",
        help="another node, whose block is compared; repeatable",
    )  # fmt: skip
    sync.add_argument("--alone", type=types.reason, metavar="REASON", help="compare with nobody, and why")
    sync.add_argument(
        "--to", type=types.within(1, 2**63 - 1), metavar="HEIGHT", help="height to reach (the node's head)"
    )
    follow_options.add(sync)
    sync.add_argument(
        "--link", action="store_true",
        help="link every header below a skip by hashes: no seal names its network, only links do",
    )  # fmt: skip
    options.finish(
        sync, run_sync, "node sync --profile profile.cenv --rpc http://127.0.0.1:8545 --witness https://other.example"
    )
    mark = make("checkpoint", "write where this office stands as a checkpoint file, with every vote that counts")
    _add_network(mark)
    options.add_out(mark, "the checkpoint")
    options.finish(
        mark, run_checkpoint, "node checkpoint --profile profile.cenv --rpc http://127.0.0.1:8545 --out here.cbor"
    )


def _add_network(parser: argparse.ArgumentParser) -> None:
    options.add_rpc(parser)
    options.add_profile(parser)
    options.add_root(parser)
    options.add_passphrase(parser)


def settings_of(given: Any) -> SyncSettings:
    """Give what the options say."""
    from desktop.services import data_folder
    from desktop.services.loaded_profile import load_profile
    from desktop.services.node_sync import SyncSettings
    from lightnode.light_client.choices import SyncChoices

    loaded = load_profile(given.profile, given.root)
    return SyncSettings(
        rpc=given.rpc,
        witnesses=tuple(getattr(given, "witness", ())),
        alone=getattr(given, "alone", None),
        loaded=loaded,
        base=data_folder.base_folder(given.home),
        passphrase_fd=given.passphrase_fd,
        choices=follow_options.choices(given, loaded.profile) if hasattr(given, "mode") else SyncChoices(),
        start=follow_options.start(given),
        target=getattr(given, "to", None),
        link=getattr(given, "link", False),
    )


def run_sync(given: Any, console: Console) -> int:
    """Follow, compare, and say how everything was decided."""
    from desktop.services.node_sync import NodeSync

    if bool(given.witness) == (given.alone is not None):
        raise UsageError("Name at least one other node with --witness, or say with --alone why there is none.")
    if _names_twice([given.rpc, *given.witness]):
        raise UsageError("A node is no witness of itself; name each node once.")
    settings = settings_of(given)
    with NodeSync.open(settings) as node:
        result = node.run(progress_of(console))
    console.result(_lines(settings, result), _value(settings, result))
    if result.evidence is not None:
        return exit_status.REFUSED
    return exit_status.CANNOT_TELL if result.unsettled else exit_status.DONE


def _names_twice(urls: list[str]) -> bool:
    """Tell whether two addresses are the same but for how they are written."""
    return len({url.rstrip("/").lower() for url in urls}) < len(urls)


def progress_of(console: Console) -> Callable[[Progress], None]:
    """Say once a second how far the run has come, and once how and from whom."""
    said: list[float] = []

    def say(progress: Progress) -> None:
        if progress.height >= progress.target or progress.seconds < (said[-1] if said else 0.0) + _SAY_EVERY:
            return
        if not said:
            console.progress(progress.where() + ".")
        said[:] = [progress.seconds]
        console.progress(progress.text())

    return say


def _lines(settings: SyncSettings, result: SyncResult) -> list[str]:
    reached = result.reached
    lines = [
        f"Verified to block {reached.end} (from {reached.start}).",
        f"  hash       0x{result.block_hash.hex()}",
        f"  age        {result.age} s"
        + (
            f"; the network seems to stand still (usual: {result.usual_age} s at most)" if result.standing_still else ""
        ),
        f"  mode       {reached.mode.value}: {reached.mode.reason}",
        f"  seals      {reached.counting.value}: {reached.counting.reason}",
    ]
    if reached.trust is not None:
        lines.append(f"  trust      {reached.trust.value}: {reached.trust.reason}")
    if result.linked is not None:
        lines.append(f"  linked     {result.linked} headers below, down to where it was skipped from")
    lines += [f"  remark     {remark}" for remark in reached.remarks]
    lines += [f"  witness    {one.name}: {one.outcome.value}. {one.text}" for one in result.witnesses]
    if result.witnesses and not result.agreed:
        lines.append("  warning    no other node has confirmed this block")
    if result.unsettled:
        lines.append(
            "  warning    a node has another block, and who is wrong could not be told; compare again, and ask governance"
        )
    if settings.alone is not None:
        lines.append(f"  witness    none: {settings.alone}")
    if result.evidence is not None:
        lines += [
            "MISBEHAVIOUR: members of this network sealed two blocks at one height. It is halted here.",
            f"  evidence   {result.evidence}",
            "  what to do report the file to governance, then run `chancery node go-on`",
        ]
    return lines


def _value(settings: SyncSettings, result: SyncResult) -> dict[str, Any]:
    reached = result.reached
    return {
        "ok": result.evidence is None and not result.unsettled,
        "start": reached.start,
        "height": reached.end,
        "hash": f"0x{result.block_hash.hex()}",
        "timestamp": result.head_time,
        "age": result.age,
        "standing_still": result.standing_still,
        "usual_age": result.usual_age,
        "choices": {
            name: None if choice is None else {"value": choice.value, "reason": choice.reason}
            for name, choice in (("mode", reached.mode), ("counting", reached.counting), ("trust", reached.trust))
        },
        "trusting_period": settings.choices.trusting_period,
        "linked": result.linked,
        "remarks": list(reached.remarks),
        "witnesses": [
            {"name": one.name, "outcome": one.outcome.value, "text": one.text, "height": one.height}
            for one in result.witnesses
        ],
        "agreed": result.agreed,
        "alone": settings.alone,
        "evidence": None if result.evidence is None else str(result.evidence),
    }


def run_checkpoint(given: Any, console: Console) -> int:
    """Write a checkpoint."""
    import hashlib

    from desktop.services import file_access
    from desktop.services.node_sync import NodeSync

    file_access.demand_place(given.out, "checkpoint", force=given.force)
    with NodeSync.open(settings_of(given)) as node:
        made = node.checkpoint()
    data = made.encode()
    file_access.write_bytes(given.out, data, force=given.force)
    digest = hashlib.sha256(data).hexdigest()
    lines = [
        f"Checkpoint at block {made.height} written to {given.out}.",
        f"  hash        0x{made.block_hash.hex()}",
        f"  fingerprint {digest}",
    ]
    value = {"ok": True, "height": made.height, "hash": f"0x{made.block_hash.hex()}", "fingerprint": digest,
             "out": str(given.out)}  # fmt: skip
    console.result(lines, value)
    return exit_status.DONE
