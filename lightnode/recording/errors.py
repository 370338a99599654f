"""What can be wrong with a recording beside the headers' own rules."""

from __future__ import annotations

from typing import ClassVar

from lightnode.consensus.errors import ConsensusError
from lightnode.errors import LightNodeError


class RecordingFormError(LightNodeError):
    """A line of a recording cannot be read.

    Attributes:
        last_good: the last block proven before it; None where none was looked at.
    """

    code = "RECORDING"
    advice = "Give newline-delimited JSON as the documentation of this command describes it."

    def __init__(self, text: str, last_good: int | None = None) -> None:
        """Store the sentence and the height."""
        super().__init__(text)
        self.last_good = last_good

    def after(self, height: int) -> RecordingFormError:
        """Give the same error with what was proven before it."""
        return type(self)(f"{self.text} Before it the chain is proven to block {height}.", height)


class NothingToVerifyError(RecordingFormError):
    """The header file holds no header."""

    code = "RECORDING-EMPTY"
    advice = "Give the file with the network's blocks or headers; look whether its making failed."


class TransactionsRootError(ConsensusError):
    """A block's transactions do not make its transactionsRoot."""

    code = "TRANSACTIONS-ROOT"
    rule: ClassVar[str] = "P1 transactions root"


class TransactionKindError(ConsensusError):
    """A block lists a transaction of a type that no client of this network has today, so its body cannot be checked."""

    code = "TRANSACTION-KIND"
    advice = "Use a newer version of this program for this network; if there is none, the block was changed."
    rule: ClassVar[str] = "P1 transactions root"


class PrintedPlaceError(ConsensusError):
    """What is printed of a transaction's or receipt's place contradicts the block that it stands in."""

    code = "PLACE-PRINTED"
    advice = "Record the block again, from another node if it stays so; nothing printed beside a proof is proven."
    rule: ClassVar[str] = "P4 printed place"


class ReceiptsRootError(ConsensusError):
    """A block's receipts do not make its receiptsRoot."""

    code = "RECEIPTS-ROOT"
    rule: ClassVar[str] = "P2 receipts root"


class StateProofError(ConsensusError):
    """A state proof does not verify under its block's stateRoot."""

    code = "STATE-PROOF"
    rule: ClassVar[str] = "P3 state proof"


class UnprovenHeightError(ConsensusError):
    """A receipt or proof belongs to a block that was not proven."""

    code = "HEIGHT-UNPROVEN"
    advice = "Give the headers up to this block as well."
    rule: ClassVar[str] = "P0 height"
