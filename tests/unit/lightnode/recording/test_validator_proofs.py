"""`--validator-proofs`: every line is proven under its own header, needed or not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from lightnode.consensus.contract_pin import ContractPin, ContractPinError
from lightnode.consensus.validator_contract import element_slot, is_whole_list
from lightnode.recording import validator_proofs
from lightnode.recording.errors import RecordingFormError
from lightnode.recording.report import RecordingReport
from lightnode.wire.keccak import keccak256
from tests.support.made_chain import MadeAccount, MadeChain, State, address_of, key, proof_line, validator_list

CONTRACT = bytes(18) + b"\x77\x77"
OTHER = b"\xaa" * 20
CODE = b"\x60\x01"
PROOF_HEIGHTS = (2, 5, 8, 10)


def contract_chain(client: str, start: int, *, slot: int = 0, deployed_later: bool = False) -> MadeChain:
    """Give a chain in contract mode from a height on (0: from genesis), with a proof wherever its state changes."""
    everybody = [address_of(key(index)) for index in range(6)]
    listed = everybody[:4]

    def world(balance: int) -> State:
        contract = MadeAccount(1, 0, CODE, validator_list(listed, slot))
        return {CONTRACT: contract, OTHER: MadeAccount(0, 10**20 + balance), b"\xbb" * 20: MadeAccount(0, 5)}

    begun = world(0)
    if deployed_later:
        del begun[CONTRACT]
    mode = {"validatorselectionmode": "contract", "validatorcontractaddress": "0x" + CONTRACT.hex()}
    if start == 0:
        chain = MadeChain(client, state=begun, section=mode, named=False)
    else:
        entry = {"block": start, **mode}
        chain = MadeChain(
            client, state=begun, config={"transitions": {"qbft": [entry]} if client == "besu" else [entry]}
        )
    chain.keys |= {address_of(key(index)): key(index) for index in range(6)}
    first = start + (client == "goquorum" and start > 0)
    chain.in_contract = lambda height: height >= first
    chain.contract_set = list(listed)
    for height in range(1, 13):
        if height == 5:
            listed = [*listed, everybody[4]]
        if height == 8:
            listed = listed[1:]
        chain.block(state=world(height) if height in PROOF_HEIGHTS else None, number=height % 2)
        chain.contract_set = list(listed)
        if height in PROOF_HEIGHTS:
            chain.proofs.append(proof_line(chain.state, height, CONTRACT))
    return chain


def outcome(report: RecordingReport) -> tuple[str, int, int | None]:
    if report.failure is None:
        return "ok", report.height, None
    return report.failure.code, report.height, report.failure.height


def changed(chain: MadeChain, index: int, change: Any) -> list[dict[str, Any]]:
    made = copy.deepcopy(chain.proofs)
    change(made[index])
    return made


def cut(line: dict[str, Any]) -> None:
    del line["result"]["accountProof"][-1]


def garbage(line: dict[str, Any]) -> None:
    line["result"]["accountProof"] = ["0xdeadbeef"]


def another_word(line: dict[str, Any]) -> None:
    line["result"]["storageProof"][1]["value"] = "0x1"


def another_account(line: dict[str, Any]) -> None:
    line["params"][0] = "0x" + OTHER.hex()


def nothing(line: dict[str, Any]) -> None:
    line["result"] = None


def nonsense(line: dict[str, Any]) -> None:
    line["result"] = "nonsense"


@pytest.mark.parametrize("client", ["besu", "goquorum"])
@pytest.mark.parametrize("start", [0, 4, 5, 6, 9])
def test_genuine_proofs_in_any_order(client: str, start: int) -> None:
    chain = contract_chain(client, start)
    for proofs in (chain.proofs, chain.proofs[::-1], [*chain.proofs, *chain.proofs]):
        report = chain.verify(validator_proofs=proofs)
        assert outcome(report) == ("ok", 12, None)
        assert report.validators == tuple(chain.members())


@pytest.mark.parametrize("change", [cut, garbage, another_word, another_account, nothing, nonsense])
@pytest.mark.parametrize("start", [0, 6, 9])
@pytest.mark.parametrize("client", ["besu", "goquorum"])
def test_every_line_is_proven_needed_or_not(client: str, start: int, change: Any) -> None:
    chain = contract_chain(client, start)
    for index, height in enumerate(PROOF_HEIGHTS):
        assert outcome(chain.verify(validator_proofs=changed(chain, index, change))) == ("STATE-PROOF", height, height)


def test_none_of_two_lines_for_a_block_is_passed_over() -> None:
    chain = contract_chain("besu", 0)
    bad = changed(chain, 1, garbage)[1]
    for proofs in ([*chain.proofs[:1], bad, *chain.proofs[1:]], [*chain.proofs[:2], bad, *chain.proofs[2:]]):
        assert outcome(chain.verify(validator_proofs=proofs)) == ("STATE-PROOF", 5, 5)
    # Behind a later block's line it is found when its turn comes.
    assert outcome(chain.verify(validator_proofs=[*chain.proofs, bad])) == ("STATE-PROOF", 10, 5)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_line_beyond_the_head_is_not_proven(at: int) -> None:
    chain = contract_chain("besu", 6)
    beyond = copy.deepcopy(chain.proofs[0])
    beyond["params"][2] = "0xffff"
    beyond["result"] = "nonsense"
    proofs = [*chain.proofs[:at], beyond, *chain.proofs[at:]]
    assert outcome(chain.verify(validator_proofs=proofs)) == ("HEIGHT-UNPROVEN", 12, 0xFFFF)


def test_another_networks_file_is_refused() -> None:
    chain, other = contract_chain("besu", 9), contract_chain("besu", 9)
    other.state[OTHER] = MadeAccount(0, 1)
    foreign = [proof_line(other.state, height, CONTRACT) for height in PROOF_HEIGHTS]
    assert outcome(chain.verify(validator_proofs=foreign)) == ("STATE-PROOF", 2, 2)


def test_proofs_on_a_network_without_a_contract_are_proven_as_well() -> None:
    chain = MadeChain(state={OTHER: MadeAccount(0, 5)})
    for _ in range(3):
        chain.block()
    good = proof_line(chain.state, 2, OTHER)
    assert outcome(chain.verify(validator_proofs=[good])) == ("ok", 3, None)
    bad = copy.deepcopy(good)
    bad["result"]["balance"] = "0x6"
    assert outcome(chain.verify(validator_proofs=[bad])) == ("STATE-PROOF", 2, 2)


def test_without_proofs_the_chain_stops_where_the_set_is_not_certain() -> None:
    chain = contract_chain("besu", 0)
    assert outcome(chain.verify()) == ("SET-UNKNOWN", 2, 3)


def test_a_proof_of_half_the_list_names_its_block() -> None:
    chain = contract_chain("besu", 0)
    half = copy.deepcopy(chain.proofs[0])
    half["params"][1] = half["params"][1][:1]
    half["result"]["storageProof"] = [one for one in half["result"]["storageProof"] if one["key"] == "0x0"]
    assert outcome(chain.verify(validator_proofs=[half, *chain.proofs[1:]])) == ("SET-STORAGE", 2, 2)


def half_of(line: dict[str, Any], kept: str | None = "0x0") -> dict[str, Any]:
    """Give a genuine answer about one slot of the list, or about the account alone."""
    half = copy.deepcopy(line)
    half["params"][1] = [slot for slot in half["params"][1] if slot == kept]
    half["result"]["storageProof"] = [one for one in half["result"]["storageProof"] if one["key"] == kept]
    return half


@pytest.mark.parametrize("kept", ["0x0", None])
@pytest.mark.parametrize("client", ["besu", "goquorum"])
@pytest.mark.parametrize("start", [0, 6])
def test_an_answer_of_half_the_list_stands_in_nobody_s_way(start: int, client: str, kept: str | None) -> None:
    chain = contract_chain(client, start)
    halves = [half_of(line, kept) for line in chain.proofs]
    # Under the same state root, also of a block that brought no new state.
    later = copy.deepcopy(halves[1])
    later["params"][2] = "0x6"
    both = [one for pair in zip(chain.proofs, halves, strict=True) for one in pair]
    for proofs in (both, both[::-1], [*chain.proofs, *halves, later], [later, *halves, *chain.proofs]):
        report = chain.verify(validator_proofs=proofs)
        assert outcome(report) == ("ok", 12, None)
        assert report.validators == tuple(chain.members())


def test_an_answer_of_half_the_list_is_proven_as_well() -> None:
    chain = contract_chain("besu", 0)
    bad = half_of(chain.proofs[1])
    bad["result"]["storageProof"][0]["value"] = "0x9"
    assert outcome(chain.verify(validator_proofs=[*chain.proofs[:2], bad, *chain.proofs[2:]])) == ("STATE-PROOF", 5, 5)


def test_half_the_list_at_the_head_leaves_the_next_set_open() -> None:
    chain = contract_chain("besu", 0)
    chain.block(state=chain.state | {OTHER: MadeAccount(0, 1)})
    half = half_of(proof_line(chain.state, 13, CONTRACT))
    report = chain.verify(validator_proofs=[*chain.proofs, half])
    assert (outcome(report), report.validators) == (("ok", 13, None), None)
    assert report.warnings


def test_a_list_that_no_list_can_be_is_whole() -> None:
    """A proven length of zero, or out of bounds, decides: waiting for more proofs would hide it."""
    assert is_whole_list({0: 0}.get)
    assert is_whole_list({0: 1025}.get)
    assert not is_whole_list({0: 1}.get)
    assert not is_whole_list({}.get)
    assert is_whole_list({0: 1, element_slot(0): 0}.get)


CODE_HASH = keccak256(CODE)


@pytest.mark.parametrize("client", ["besu", "goquorum"])
def test_a_contract_deployed_by_a_transaction_needs_its_code_pinned(client: str) -> None:
    chain = contract_chain(client, 6, deployed_later=True)
    report = chain.verify(validator_proofs=chain.proofs)
    assert outcome(report)[0] == "SET-UNPINNED"
    assert report.failure is not None
    assert "0x" + CODE_HASH.hex() in report.failure.message
    assert "--validator-contract" in report.failure.advice
    pinned = {CONTRACT: ContractPin(0, CODE_HASH)}
    assert outcome(chain.verify(validator_proofs=chain.proofs, contracts=pinned)) == ("ok", 12, None)
    other = {CONTRACT: ContractPin(0, keccak256(b"another"))}
    first = 5 if client == "besu" else 6
    assert outcome(chain.verify(validator_proofs=chain.proofs, contracts=other)) == ("SET-CODE", first, first)


@pytest.mark.parametrize("start", [0, 6])
def test_a_list_at_another_slot(start: int) -> None:
    chain = contract_chain("besu", start, slot=2)
    last = 0 if start == 0 else 5
    code, good, height = outcome(report := chain.verify(validator_proofs=chain.proofs))
    assert (code, good) == ("SET-STORAGE", last)
    assert height == (1 if start == 0 else 5)
    assert report.failure is not None
    assert "--validator-contract" in report.failure.advice
    pinned = {CONTRACT: ContractPin(2)}
    assert outcome(chain.verify(validator_proofs=chain.proofs, contracts=pinned)) == ("ok", 12, None)


def test_what_is_pinned_fits_the_genesis_file() -> None:
    chain = contract_chain("besu", 0)
    assert (
        outcome(chain.verify(validator_proofs=chain.proofs, contracts={CONTRACT: ContractPin(0, CODE_HASH)}))[0] == "ok"
    )
    for contracts in ({OTHER: ContractPin()}, {CONTRACT: ContractPin(0, keccak256(b"another"))}):
        with pytest.raises(ContractPinError):
            chain.verify(validator_proofs=chain.proofs, contracts=contracts)


def test_a_proof_that_the_contract_does_not_exist() -> None:
    chain = contract_chain("besu", 6, deployed_later=True)
    without = {whose: one for whose, one in chain.state.items() if whose != CONTRACT}
    chain = MadeChain(
        state=without,
        named=False,
        section={"validatorselectionmode": "contract", "validatorcontractaddress": "0x" + CONTRACT.hex()},
    )
    report = chain.verify(validator_proofs=[proof_line(without, 0, CONTRACT)])
    assert outcome(report) == ("SET-CODE", 0, 0)


def test_a_file_out_of_order_is_held_only_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = contract_chain("besu", 0)
    monkeypatch.setattr(validator_proofs, "MAX_WAITING_BYTES", 1000)
    assert outcome(chain.verify(validator_proofs=chain.proofs)) == ("ok", 12, None)
    with pytest.raises(RecordingFormError):
        chain.verify(validator_proofs=chain.proofs[::-1])


def test_a_line_that_cannot_be_read_is_another_error() -> None:
    chain = contract_chain("besu", 0)
    for line in (b"{", json.dumps({"params": []}).encode()):
        with pytest.raises(RecordingFormError):
            chain.verify(validator_proofs=[*chain.proofs, line])
