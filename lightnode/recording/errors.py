"""What can be wrong with a recording beside the headers' own rules."""

from __future__ import annotations

from typing import ClassVar

from lightnode.consensus.errors import ConsensusError
from lightnode.errors import LightNodeError


class RecordingFormError(LightNodeError):
    """A line of a recording cannot be read."""

    code = "RECORDING"
    advice = "Give newline-delimited JSON as the documentation of this command describes it."


class TransactionsRootError(ConsensusError):
    """A block's transactions do not make its transactionsRoot."""

    code = "TRANSACTIONS-ROOT"
    rule: ClassVar[str] = "P1 transactions root"


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
