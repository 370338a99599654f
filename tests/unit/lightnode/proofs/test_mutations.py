"""No mutation of a valid proof is accepted: verification raises, or says exactly the same. Every recorded proof is mutated.

The first tier takes a fixed sample of the single-bit changes, `./dev test --full` all of them; nodes dropped, repeated and
swapped, and claims changed, are tried whole in both.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from lightnode.consensus.schedule import GOQUORUM
from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import LightNodeError
from lightnode.proofs.block_body import ProvenBody, prove_body
from lightnode.proofs.inclusion import CountProof, Inclusion, cut_count, cut_inclusion, verify_count, verify_inclusion
from lightnode.proofs.state import prove_state
from lightnode.wire.types import Address
from tests.support.recorded_networks import NETWORKS, config, lines
from tests.support.recorded_server import RecordedServer, verified

PROVEN = [name for name in NETWORKS if lines(name, "proofs.jsonl")]
SHARES = 4
SAMPLE = 12
Path = tuple[Any, ...]


@cache
def known(network: str) -> dict[int, VerifiedHeader]:
    return verified(network)


@cache
def server(network: str) -> RecordedServer:
    return RecordedServer(network)


@cache
def body(network: str, height: int) -> ProvenBody:
    held, private = server(network), config(network).schedule.client == GOQUORUM
    entries, receipts = held.blocks[height]["transactions"], held.receipts[height]
    return prove_body(known(network)[height], entries, receipts, private_marks=private)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def rearranged(nodes: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """Give the nodes with one dropped, one repeated anywhere, and two swapped."""
    count = len(nodes)
    for at in range(count):
        yield nodes[:at] + nodes[at + 1 :]
        for to in range(count + 1):
            yield (*nodes[:to], nodes[at], *nodes[to:])
        for other in range(at + 1, count):
            swapped = list(nodes)
            swapped[at], swapped[other] = nodes[other], nodes[at]
            yield tuple(swapped)


def single_bits(nodes: tuple[bytes, ...], chosen: Callable[[int], list[int]]) -> Iterator[tuple[bytes, ...]]:
    """Give the nodes with one bit changed, for the chosen of all bits."""
    for at, node in enumerate(nodes):
        for bit in chosen(8 * len(node)):
            yield (*nodes[:at], flipped(node, bit), *nodes[at + 1 :])


def outcome(act: Callable[[], Any]) -> Any:
    """Give what is proven, or None where it is refused."""
    try:
        return act()
    except LightNodeError:
        return None


def demand_refused(act: Callable[[], Any]) -> None:
    with pytest.raises(LightNodeError):
        act()


def sample(name: str) -> Callable[[int], list[int]]:
    rng = random.Random(name)
    return lambda bits: rng.sample(range(bits), min(SAMPLE, bits))


def share(which: int) -> Callable[[int], list[int]]:
    return lambda bits: list(range(which, bits, SHARES))


# State


class StateProof:
    """One recorded `eth_getProof` answer under its header."""

    def __init__(self, network: str, entry: dict[str, Any]) -> None:
        whose, slots, height = entry["params"]
        self.header = known(network)[int(height, 16)]
        self.account = Address(bytes.fromhex(whose[2:]))
        self.slots = [int(slot, 16) for slot in slots]
        self.answer = entry["result"]
        self.truth = self.prove(self.answer)

    def prove(self, answer: Any) -> Any:
        return prove_state(self.header, self.account, self.slots, answer)

    def lists(self) -> Iterator[tuple[Callable[[list[str]], Any], tuple[bytes, ...]]]:
        """Give each list of nodes, and how an answer with other nodes in its place is made."""
        yield lambda nodes: self.answer | {"accountProof": nodes}, self._bytes(self.answer["accountProof"])
        for at, one in enumerate(self.answer["storageProof"]):
            yield self._with_storage(at), self._bytes(one["proof"])

    def _with_storage(self, at: int) -> Callable[[list[str]], Any]:
        def replace(nodes: list[str]) -> Any:
            entries = list(self.answer["storageProof"])
            entries[at] = entries[at] | {"proof": nodes}
            return self.answer | {"storageProof": entries}

        return replace

    @staticmethod
    def _bytes(nodes: list[str]) -> tuple[bytes, ...]:
        return tuple(bytes.fromhex(node[2:]) for node in nodes)


@cache
def state_proofs(network: str) -> list[StateProof]:
    return [StateProof(network, json.loads(line)) for line in lines(network, "proofs.jsonl")]


def flip_state(network: str, chosen: Callable[[int], list[int]]) -> int:
    """Change single bits of all state proofs of a network; give how many were tried."""
    tried = 0
    for proof in state_proofs(network):
        for replace, nodes in proof.lists():
            for changed in single_bits(nodes, chosen):
                given = replace(["0x" + node.hex() for node in changed])
                demand_refused(lambda proof=proof, given=given: proof.prove(given))  # type: ignore[misc]
                tried += 1
    return tried


@pytest.mark.parametrize("network", PROVEN)
def test_no_bit_of_a_state_proof_can_change(network: str) -> None:
    assert flip_state(network, sample(network)) > 300


@pytest.mark.full
@pytest.mark.parametrize("which", range(SHARES))
@pytest.mark.parametrize("network", PROVEN)
def test_no_bit_of_a_state_proof_can_change_all(network: str, which: int) -> None:
    assert flip_state(network, share(which)) > 10_000


@pytest.mark.parametrize("network", PROVEN)
def test_no_node_of_a_state_proof_is_dropped_repeated_or_moved(network: str) -> None:
    tried = 0
    for proof in state_proofs(network):
        for replace, nodes in proof.lists():
            for changed in rearranged(nodes):
                given = replace(["0x" + node.hex() for node in changed])
                if changed == nodes:
                    continue
                demand_refused(lambda proof=proof, given=given: proof.prove(given))  # type: ignore[misc]
                tried += 1
    assert tried > 200


def other_values(value: str, chosen: Callable[[int], list[int]]) -> list[str]:
    """Give other quantities and hashes in place of a claim: chosen bits changed, and the favourites of a liar."""
    width, number = len(value) - 2, int(value, 16)
    every = [number ^ 1 << bit for bit in chosen(4 * width)] + [0, 1, number + 1, 2**256 - 1, number << 8]
    return [f"0x{each:0{width}x}" for each in every if each != number and each < 2**256]


def other_claims(answer: dict[str, Any], chosen: Callable[[int], list[int]]) -> Iterator[dict[str, Any]]:
    """Give an answer with one claim changed, or one slot left out."""
    for name in ("address", "nonce", "balance", "storageHash", "codeHash"):
        for value in other_values(answer[name], chosen):
            yield answer | {name: value}
    slots = answer["storageProof"]
    for at, one in enumerate(slots):
        for name in ("key", "value"):
            for value in other_values(one[name], chosen):
                yield answer | {"storageProof": [*slots[:at], one | {name: value}, *slots[at + 1 :]]}
        yield answer | {"storageProof": slots[:at] + slots[at + 1 :]}


def change_claims(network: str, chosen: Callable[[int], list[int]]) -> int:
    tried = 0
    for proof in state_proofs(network):
        # A missing account may be printed with hashes of zeros, and without its slots: the same is said of it.
        allowed = (None,) if proof.truth.account is not None else (None, proof.truth)
        for given in other_claims(proof.answer, chosen):
            assert outcome(lambda proof=proof, given=given: proof.prove(given)) in allowed  # type: ignore[misc]
            tried += 1
    return tried


@pytest.mark.parametrize("network", PROVEN)
def test_no_claim_of_a_state_proof_can_change(network: str) -> None:
    rng = random.Random(network)
    assert change_claims(network, lambda bits: rng.sample(range(bits), min(2, bits))) > 500


@pytest.mark.full
@pytest.mark.parametrize("network", PROVEN)
def test_no_claim_of_a_state_proof_can_change_all(network: str) -> None:
    assert change_claims(network, lambda bits: list(range(bits))) > 5000


@pytest.mark.parametrize("network", PROVEN)
def test_no_state_proof_holds_for_another_question(network: str) -> None:
    """Each recorded answer, asked of each other account, and of a slot that it does not prove."""
    proofs = state_proofs(network)
    for proof in proofs:
        for other in proofs:
            if other.account != proof.account:
                asked = lambda proof=proof, other=other: prove_state(  # type: ignore[misc] # noqa: E731
                    proof.header, other.account, other.slots, proof.answer
                )
                demand_refused(asked)
        if proof.truth.account is not None:
            demand_refused(lambda proof=proof: prove_state(proof.header, proof.account, [1 << 77], proof.answer))  # type: ignore[misc]


# Transactions and receipts in a block


def inclusions(network: str) -> Iterator[tuple[VerifiedHeader, Inclusion, CountProof]]:
    """Give a proof of the last transaction of every recorded block, and of how many there are."""
    for height in server(network).receipts:
        whole = body(network, height)
        yield whole.header, cut_inclusion(whole, len(whole.transactions) - 1), cut_count(whole)


def flip_inclusions(network: str, chosen: Callable[[int], list[int]]) -> int:
    tried = 0
    for header, good, count in inclusions(network):
        given: list[Any] = []
        for nodes in single_bits(good.transaction_nodes, chosen):
            given.append(Inclusion(good.index, nodes, good.receipt_nodes))
        for nodes in single_bits(good.receipt_nodes, chosen):
            given.append(Inclusion(good.index, good.transaction_nodes, nodes))
        for wrong in given:
            demand_refused(lambda header=header, wrong=wrong: verify_inclusion(header, wrong))  # type: ignore[misc]
        counts = [CountProof(count.count, nodes, count.beyond_nodes) for nodes in single_bits(count.last_nodes, chosen)]
        counts += [
            CountProof(count.count, count.last_nodes, nodes) for nodes in single_bits(count.beyond_nodes, chosen)
        ]
        for claim in counts:
            demand_refused(lambda header=header, claim=claim: verify_count(header, claim))  # type: ignore[misc]
        tried += len(given) + len(counts)
    return tried


@pytest.mark.parametrize("network", PROVEN)
def test_no_bit_of_an_inclusion_can_change(network: str) -> None:
    assert flip_inclusions(network, sample(network)) > 300


@pytest.mark.full
@pytest.mark.parametrize("which", range(SHARES))
@pytest.mark.parametrize("network", PROVEN)
def test_no_bit_of_an_inclusion_can_change_all(network: str, which: int) -> None:
    assert flip_inclusions(network, share(which)) > 30_000


@pytest.mark.parametrize("network", PROVEN)
def test_no_node_of_an_inclusion_is_dropped_repeated_or_moved(network: str) -> None:
    for header, good, count in inclusions(network):
        transactions, receipts = good.transaction_nodes, good.receipt_nodes
        wrong = [Inclusion(good.index, nodes, receipts) for nodes in rearranged(transactions) if nodes != transactions]
        wrong += [Inclusion(good.index, transactions, nodes) for nodes in rearranged(receipts) if nodes != receipts]
        wrong += [Inclusion(index, transactions, receipts) for index in range(300) if index != good.index]
        wrong.append(Inclusion(good.index, receipts, transactions))
        for one in wrong:
            if (one.transaction_nodes, one.receipt_nodes) == (transactions, receipts) and one.index == good.index:
                continue
            demand_refused(lambda header=header, one=one: verify_inclusion(header, one))  # type: ignore[misc]
        for number in range(300):
            if number != count.count:
                claim = CountProof(number, count.last_nodes, count.beyond_nodes)
                demand_refused(lambda header=header, claim=claim: verify_count(header, claim))  # type: ignore[misc]


# Whole bodies, as printed


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every leaf of a JSON value with the way to it."""
    if isinstance(value, dict | list) and value:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, name))
    else:
        yield path, value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Give a JSON value with another leaf; only what lies on the way is copied."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def leaf_changes(value: Any, rng: random.Random) -> list[Any]:
    """Give other leaves: one digit or bit changed, shortened, lengthened, of another kind, none."""
    other: list[Any] = [None, 7, "", "0x", "0x0", "0x1", [], {}, True]
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        at = rng.randrange(2, len(value))
        digit = f"{int(value[at], 16) ^ 1 << rng.randrange(4):x}"
        other += [value[:at] + digit + value[at + 1 :], value[:-1], value + "0", value[:-2], value + "00"]
    return [one for one in other if one != value]


