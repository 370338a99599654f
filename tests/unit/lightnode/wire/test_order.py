"""An order to accept one height: governance's threshold under the root, one network, one block, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lightnode.errors import WireError
from lightnode.wire.envelope import ThresholdError
from lightnode.wire.order import HeightException, OrderError, read_height_exception, verify_height_exception
from lightnode.wire.payload import Payload
from lightnode.wire.types import Hash32
from tests.support.envelope_signing import DAY, GENESIS, NOW, TestKey, TestNetwork, k1, payload, r1, sealed

BLOCK = Hash32(b"\x66" * 32)
ORDER = HeightException(GENESIS, 4, BLOCK)
NETWORK = TestNetwork()


def ordered(body: Any = None, **changes: object) -> Payload:
    """The payload of an order."""
    return payload("order", ORDER.body() if body is None else body, **changes)


def verify(what: Payload, *keys: TestKey, genesis: Hash32 = GENESIS, now: int = NOW) -> HeightException:
    return verify_height_exception(sealed(what, *(keys or NETWORK.governance)), NETWORK.root(), genesis, now)


def test_governance_orders_one_block_of_one_network() -> None:
    assert verify(ordered()) == ORDER
    assert verify(ordered(), now=NOW + 90 * DAY) == ORDER
    assert ORDER.body() == [2, GENESIS, 4, BLOCK]


@pytest.mark.parametrize(
    "keys",
    [(r1(11),), (k1(12),), (r1(11), k1(13)), (r1(1), r1(2)), (r1(21),), (r1(11), k1(12), k1(3)), (r1(11), r1(11))],
    ids=["one of two", "the other alone", "a foreign key", "root keys", "a country's", "one too many", "one twice"],
)
def test_it_is_signed_by_exactly_governance_s_threshold(keys: tuple[TestKey, ...]) -> None:
    with pytest.raises(ThresholdError):
        verify(ordered(), *keys)


def test_another_network_s_order_does_not_help() -> None:
    with pytest.raises(OrderError, match="is about the network of genesis 0x5555"):
        verify(ordered(), genesis=Hash32(b"\x56" * 32))


def test_another_environment_or_kind_does_not_help() -> None:
    for what in (ordered(environment="test"), replace(ordered(), kind="pack"), replace(ordered(), kind="approval")):
        with pytest.raises(WireError) as refused:
            verify(what)
        assert refused.value.code == "ENVELOPE-KIND"


@pytest.mark.parametrize("now", [NOW - 1, NOW + 90 * DAY + 1])
def test_an_order_not_yet_issued_or_ended_does_not_help(now: int) -> None:
    with pytest.raises(OrderError) as refused:
        verify(ordered(), now=now)
    assert refused.value.code == "ORDER-TIME"


@pytest.mark.parametrize(
    "body",
    [
        [], [2], {}, None, 2, [2, GENESIS, 4], [2, GENESIS, 4, BLOCK, 0], [1, NOW], [3, 1, b"puk"], [4, b"root"],
        [5, GENESIS, 4, BLOCK], [True, GENESIS, 4, BLOCK], ["2", GENESIS, 4, BLOCK], [2, GENESIS, 0, BLOCK],
        [2, GENESIS, -1, BLOCK], [2, GENESIS, True, BLOCK], [2, GENESIS, "4", BLOCK], [2, GENESIS, 1 << 63, BLOCK],
        [2, GENESIS[:31], 4, BLOCK], [2, GENESIS, 4, BLOCK + b"\0"], [2, None, 4, BLOCK], [2, GENESIS, 4, None],
        [2, GENESIS, [4, 5], BLOCK], [2, 4, GENESIS, BLOCK],
    ],
)  # fmt: skip
def test_a_malformed_or_another_order_is_refused(body: Any) -> None:
    made = replace(ordered(), body=body)
    with pytest.raises(OrderError):
        read_height_exception(made)
    with pytest.raises(WireError):
        verify(made)


@pytest.mark.parametrize("changes", [{"scope": GENESIS}, {"issuer": b"PT"}, {"issuer": b"\1" * 32}])
def test_an_order_has_no_scope_and_no_issuer(changes: dict[str, Any]) -> None:
    with pytest.raises(OrderError):
        verify(ordered(**changes))
