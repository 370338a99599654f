"""What nodes say when they take no transaction, by Besu's numbers and by the exact words of each make."""

from __future__ import annotations

import pytest

from desktop.services import send_refusal
from desktop.services.revert_reason import is_revert
from desktop.services.send_refusal import Refusal
from lightnode.rpc.errors import RefusedError

SAID = [
    (-32001, "Nonce too low", Refusal.NONCE_PASSED, None),
    (-32000, "nonce too low: next nonce 5, tx nonce 3", Refusal.NONCE_PASSED, None),
    (-32000, "Known transaction", Refusal.KNOWN, None),
    (-32000, "known transaction: 0x1234", Refusal.KNOWN, None),
    (-32000, "already known", Refusal.KNOWN, None),
    (-32009, "Gas price below configured minimum gas price", Refusal.FEE, "JOB-FEE-REFUSED"),
    (-32009, "Gas price below current base fee", Refusal.FEE, "JOB-FEE-REFUSED"),
    (-32000, "transaction underpriced", Refusal.FEE, "JOB-FEE-REFUSED"),
    (-32000, "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 0", Refusal.FEE, "JOB-FEE-REFUSED"),
    (-32000, "Gas price not 0", Refusal.FEE, "JOB-FEE-REFUSED"),
    (-32004, "transaction up-front cost 0x7 exceeds transaction sender account balance 0x0", Refusal.BALANCE,
     "JOB-BALANCE-LOW"),
    (-32000, "Upfront cost exceeds account balance", Refusal.BALANCE, "JOB-BALANCE-LOW"),
    (-32000, "insufficient funds for gas * price + value: address 0x1 have 0 want 5", Refusal.BALANCE,
     "JOB-BALANCE-LOW"),
    (-32003, "Intrinsic gas exceeds gas limit", Refusal.GAS, "JOB-GAS-REFUSED"),
    (-32005, "Transaction gas limit exceeds block gas limit", Refusal.GAS, "JOB-GAS-REFUSED"),
    (-32000, "intrinsic gas too low", Refusal.GAS, "JOB-GAS-REFUSED"),
    (-32000, "exceeds block gas limit", Refusal.GAS, "JOB-GAS-REFUSED"),
    (-32007, "Sender account not authorized to send transactions", Refusal.PERMISSION, "JOB-NOT-PERMITTED"),
    (-32000, "read only account. cannot transact", Refusal.PERMISSION, "JOB-NOT-PERMITTED"),
    (-32006, "Nonce too high", Refusal.GAP, "JOB-NONCE-GAP"),
    (-32000, "Transaction nonce is too distant from current sender nonce", Refusal.GAP, "JOB-NONCE-GAP"),
    (-32008, "Initial sync is still in progress", Refusal.BUSY, "JOB-NODE-BUSY"),
    (-32000, "txpool is full", Refusal.BUSY, "JOB-NODE-BUSY"),
    (-32005, "limit exceeded", Refusal.OTHER, None),
    (-32000, "Unknown account", Refusal.OTHER, None),
    (-32000, "nonce", Refusal.OTHER, None),
    (-32000, "it is not known whether the nonce too low is already imported", Refusal.OTHER, None),
    (-32603, "Internal error", Refusal.OTHER, None),
    (0, "no reason given", Refusal.OTHER, None),
]  # fmt: skip


@pytest.mark.parametrize(("number", "words", "kind", "code"), SAID)
@pytest.mark.parametrize("end", ["", "."])
def test_a_refusal_is_told_by_number_and_exact_words(
    number: int, words: str, kind: Refusal, code: str | None, end: str
) -> None:
    refusal = RefusedError(number, words + end)
    assert send_refusal.kind_of(refusal) is kind
    error = send_refusal.error_of(refusal)
    assert (None if error is None else error.code) == code
    if error is not None:
        assert words in error.text
        assert str(number) in error.text


@pytest.mark.parametrize(
    ("number", "words", "data", "revert"),
    [
        (3, "reverted", b"", True),
        (-32000, "Execution reverted.", b"", True),
        (-32000, "anything", b"\x01\x02\x03\x04", True),
        (-32000, "out of gas", b"", True),
        (-32603, "Internal error.", b"", False),
        (-32601, "Method not found.", b"", False),
        (-32000, "World state unavailable.", b"", False),
        (-32000, "It was not reverted.", b"", False),
    ],
)
def test_only_a_revert_is_the_registers_refusal(number: int, words: str, data: bytes, revert: bool) -> None:
    assert is_revert(RefusedError(number, words, data)) is revert