def change_bodies(network: str, keep: Callable[[int], bool]) -> int:
    """Change the chosen leaves of the printed bodies of a network: the same body is proven, or none."""
    rng, tried, private = random.Random(network), 0, config(network).schedule.client == GOQUORUM
    held, refused = server(network), 0
    for height in held.receipts:
        header, truth = known(network)[height], body(network, height)
        whole = {"t": held.blocks[height]["transactions"], "r": held.receipts[height]}
        for number, (path, value) in enumerate(leaves(whole)):
            if not keep(number):
                continue
            for new in leaf_changes(value, rng):
                given = replaced(whole, path, new)
                found = outcome(
                    lambda header=header, given=given: prove_body(  # type: ignore[misc]
                        header, given["t"], given["r"], private_marks=private
                    )
                )
                assert found in (None, truth)
                tried, refused = tried + 1, refused + (found is None)
    assert refused > tried // 4
    return tried


@pytest.mark.parametrize("network", PROVEN)
def test_no_leaf_of_a_printed_body_can_change(network: str) -> None:
    rng = random.Random(network)
    assert change_bodies(network, lambda number: rng.random() < 0.02) > 150


@pytest.mark.full
@pytest.mark.parametrize("which", range(SHARES))
@pytest.mark.parametrize("network", PROVEN)
def test_no_leaf_of_a_printed_body_can_change_all(network: str, which: int) -> None:
    assert change_bodies(network, lambda number: number % SHARES == which) > 1500


@pytest.mark.parametrize("network", PROVEN)
def test_no_transaction_receipt_or_log_is_dropped_repeated_or_moved(network: str) -> None:
    private, held = config(network).schedule.client == GOQUORUM, server(network)
    for height in held.receipts:
        header, entries, receipts = known(network)[height], held.blocks[height]["transactions"], held.receipts[height]
        wrong = [(list(some), receipts) for some in rearranged(tuple(entries)) if list(some) != entries]
        wrong += [(entries, list(some)) for some in rearranged(tuple(receipts)) if list(some) != receipts]
        for at, receipt in enumerate(receipts):
            for logs in rearranged(tuple(receipt["logs"][:5])):
                other = [*logs, *receipt["logs"][5:]]
                if other != receipt["logs"]:
                    wrong.append((entries, [*receipts[:at], receipt | {"logs": other}, *receipts[at + 1 :]]))
        for given, printed in wrong:
            demand_refused(
                lambda header=header, given=given, printed=printed: prove_body(  # type: ignore[misc]
                    header, given, printed, private_marks=private
                )
            )
