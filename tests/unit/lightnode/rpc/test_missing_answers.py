"""What a node does not have, or not yet: told apart, asked for again a few times, never believed to be an answer."""

from __future__ import annotations

from typing import Any

import pytest

from lightnode.rpc import patience
from lightnode.rpc.errors import (
    AccountUnprovableError,
    MissingAnswerError,
    RefusedError,
    StateMissingError,
    UnreachableError,
)
from lightnode.rpc.ledger import Ledger
from lightnode.wire.types import Hash32, address


class Scripted:
    """Answers in turn; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def call(self, method: str, _: Any = ()) -> Any:
        self.asked.append(method)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ledger(*answers: Any) -> Ledger:
    return Ledger(Scripted(*answers))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (RefusedError(-32000, "Account not found."), AccountUnprovableError),
        (RefusedError(-32000, "World state unavailable."), StateMissingError),
        (RefusedError(-32000, "missing trie node 0x12 (path ) state 0x12 is not available."), StateMissingError),
        (RefusedError(-32000, "header not found."), StateMissingError),
        (RefusedError(-39001, "Unknown block."), StateMissingError),
        (None, StateMissingError),
        (RefusedError(-32601, "Method not found."), RefusedError),
    ],
)
def test_why_there_is_no_proof(answer: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        ledger(answer).proof(address(b"\x01" * 20), [], 7)
    assert type(caught.value) is kind


@pytest.mark.parametrize("refusal", [(-32601, "Method not found"), (-32604, "Method not enabled"), (-32603, "Oh")])
def test_prices_and_balances_may_be_withheld(refusal: tuple[int, str]) -> None:
    assert ledger(RefusedError(*refusal)).gas_price() is None
    assert ledger(RefusedError(*refusal)).balance(address(b"\x01" * 20)) is None
    assert ledger("0x5").gas_price() == 5


def test_what_is_missing_is_asked_for_again_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", waited.append)
    script = Scripted(MissingAnswerError("no"), StateMissingError("no"), "0x1")
    assert patience.patiently(lambda: script.call("m")) == "0x1"
    assert waited == list(patience.PAUSES[:2])
    waited.clear()
    script = Scripted(*[MissingAnswerError("no")] * 20)
    with pytest.raises(MissingAnswerError):
        patience.patiently(lambda: script.call("m"))
    assert len(script.asked) == len(patience.PAUSES) + 1
    assert sum(waited) == sum(patience.PAUSES) < 5
    for trouble in (UnreachableError("gone"), RefusedError(-32603, "Internal error")):
        script = Scripted(trouble, "0x1")
        with pytest.raises(type(trouble)):
            patience.patiently(lambda: script.call("m"))  # noqa: B023


def test_a_receipt_that_is_not_there_yet_is_missing_and_not_malformed() -> None:
    """Besu knows a block for a moment before its receipts; a node without eth_getBlockReceipts then says null."""
    hashes = [Hash32(bytes([number]) * 32) for number in (1, 2)]
    with pytest.raises(MissingAnswerError):
        ledger([{"status": "0x1"}, None]).receipts(7, hashes)
