"""What a node means when it refuses a signed transaction: Besu by its numbers, go-ethereum and GoQuorum by their words.

Sources: Besu `RpcErrorType`; go-ethereum `core/error.go`, `core/txpool/errors.go`, `internal/ethapi`; GoQuorum
`core/tx_pool.go` and its permission model. Invariants: only exact known forms are told apart, a form may be followed by
`: details`; what is not known stays the node's own refusal. A refusal never ends a job.
"""

from __future__ import annotations

from enum import Enum

from desktop.services.job_errors import (
    BalanceLowError,
    FeeRefusedError,
    GasRefusedError,
    JobError,
    NodeBusyError,
    NonceGapError,
    NotPermittedError,
)
from lightnode.rpc.errors import RefusedError


class Refusal(Enum):
    """Why a node took no transaction."""

    KNOWN = "known"
    NONCE_PASSED = "nonce passed"
    FEE = "fee"
    BALANCE = "balance"
    GAS = "gas"
    PERMISSION = "permission"
    GAP = "gap"
    BUSY = "busy"
    OTHER = "other"


# -32000 stands for many things, and -32005 also for a gateway's limit of requests; both are told by their words.
_BESU_NUMBERS = {
    -32001: Refusal.NONCE_PASSED,
    -32003: Refusal.GAS,
    -32004: Refusal.BALANCE,
    -32006: Refusal.GAP,
    -32007: Refusal.PERMISSION,
    -32008: Refusal.BUSY,
    -32009: Refusal.FEE,
}
_FORMS = {
    Refusal.KNOWN: ("known transaction", "already known", "already imported"),
    Refusal.NONCE_PASSED: ("nonce too low",),
    Refusal.FEE: (
        "gas price below configured minimum gas price",
        "gas price below current base fee",
        "transaction fee cap exceeded",
        "max priority fee per gas exceeds max fee per gas",
        "replacement transaction underpriced",
        "transaction underpriced",
        "max fee per gas less than block base fee",
        "max priority fee per gas higher than max fee per gas",
        "gas price not 0",
        "gasprice must be set to zero on a goquorum compatible network",
    ),
    Refusal.BALANCE: (
        "upfront cost exceeds account balance",
        "insufficient funds for gas * price + value",
        "insufficient funds for transfer",
        "insufficient funds",
    ),
    Refusal.GAS: (
        "intrinsic gas exceeds gas limit",
        "intrinsic gas too low",
        "transaction gas limit exceeds block gas limit",
        "exceeds block gas limit",
        "gas limit reached",
    ),
    Refusal.PERMISSION: (
        "sender account not authorized to send transactions",
        "read only account. cannot transact",
        "account does not have permission for the transaction",
    ),
    Refusal.GAP: (
        "nonce too high",
        "transaction nonce is too distant from current sender nonce",
        "an invalid transaction with a lower nonce exists",
    ),
    Refusal.BUSY: ("txpool is full", "the transaction pool is full", "initial sync is still in progress"),
}


def kind_of(refusal: RefusedError) -> Refusal:
    """Tell what a refusal means: by Besu's number, else by exact known words.

    Args:
        refusal: the node's answer to a transaction.
    """
    by_number = _BESU_NUMBERS.get(refusal.number)
    if by_number is not None:
        return by_number
    words = refusal.reason.lower().rstrip(".").strip()
    for kind, forms in _FORMS.items():
        if any(words == form or words.startswith(form + ":") for form in forms):
            return kind
    return Refusal.OTHER


_ERRORS: dict[Refusal, type[JobError]] = {
    Refusal.FEE: FeeRefusedError,
    Refusal.BALANCE: BalanceLowError,
    Refusal.GAS: GasRefusedError,
    Refusal.PERMISSION: NotPermittedError,
    Refusal.GAP: NonceGapError,
    Refusal.BUSY: NodeBusyError,
}


def error_of(refusal: RefusedError) -> JobError | None:
    """Give the error that says what happened and what to do; None where the refusal is not a known one."""
    kind = _ERRORS.get(kind_of(refusal))
    if kind is None:
        return None
    return kind(f"The signed act was not taken; the node says ({refusal.number}): {refusal.reason}")
