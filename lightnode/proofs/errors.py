"""What can be wrong with what a server gives to prove something under a verified header."""

from __future__ import annotations

from typing import ClassVar

from lightnode.consensus.errors import ConsensusError


class ProvingError(ConsensusError):
    """Base of what proving under a verified header raises."""

    code = "PROVING"
    advice = "Ask another node: this one's answer does not belong to the verified block."
    rule: ClassVar[str] = "R0 proof"


class StateUnprovenError(ProvingError):
    """An `eth_getProof` answer does not prove what was asked under the block's state root."""

    code = "PROOF-STATE"
    rule: ClassVar[str] = "R1 state"


class CodeUnprovenError(ProvingError):
    """The code given is not the code whose hash the account's leaf holds."""

    code = "PROOF-CODE-HASH"
    rule: ClassVar[str] = "R2 code"


class BodyTransactionsError(ProvingError):
    """The transactions given do not make the block's transactionsRoot."""

    code = "BODY-TRANSACTIONS"
    rule: ClassVar[str] = "R3 transactions"


class BodyReceiptsError(ProvingError):
    """The receipts given do not make the block's receiptsRoot and bloom."""

    code = "BODY-RECEIPTS"
    rule: ClassVar[str] = "R4 receipts"


class PrivateReceiptsError(BodyReceiptsError):
    """The receipts of a block with private transactions cannot be rebuilt from what this node shows."""

    code = "BODY-PRIVATE"
    advice = "Ask a node that is no party to the private transactions of this block; it shows the public receipts."


class SenderUnprovenError(ProvingError):
    """The block has no such transaction, or its signature does not lead to an account."""

    code = "PROOF-SENDER"
    advice = "Check the index; on a network with another curve, that the right profile was given."
    rule: ClassVar[str] = "R5 transaction"


class InclusionError(ProvingError):
    """A transaction or receipt is not proven to stand in the block."""

    code = "PROOF-INCLUSION"
    rule: ClassVar[str] = "R8 inclusion"


class ScanGapError(ProvingError):
    """Headers given to a scan do not follow one another."""

    code = "SCAN-GAP"
    advice = "Give every header of the range once, in order."
    rule: ClassVar[str] = "R7 absence"


class NotProvableError(ProvingError):
    """What was asked cannot be proven over this route."""

    code = "ROUTE-UNPROVABLE"
    advice = "Ask over a route that proves it: state needs a node that answers eth_getProof."
    rule: ClassVar[str] = "R9 route"
