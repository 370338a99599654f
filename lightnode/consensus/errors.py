"""One leaf for each consensus rule, with the height and the rule's number in `docs/verification.md`."""

from __future__ import annotations

from typing import ClassVar

from lightnode.errors import LightNodeError


class ConsensusError(LightNodeError):
    """A header breaks a rule.

    Attributes:
        rule: number and name of the rule.
        height: of the offending header, where known.
    """

    code = "HEADER"
    advice = "Do not rely on this chain beyond the last good block; compare with another source."
    rule: ClassVar[str] = "H0 header"

    def __init__(self, text: str, height: int | None = None) -> None:
        """Store the sentence and the height."""
        super().__init__(text)
        self.height = height


class HeaderFormError(ConsensusError):
    """A header is not canonical, or has fields that its network never writes."""

    code = "HEADER-FORM"
    rule = "H1 form"


class HeaderHashError(ConsensusError):
    """The hash a node printed is not the header's."""

    code = "HEADER-HASH"
    rule = "H2 printed hash"


class NumberError(ConsensusError):
    """A header's number does not follow its parent's."""

    code = "HEADER-NUMBER"
    rule = "H3 number"


class ParentHashError(ConsensusError):
    """A header names another parent."""

    code = "HEADER-PARENT"
    rule = "H4 parent hash"


class TimestampGapError(ConsensusError):
    """A header comes earlier than one block period after its parent."""

    code = "HEADER-TIME"
    rule = "H5 time after parent"


class FutureTimeError(ConsensusError):
    """A header's time is ahead of the clock."""

    code = "HEADER-FUTURE"
    advice = "Check this computer's clock; if it is right, do not rely on this chain."
    rule = "H6 time not ahead"


class ConstantError(ConsensusError):
    """Difficulty, mixHash, ommersHash or nonce is not the engine's constant."""

    code = "HEADER-CONSTANT"
    rule = "H7 constants"


class GasError(ConsensusError):
    """Gas limit or gas used is out of bounds."""

    code = "HEADER-GAS"
    rule = "H8 gas"


class ExtraDataError(ConsensusError):
    """The extraData is not in its engine's canonical form."""

    code = "EXTRA-DATA"
    rule = "H9 extraData"


class AmbiguousRulesError(ConsensusError):
    """A header can be read under two rule sets of its network."""

    code = "EXTRA-AMBIGUOUS"
    rule = "H9 extraData"
    advice = (
        "Ask the network's operators how this block came about. If it is genuine, governance can let this one block pass: "
        "chancery order make."
    )


class ValidatorListError(ConsensusError):
    """The list in the header is not the set in force, ascending."""

    code = "VALIDATOR-LIST"
    rule = "H10 validator list"


class ProposerError(ConsensusError):
    """The proposer is no member of the set in force."""

    code = "PROPOSER"
    rule = "H11 proposer"


class SealError(ConsensusError):
    """A seal is malformed, repeated, or not a member's."""

    code = "SEAL"
    rule = "H12 seals"


class QuorumError(ConsensusError):
    """Fewer members sealed than the quorum."""

    code = "SEAL-QUORUM"
    rule = "H13 quorum"


class UnknownSetError(ConsensusError):
    """The validator set for a height cannot be derived from what was given."""

    code = "SET-UNKNOWN"
    advice = "Give the proofs of the validator contract (--validator-proofs)."
    rule = "H14 set in contract mode"


class ContractProofError(ConsensusError):
    """An answer about the validator contract proves nothing under the state root of its block."""

    code = "SET-PROOF"
    advice = (
        "The answer is damaged, or of another block or network; fetch the contract's proof again, from another node."
    )
    rule = "H14 set in contract mode"


class ContractCodeError(ConsensusError):
    """The validator contract's code is not the pinned one."""

    code = "SET-CODE"
    rule = "H14 set in contract mode"


class UnpinnedCodeError(ContractCodeError):
    """Nothing says which code the validator contract has: it is not in the genesis file."""

    code = "SET-UNPINNED"
    advice = "Learn the code hash from a source you trust; give --validator-contract ADDRESS=SLOT:CODEHASH."


class ContractStorageError(ConsensusError):
    """The proven storage holds no well-formed validator list."""

    code = "SET-STORAGE"
    advice = "Prove the whole list; if the contract keeps it elsewhere, give --validator-contract ADDRESS=SLOT."
    rule = "H14 set in contract mode"


class GenesisError(LightNodeError):
    """A genesis file cannot be read, or holds a setting that this version does not know."""

    code = "GENESIS"
    advice = "Give the genesis file the network's nodes were started with."


class GenesisMismatchError(ConsensusError):
    """Block 0 is not the one that the genesis file makes."""

    code = "GENESIS-MISMATCH"
    advice = "Give the genesis file of the network that the headers come from."
    rule = "H15 genesis"
