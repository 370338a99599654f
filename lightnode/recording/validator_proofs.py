"""The lines of `--validator-proofs`: each proven under its own header, the newest kept for the set it holds.

Invariants:
- No line is skipped: it is proven under the state root of the block it names, or the recording is refused.
- An answer that proves only a part of the list never stands in the way of one that proves it whole.
- Read as far as the chain stands; a file in the order of its blocks is never held whole, another as text only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lightnode.consensus.validator_contract import is_whole_list
from lightnode.recording import bodies
from lightnode.recording.errors import RecordingFormError
from lightnode.recording.lines import ProofLine, proof_lines, read_proof
from lightnode.wire.types import Address, Hash32

# Answers kept at once; a network changes from one contract to the next.
MAX_CONTRACTS = 4
MAX_WAITING_BYTES = 256 * 1024 * 1024
_WHAT = "validator proofs file"


@dataclass(frozen=True, slots=True)
class GivenProof:
    """A proven answer about a validator contract.

    Attributes:
        height: of the block under whose state it is proven.
        state_root: of that state; the answer holds in every block with the same one.
        answer: decoded JSON result.
    """

    height: int
    state_root: Hash32
    answer: Any


class ValidatorProofs:
    """The file, read step by step with the chain."""

    def __init__(self, lines: Iterable[bytes], contracts: Mapping[Address, int]) -> None:
        """Begin before the first line.

        Args:
            lines: of the file.
            contracts: accounts whose newest answers are kept, each with the slot of its list.
        """
        self._source = proof_lines(lines, _WHAT)
        self._contracts = contracts
        self._waiting: dict[int, list[tuple[int, bytes]]] = {}
        self._waiting_bytes = 0
        self._last_read = -1
        self._whole: dict[Address, GivenProof] = {}
        self._partial: dict[Address, GivenProof] = {}

    def advance(self, height: int, proven: Mapping[int, bodies.ProvenRoots], *, whole_file: bool = False) -> None:
        """Prove the lines of a new head.

        Args:
            height: of the head.
            proven: every block up to it.
            whole_file: read to the end, for a line that stands behind those of later blocks.

        Raises:
            StateProofError: a line proves nothing under its block.
            RecordingFormError: a line cannot be read, or too many wait for their blocks.
        """
        for number, text in self._waiting.pop(height, []):
            self._waiting_bytes -= len(text)
            self._prove(read_proof(text, number, _WHAT), proven)
        while (whole_file or self._last_read <= height) and (found := next(self._source, None)) is not None:
            line, text = found
            self._last_read = line.height
            if line.height <= height:
                self._prove(line, proven)
                continue
            self._waiting.setdefault(line.height, []).append((line.number, text))
            if self._waiting_bytes > MAX_WAITING_BYTES:
                raise RecordingFormError("The validator proofs are out of order and too many; sort them by block.")
            self._waiting_bytes += len(text)

    def finish(self, proven: Mapping[int, bodies.ProvenRoots]) -> None:
        """Prove what is left once the chain is at its end.

        Raises:
            UnprovenHeightError: a line is about a block that is not proven.
            StateProofError: a line proves nothing under its block.
            RecordingFormError: a line cannot be read.
        """
        if self._waiting:
            bodies.demand_proven(proven, min(self._waiting))
        for line, _ in self._source:
            self._prove(line, proven)

    def whole(self, contract: Address) -> GivenProof | None:
        """Give the newest proven answer so far that decides a contract's list."""
        return self._whole.get(contract)

    def partial(self, contract: Address) -> GivenProof | None:
        """Give the newest proven answer so far that leaves some of a contract's list open."""
        return self._partial.get(contract)

    def _prove(self, line: ProofLine, proven: Mapping[int, bodies.ProvenRoots]) -> None:
        header = bodies.demand_proven(proven, line.height)
        found = bodies.check_proof(header, line.account, line.slots, line.answer)
        list_slot = self._contracts.get(line.account)
        if list_slot is None:
            return
        # Where the contract does not exist there is no list to be proven in part.
        whole = found.account is None or is_whole_list(found.storage.get, list_slot)
        kept = self._whole if whole else self._partial
        before = kept.get(line.account)
        if before is None or before.height <= line.height:
            kept[line.account] = GivenProof(line.height, header.state_root, line.answer)
            if len(kept) > MAX_CONTRACTS:
                del kept[min(kept, key=lambda whose: kept[whose].height)]
