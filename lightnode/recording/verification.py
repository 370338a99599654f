"""Verifying a whole recording from genesis: the function behind `chancery headers verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from lightnode.consensus.chain import HeaderChain
from lightnode.consensus.constants import MAX_CLOCK_DRIFT_SECONDS
from lightnode.consensus.contract_pin import ContractPin
from lightnode.consensus.errors import ConsensusError, GenesisMismatchError, SealError
from lightnode.consensus.genesis import ChainConfig, load_genesis
from lightnode.consensus.hashes import block_hash, genesis_hash
from lightnode.consensus.header import Header
from lightnode.consensus.header_json import PrintedHeader, as_hashed, printed_header
from lightnode.recording import bodies
from lightnode.recording.errors import NothingToVerifyError, RecordingFormError
from lightnode.recording.lines import block_number, proof_lines, read_lines
from lightnode.recording.printed_place import demand_places, digest_of
from lightnode.recording.report import Failure, RecordingReport
from lightnode.recording.validator_proofs import ValidatorProofs
from lightnode.wire.types import Address, Hash32

# A line with one of these is a header, whatever it lacks.
_OF_A_HEADER = frozenset({"header", "parentHash", "stateRoot", "transactionsRoot", "receiptsRoot", "extraData"})


@dataclass(slots=True)
class Recording:
    """The files of a recording, as iterables of lines.

    Attributes:
        genesis: the genesis file.
        headers: a block or a raw header a line, in order, from block 0 or 1 on.
        receipts: `{"blockNumber", "receipts"}` a line.
        proofs: `{"params", "result"}` of eth_getProof a line.
        validator_proofs: the same for the validator contract, best in the order of their blocks.
        client: `besu` or `goquorum`; found out where None.
        contracts: what the operator pins of validator contracts.
    """

    genesis: bytes
    headers: Iterable[bytes]
    receipts: Iterable[bytes] = field(default=())
    proofs: Iterable[bytes] = field(default=())
    validator_proofs: Iterable[bytes] = field(default=())
    client: str | None = None
    contracts: Mapping[Address, ContractPin] = field(default_factory=dict)


def verify_recording(recording: Recording, now: int) -> RecordingReport:
    """Verify headers from genesis, then everything else under them.

    Args:
        recording: the files.
        now: unix seconds; headers later than this and the allowed drift are refused.

    Returns:
        How far the chain is proven, and the first broken rule if any.

    Raises:
        GenesisError: the genesis file cannot be read.
        ContractPinError: what is pinned of a contract contradicts it.
        RecordingFormError: a line cannot be read, or there is no header; it says what was proven before.
    """
    run = _Run(recording, now)
    try:
        run.headers()
        run.receipts()
        run.proofs()
    except ConsensusError as error:
        return run.report(Failure.of(error))
    except RecordingFormError as error:
        raise error.after(run.chain.height) from error
    except MemoryError as cause:
        raise RecordingFormError("The recording takes more memory than there is.").after(run.chain.height) from cause
    return run.report(None)


class _Run:
    """One verification: the chain, the proven headers by height, and counters."""

    def __init__(self, recording: Recording, now: int) -> None:
        config = load_genesis(recording.genesis, recording.client).pin(recording.contracts)
        self.recording = recording
        self.latest = now + MAX_CLOCK_DRIFT_SECONDS
        self.chain = HeaderChain(config)
        self.proven: dict[int, bodies.ProvenRoots] = {}
        self._equal: dict[bytes, bytes] = {}
        self._keep(self.chain.config.header, self.chain.head_hash, None)
        named = (change.contract for change in config.schedule.changes if change.contract is not None)
        slots = {contract: config.contracts.get(contract, ContractPin()).slot for contract in named}
        self.validator_proofs = ValidatorProofs(recording.validator_proofs, slots)
        self.seen_any = False
        self.counts = {"receipts": 0, "proofs": 0, "unlisted": 0}

    def headers(self) -> None:
        self._validators()
        for number, value in read_lines(self.recording.headers, "header file"):
            try:
                printed = printed_header(value)
            except ConsensusError as error:
                # What is no header object at all cannot be read; a header that breaks a rule can.
                if not isinstance(value, dict) or _OF_A_HEADER.isdisjoint(value):
                    raise RecordingFormError(f"Line {number} of the header file holds no block.") from error
                error.height = self.chain.height + 1 if error.height is None else error.height
                raise
            self._header(printed)
        if not self.seen_any:
            raise NothingToVerifyError("The header file holds no header.")
        self.validator_proofs.finish(self.proven)

    def _header(self, printed: PrintedHeader) -> None:
        if printed.header.number == 0 and not self.seen_any:
            self.seen_any = True
            self._genesis(printed)
            return
        self.seen_any = True
        self._demand_set()
        rules = self.chain.schedule.rules(self.chain.height + 1)
        header = as_hashed(printed, partial(block_hash, rules))
        try:
            try:
                transactions = self._body(printed, partial(block_hash, rules, header))
            except ConsensusError:
                # A header that breaks a rule of its own is the better answer.
                self.chain.verify_next(header, self.latest)
                raise
            verified = self.chain.append(header, self.latest, printed.claimed_hash)
        except SealError as error:
            # The seals cover every field: what was changed after printing shows in the hash beside it as well.
            if printed.claimed_hash not in (None, block_hash(rules, header)):
                error.text += " The hash printed beside the header is not its hash either: a field was changed."
            raise
        self._keep(verified.header, verified.block_hash, transactions)
        self._validators()

    def _keep(self, header: Header, block_hash: Hash32, transactions: Hash32 | None) -> None:
        """Keep what receipts and proofs need; most blocks are empty and share it with the one before."""
        bloom = self._equal.setdefault(header.logs_bloom, header.logs_bloom)
        root = Hash32(self._equal.setdefault(header.receipts_root, header.receipts_root))
        state = Hash32(self._equal.setdefault(header.state_root, header.state_root))
        self.proven[header.number] = bodies.ProvenRoots(header.number, state, root, bloom, block_hash, transactions)

    def _genesis(self, printed: PrintedHeader) -> None:
        made = self.chain.config
        header = as_hashed(printed, partial(genesis_hash, made.schedule.rules(0)))
        if header != made.header or printed.claimed_hash not in (None, made.block_hash):
            raise GenesisMismatchError("Block 0 is not the one that the genesis file makes.", 0)

    def _body(self, printed: PrintedHeader, own_hash: Callable[[], Hash32]) -> Hash32 | None:
        """Check a block's body; gives what is kept of its transactions' hashes."""
        if printed.block is None:
            return None
        found = bodies.check_transactions(printed.header, printed.block, self.chain.schedule.client)
        if found is None:
            self.counts["unlisted"] += 1
            return None
        if found:
            demand_places(printed.header.number, own_hash(), printed.block["transactions"], "transaction")
        # Most blocks are empty: they share one digest.
        digest = digest_of(found)
        return Hash32(self._equal.setdefault(digest, digest)) if not found else digest

    def _validators(self) -> None:
        """Prove the lines given for the head, and take the next set from the newest whole list where it still holds."""
        head, contract = self.chain.head, self.chain.contract_for_next()
        self.validator_proofs.advance(head.number, self.proven)
        if contract is None:
            return
        unknown = self.chain.validators_for_next() is None
        given = self.validator_proofs.whole(contract)
        if unknown and (given is None or given.state_root != head.state_root):
            self.validator_proofs.advance(head.number, self.proven, whole_file=True)
            given = self.validator_proofs.whole(contract)
        # Recorded only where the state root changed: it holds until the next change, also across a transition.
        if given is None or given.state_root != head.state_root:
            return
        if unknown or given.height == head.number:
            self.chain.prove_validators(given.answer)

    def _demand_set(self) -> None:
        """Say what an answer lacks, where it is all that was given for the set of the next block."""
        contract = self.chain.contract_for_next()
        if contract is None or self.chain.validators_for_next() is not None:
            return
        given = self.validator_proofs.partial(contract)
        if given is not None and given.state_root == self.chain.head.state_root:
            self.chain.prove_validators(given.answer)

    def receipts(self) -> None:
        for number, value in read_lines(self.recording.receipts, "receipts file"):
            if not isinstance(value, dict):
                raise RecordingFormError(f"Line {number} of the receipts file is no object.")
            header = bodies.demand_proven(self.proven, block_number(value.get("blockNumber"), "receipts file"))
            bodies.check_receipts(header, value.get("receipts"))
            self.counts["receipts"] += 1

    def proofs(self) -> None:
        for line, _ in proof_lines(self.recording.proofs, "proofs file"):
            bodies.check_proof(bodies.demand_proven(self.proven, line.height), line.account, line.slots, line.answer)
            self.counts["proofs"] += 1

    def report(self, failure: Failure | None) -> RecordingReport:
        chain = self.chain
        members = chain.validators_for_next()
        warnings = []
        if members is None:
            warnings.append(
                "The set in force for the next block is not known without a proof of the validator contract."
            )
        if self.counts["unlisted"]:
            warnings.append(
                f"{self.counts['unlisted']} blocks list no whole transactions; their bodies were not checked."
            )
        return RecordingReport(
            height=chain.height,
            block_hash=chain.head_hash,
            validators=members,
            rules=_rules(chain.config, chain.height),
            warnings=tuple(warnings),
            receipts=self.counts["receipts"],
            proofs=self.counts["proofs"],
            failure=failure,
        )


def _rules(config: ChainConfig, height: int) -> str:
    """Name engine, client and way of finding the set, at a head."""
    schedule = config.schedule
    mode = "sequential-state" if schedule.contract(height + 1) is not None else "sequential-tally"
    return f"{schedule.rules(height).value} {schedule.client} {mode}"
