"""Carrying what one office has verified to another without a line: writing a transfer file, and taking one in.

Invariants: what is written leads by hashes to this office's verified head; what is taken in is verified as if a node had given
it, and a file that fails changes nothing beyond its last good batch.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desktop.errors import InputFileError, OutputFileError
from desktop.services import data_folder
from desktop.services.height_exceptions import config_with_exceptions
from desktop.services.loaded_profile import LoadedProfile
from desktop.services.node_halt import keep_conflict
from desktop.services.node_sync import NodeSync
from desktop.services.workspace import Workspace
from lightnode.consensus.checkpoint import Checkpoint
from lightnode.consensus.genesis import ChainConfig
from lightnode.consensus.header import Header
from lightnode.light_client import contract_proof, halt
from lightnode.light_client.choices import SyncChoices
from lightnode.light_client.follower import Follower, Reached
from lightnode.light_client.follower import Progress as Reporting
from lightnode.light_client.given_checkpoint import start_from
from lightnode.light_client.memory import StoreMemory
from lightnode.light_client.next_set import with_following, with_tally
from lightnode.light_client.source import HeaderSource
from lightnode.light_client.trusted import Trusted, hash_of
from lightnode.light_client.witnesses import Comparison, Patience, Witness
from lightnode.proofs.state import ProvenState, prove_state
from lightnode.transfer import pieces
from lightnode.transfer.errors import TransferLackError, TransferStartError
from lightnode.transfer.file_source import FileSource
from lightnode.transfer.writer import TransferWriter
from lightnode.wire.account_proof import parse_get_proof
from lightnode.wire.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account whose state goes into the file.

    Attributes:
        address: whose.
        slots: of its storage.
    """

    address: Address
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        first: first height in the file.
        last: last height.
        block_hash: of the last block.
        fingerprint: of the checkpoint that the file begins at, for comparison by people; None where it begins at genesis.
        proofs: proofs in the file.
    """

    first: int
    last: int
    block_hash: Hash32
    fingerprint: str | None
    proofs: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in.

    Attributes:
        reached: how it was verified.
        block_hash: of the head.
        age: seconds since the head was made.
        states: accounts proven by the file.
        compared: outcome, where the file ends at or below this office's head.
        evidence: file with evidence of misbehaviour; None where there is none.
    """

    reached: Reached
    block_hash: Hash32
    age: int
    states: tuple[ProvenState, ...]
    compared: Witness | None
    evidence: Path | None


def fingerprint_of(checkpoint: bytes) -> str:
    """Give what people compare: SHA-256 of the checkpoint, in hex."""
    return hashlib.sha256(checkpoint).hexdigest()


def export(
    node: NodeSync, out: Path, start: int | None, wanted: Sequence[Wanted], progress: Reporting | None = None
) -> Exported:
    """Write what this office has verified.

    Args:
        node: open, at its verified head.
        out: replaced as a whole.
        start: height to begin at, whose block the receiver confirms; None for genesis.
        wanted: accounts to prove at the head.
        progress: told height and target.

    Raises:
        TransferError: the file cannot be written.
        LightNodeError: the node's headers do not lead to the verified head, or it gives trouble.
    """
    end, config = node.follower.end, node.config
    checkpoint = None if start is None else _checkpoint(node, start)
    first = 1 if start is None else start
    if first > end.height:
        raise TransferStartError(f"This office has verified to block {end.height} only; the file would begin above.")
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as file:
            preface = pieces.Preface(config.block_hash, node.rules_digest, checkpoint, first, end.height)
            writer = TransferWriter(file, preface)
            count = _write_headers(writer, config, node.source, range(first, end.height + 1), end, progress)
            for one in wanted:
                answer = parse_get_proof(node.source.proof(one.address, one.slots, end.height))
                writer.proof(pieces.PlacedProof(end.height, answer))
            writer.finish()
        partial.replace(out)
    except OSError as cause:
        raise OutputFileError(f"The file {out.name} cannot be written.") from cause
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    fingerprint = None if checkpoint is None else fingerprint_of(checkpoint)
    return Exported(first, end.height, end.block_hash, fingerprint, count + len(wanted))


def _checkpoint(node: NodeSync, height: int) -> bytes:
    """Give the checkpoint at a height below the head."""
    verified = node.follower.header(height, int(time.time()))
    trusted = Trusted.after_skip(node.config, verified)
    trusted = with_following(node.config, node.source, with_tally(node.config, node.source, trusted))
    made = Checkpoint(trusted.height, trusted.block_hash, trusted.following, trusted.pending or (), node.rules_digest)
    return made.encode()


