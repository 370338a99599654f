"""Verifying a whole recording from genesis: the function behind `chancery headers verify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import MAX_CLOCK_DRIFT_SECONDS
from lightnode.consensus.errors import ConsensusError, GenesisMismatchError
from lightnode.consensus.genesis import load_genesis
from lightnode.consensus.header import Header
from lightnode.consensus.header_json import PrintedHeader, as_hashed, printed_header
from lightnode.errors import WireError
from lightnode.recording import bodies
from lightnode.recording.errors import RecordingFormError, UnprovenHeightError
from lightnode.recording.lines import block_number, read_lines
from lightnode.recording.report import Failure, RecordingReport
from lightnode.wire.types import Hash32, address

MAX_VALIDATOR_PROOFS = 1_000_000


@dataclass(slots=True)
class Recording:
    """The files of a recording, as iterables of lines.

    Attributes:
        genesis: the genesis file.
        headers: a block or a raw header a line, in order, from block 0 or 1 on.
        receipts: `{"blockNumber", "receipts"}` a line.
        proofs: `{"params", "result"}` of eth_getProof a line.
        validator_proofs: the same for the validator contract.
        client: `besu` or `goquorum`; found out where None.
    """

    genesis: bytes
    headers: Iterable[bytes]
    receipts: Iterable[bytes] = field(default=())
    proofs: Iterable[bytes] = field(default=())
    validator_proofs: Iterable[bytes] = field(default=())
    client: str | None = None


def verify_recording(recording: Recording, now: int) -> RecordingReport:
    """Verify headers from genesis, then everything else under them.

    Args:
        recording: the files.
        now: unix seconds; headers later than this and the allowed drift are refused.

    Returns:
        How far the chain is proven, and the first broken rule if any.

    Raises:
        GenesisError: the genesis file cannot be read.
        RecordingFormError: a line cannot be read.
    """
    run = _Run(recording, now)
    try:
        run.headers()
        run.receipts()
        run.proofs()
    except ConsensusError as error:
        return run.report(Failure.of(error))
    return run.report(None)


class _Run:
    """One verification: the chain, the proven headers by height, and counters."""

    def __init__(self, recording: Recording, now: int) -> None:
        self.recording = recording
        self.latest = now + MAX_CLOCK_DRIFT_SECONDS
        self.chain = HeaderChain(load_genesis(recording.genesis, recording.client))
        self.proven: dict[int, bodies.ProvenRoots] = {}
        self._equal: dict[bytes, bytes] = {}
        self._keep(self.chain.config.header)
        self.validator_proofs = dict(_proofs_by_height(recording.validator_proofs))
        self.seen_any = False
        self.newest_proof: tuple[Hash32, Any] | None = None
        self.counts = {"receipts": 0, "proofs": 0, "bodies": 0, "unlisted": 0}

    def headers(self) -> None:
        for number, value in read_lines(self.recording.headers, "header file"):
            try:
                printed = printed_header(value)
            except ConsensusError as error:
                # What is no header object at all cannot be read; a header that breaks a rule can.
                if not isinstance(value, dict) or not ("header" in value or "parentHash" in value):
                    raise RecordingFormError(f"Line {number} of the header file holds no block.") from error
                error.height = self.chain.height + 1 if error.height is None else error.height
                raise
            self._header(printed)

    def _header(self, printed: PrintedHeader) -> None:
        if printed.header.number == 0 and not self.seen_any:
            self.seen_any = True
            self._genesis(printed)
            return
        self.seen_any = True
        header = as_hashed(self.chain.schedule.rules(self.chain.height + 1), printed)
        try:
            self._body(printed)
        except ConsensusError:
            # A header that breaks a rule of its own is the better answer.
            self.chain.verify_next(header, self.latest)
            raise
        verified = self.chain.append(header, self.latest, printed.claimed_hash)
        self._keep(verified.header)
        self._validators()

    def _keep(self, header: Header) -> None:
        """Keep what receipts and proofs need; most blocks are empty and share it with the one before."""
        bloom = self._equal.setdefault(header.logs_bloom, header.logs_bloom)
        root = Hash32(self._equal.setdefault(header.receipts_root, header.receipts_root))
        state = Hash32(self._equal.setdefault(header.state_root, header.state_root))
        self.proven[header.number] = bodies.ProvenRoots(header.number, state, root, bloom)

    def _genesis(self, printed: PrintedHeader) -> None:
        made = self.chain.config
        if printed.header != made.header or printed.claimed_hash not in (None, made.block_hash):
            raise GenesisMismatchError("Block 0 is not the one that the genesis file makes.", 0)
        self._validators()

    def _body(self, printed: PrintedHeader) -> None:
        if printed.block is not None:
            checked = bodies.check_transactions(printed.header, printed.block)
            self.counts["bodies" if checked is not None else "unlisted"] += 1

    def _validators(self) -> None:
        """Take the next set from the proof at the head, where one was recorded."""
        head = self.chain.head
        answer = self.validator_proofs.get(head.number)
        if answer is not None:
            # Recorded only where the state root changed: it holds until the next change, also across a transition.
            self.newest_proof = (head.state_root, answer)
        if self.newest_proof is None or self.newest_proof[0] != head.state_root:
            return
        if self.chain.contract_for_next() is not None and (
            answer is not None or self.chain.validators_for_next() is None
        ):
            self.chain.prove_validators(self.newest_proof[1])

    def receipts(self) -> None:
        for number, value in read_lines(self.recording.receipts, "receipts file"):
            if not isinstance(value, dict):
                raise RecordingFormError(f"Line {number} of the receipts file is no object.")
            header = self._at(block_number(value.get("blockNumber"), "receipts file"))
            bodies.check_receipts(header, value.get("receipts"))
            self.counts["receipts"] += 1

    def proofs(self) -> None:
        for account, slots, height, answer in _proof_lines(self.recording.proofs, "proofs file"):
            bodies.check_proof(self._at(height), account, slots, answer)
            self.counts["proofs"] += 1

    def _at(self, height: int) -> bodies.ProvenRoots:
        header = self.proven.get(height)
        if header is None:
            raise UnprovenHeightError(f"Block {height} is not among the proven headers.", height)
        return header

    def report(self, failure: Failure | None) -> RecordingReport:
        chain = self.chain
        members = chain.validators_for_next()
        warnings = []
        if members is None:
            warnings.append(
                "The set in force for the next block is not known without a proof of the validator contract."
            )
        if not self.seen_any:
            warnings.append("No header was given; only the genesis file was read.")
        if self.counts["unlisted"]:
            warnings.append(
                f"{self.counts['unlisted']} blocks list no whole transactions; their bodies were not checked."
            )
        engine = chain.schedule.rules(chain.height).value
        mode = "sequential-state" if chain.contract_for_next() is not None else "sequential-tally"
        return RecordingReport(
            height=chain.height,
            block_hash=chain.head_hash,
            validators=members,
            rules=f"{engine} {chain.schedule.client} {mode}",
            warnings=tuple(warnings),
            receipts=self.counts["receipts"],
            proofs=self.counts["proofs"],
            failure=failure,
        )


def _proofs_by_height(lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    for count, (_, _, height, answer) in enumerate(_proof_lines(lines, "validator proofs file")):
        if count >= MAX_VALIDATOR_PROOFS:
            raise RecordingFormError("There are too many validator proofs.")
        yield height, answer


def _proof_lines(lines: Iterable[bytes], what: str) -> Iterator[tuple[bytes, list[int], int, Any]]:
    for number, value in read_lines(lines, what):
        match value:
            case {"params": [str(account), list(slots), height], "result": answer}:
                try:
                    whose = address(bytes.fromhex(account.removeprefix("0x")))
                    asked = [int(slot, 16) for slot in slots]
                except (ValueError, TypeError, WireError) as cause:
                    raise RecordingFormError(f"Line {number} of the {what} has malformed parameters.") from cause
                yield whose, asked, block_number(height, what), answer
            case _:
                raise RecordingFormError(f"Line {number} of the {what} is no recorded eth_getProof.")
