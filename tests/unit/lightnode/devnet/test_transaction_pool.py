"""The pool: what it admits, what it prefers, and that the engine would take all that it admits."""

from __future__ import annotations

import pytest

from lightnode.devnet.errors import TransactionRefusedError
from lightnode.devnet.settings import DEFAULT_CHAIN_ID, GAS_LIMIT
from lightnode.devnet.transaction_pool import MAX_POOL, TransactionPool, Waiting, intrinsic_gas, read
from lightnode.devnet.world_state import WorldAccount
from lightnode.wire.transaction import TransactionType, UnsignedTransaction
from lightnode.wire.transaction_fields import AccessEntry
from lightnode.wire.types import Address, Hash32
from tests.support.training_network import person, signed

TO = b"\x01" * 20
POOR, RICH = WorldAccount(), WorldAccount(balance=10**24)


def item(key: int, nonce: int, **changes: int) -> Waiting:
    return read(signed(person(key), nonce, TO, **changes).encode())


def test_senders_keep_their_order_and_gaps_wait() -> None:
    pool = TransactionPool(DEFAULT_CHAIN_ID)
    late, first, gap, other = item(1, 1), item(1, 0), item(1, 3), item(2, 0)
    for one in (late, first, gap, other):
        pool.add(one, POOR)
    chosen = pool.choose(lambda _: 0)
    assert [one.unsigned.nonce for one in chosen if one.sender == first.sender] == [0, 1]
    assert other in chosen
    assert gap not in chosen
    assert pool.next_nonce(first.sender, 0) == 2
    pool.remove(chosen)
    assert len(pool) == 1
    pool.forget_below(lambda _: 4)
    assert len(pool) == 0
    assert pool.find(gap.name) is None


def test_a_block_takes_no_more_than_its_gas() -> None:
    pool = TransactionPool(DEFAULT_CHAIN_ID)
    half = GAS_LIMIT // 2
    for key in (1, 2, 3):
        pool.add(item(key, 0, gas=half), POOR)
    assert len(pool.choose(lambda _: 0)) == 2


def test_a_waiting_transaction_gives_way_to_one_that_pays_as_much() -> None:
    pool = TransactionPool(DEFAULT_CHAIN_ID)
    first, better, worse = item(1, 0, price=5), item(1, 0, price=7), item(1, 0, price=6)
    pool.add(first, RICH)
    pool.add(better, RICH)
    with pytest.raises(TransactionRefusedError, match="underpriced"):
        pool.add(worse, RICH)
    assert pool.find(better.name) is better
    assert pool.find(first.name) is None
    with pytest.raises(TransactionRefusedError, match="Known transaction"):
        pool.add(better, RICH)


def test_a_full_pool_says_so_and_still_lets_its_own_be_replaced() -> None:
    pool = TransactionPool(DEFAULT_CHAIN_ID)
    sample = item(1, 0)
    for number in range(MAX_POOL):
        fake = Address(number.to_bytes(20, "big"))
        pool.add(Waiting(sample.transaction, fake, sample.raw, Hash32(number.to_bytes(32, "big"))), POOR)
    with pytest.raises(TransactionRefusedError, match="full"):
        pool.add(sample, POOR)
    pool.add(Waiting(sample.transaction, Address(bytes(20)), sample.raw, sample.name), POOR)
    assert len(pool) == MAX_POOL


def test_another_chain_an_old_nonce_and_too_little_money_are_refused() -> None:
    pool = TransactionPool(DEFAULT_CHAIN_ID)
    for wrong, account, code in (
        (item(1, 0, chain_id=5), POOR, -32000),
        (item(1, 0), WorldAccount(nonce=1), -32001),
        (item(1, 0, gas=20_000), POOR, -32003),
        (item(1, 0, value=1), POOR, -32004),
        (item(1, 0, gas=GAS_LIMIT + 1), POOR, -32005),
    ):
        with pytest.raises(TransactionRefusedError) as caught:
            pool.add(wrong, account)
        assert caught.value.rpc_code == code
    with pytest.raises(TransactionRefusedError) as caught:
        read(b"\x02\xc0")
    assert caught.value.rpc_code == -32602
    assert len(pool) == 0


def test_intrinsic_gas_is_that_of_the_yellow_paper() -> None:
    entries = (AccessEntry(Address(TO), (Hash32(bytes(32)), Hash32(bytes(32)))),)
    made = UnsignedTransaction(
        TransactionType.ACCESS_LIST, DEFAULT_CHAIN_ID, 0, 0, None, None, 90_000, None, 0, b"\x00\x01\x00", entries
    )
    assert intrinsic_gas(made) == 21_000 + 32_000 + 4 + 16 + 4 + 2400 + 2 * 1900
    assert intrinsic_gas(item(1, 0).unsigned) == 21_000