def _write_headers(
    writer: TransferWriter, config: ChainConfig, source: HeaderSource, heights: range, end: Trusted,
    progress: Reporting | None,
) -> int:  # fmt: skip
    """Write headers with the proofs of every set in a contract; give how many proofs."""
    proofs, last_hash, before = 0, None, None
    for first in range(heights.start, heights.stop, pieces.HEADERS_PER_PIECE):
        part = range(first, min(first + pieces.HEADERS_PER_PIECE, heights.stop))
        headers = [claimed.header for claimed in source.headers(part)]
        for header in headers:
            if last_hash is not None and header.parent_hash != last_hash:
                raise TransferLackError(f"The node's block {header.number} does not follow its block before.")
            last_hash = hash_of(config, header)
        writer.headers(headers)
        for header in headers:
            proofs += _write_set(writer, config, source, header, before, end.height)
            before = header
        if progress is not None:
            progress(part[-1], heights[-1])
    if last_hash != end.block_hash:
        raise TransferLackError(f"The node's block {end.height} is not the one that this office has verified.")
    return proofs


def _write_set(
    writer: TransferWriter, config: ChainConfig, source: HeaderSource, header: Header, before: Header | None, last: int
) -> int:
    contract = config.schedule.contract(header.number + 1)
    if contract is None or header.number >= last:
        return 0
    unchanged = before is not None and before.state_root == header.state_root
    if unchanged and config.schedule.contract(header.number) == contract:
        return 0
    answer = parse_get_proof(contract_proof.fetch(config, source, contract, header.number))
    writer.proof(pieces.PlacedProof(header.number, answer))
    return 1


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as cause:
        raise InputFileError(f"The file {path.name} cannot be read.") from cause
    with file:
        yield file


def take_in(
    loaded: LoadedProfile, base: Path, passphrase_fd: int | None, path: Path, confirmed: str | None, choices: SyncChoices,
    progress: Reporting | None = None, clock: Callable[[], int] = lambda: int(time.time()),
) -> Imported:  # fmt: skip
    """Verify a transfer file and keep what it holds.

    Args:
        loaded: profile.
        base: the application's data folder.
        passphrase_fd: descriptor with the store's passphrase, or None.
        path: the file.
        confirmed: fingerprint of the checkpoint in it, compared by a person; None where this office stands in its range.
        choices: how it is followed.
        progress: told height and target.
        clock: gives unix seconds.

    Raises:
        TransferError: the file cannot be used; its leaf says why.
        ConsensusError: a header breaks a rule; everything before it is kept.
        HaltedError: the network is halted here.
    """
    profile = loaded.profile
    folder = data_folder.network_folder(base, profile.environment, profile.genesis_hash)
    config = config_with_exceptions(loaded, folder)
    with (
        _opened(path) as file,
        Workspace.open(
            base, profile.environment, profile.genesis_hash, passphrase_fd=passphrase_fd, clock=clock
        ) as workspace,
    ):
        halt.demand_none(workspace.store)
        source = FileSource(config, profile.rules_digest, file, path.name)
        memory = StoreMemory(workspace.store, config, clock)
        follower = Follower(config, source, memory, choices, halt.followed(workspace.store))
        _begin(config, profile.rules_digest, source, follower, confirmed)
        now, begin = clock(), (int(follower.end.height), follower.end.block_hash)
        beyond = follower.end.height >= source.head()
        reached = follower.follow(source.head(), now, progress)
        compared = _compare(config, source, follower, choices, now) if beyond else None
        evidence = None
        if compared is not None:
            evidence = keep_conflict(workspace, loaded, path.name, [compared], now, begin)
        age = max(0, now - follower.end.header.timestamp)
        states = _states(config, source, follower, now) if evidence is None else ()
        return Imported(reached, follower.end.block_hash, age, states, compared, evidence)


def _begin(
    config: ChainConfig, rules_digest: Hash32, source: FileSource, follower: Follower, confirmed: str | None
) -> None:
    """T4: begin where this office stands, or at the file's checkpoint where a person confirmed it."""
    first, checkpoint = source.preface.first, source.preface.checkpoint
    if follower.end.height >= (first if checkpoint is not None else first - 1):
        return
    if checkpoint is None:
        raise TransferStartError(f"The file begins at block {first}; this office stands at {follower.end.height}.")
    fingerprint = fingerprint_of(checkpoint)
    if confirmed is None or confirmed.lower() != fingerprint:
        raise TransferStartError(
            f"The file begins at a checkpoint with the fingerprint {fingerprint}, not confirmed yet."
        )
    follower.begin_at(start_from(config, rules_digest, source, checkpoint, follower.end))


def _compare(config: ChainConfig, source: FileSource, follower: Follower, choices: SyncChoices, now: int) -> Witness:
    """Compare a file that ends at or below this office's head as a witness."""
    ours = follower.header(source.head(), now)
    patience = Patience(0.0, lambda seconds: None, lambda: 0.0)
    return Comparison(config, follower, choices, patience).with_source(source, ours, now)


def _states(config: ChainConfig, source: FileSource, follower: Follower, now: int) -> tuple[ProvenState, ...]:
    """Prove the accounts in the file; those of validator contracts served their purpose already."""
    contracts = {change.contract for change in config.schedule.changes}
    found = []
    for height, account in source.proven:
        if account in contracts and height < source.head():
            continue
        slots = source.every_slot(account, height)
        header = follower.header(height, now)
        found.append(prove_state(header, account, slots, source.proof(account, slots, height)))
    return tuple(found)
