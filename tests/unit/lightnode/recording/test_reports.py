"""What the command says: how far, by which rule, or which rule the first bad line breaks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.consensus.errors import GenesisError
from lightnode.errors import LightNodeError
from lightnode.recording import bodies
from lightnode.recording.errors import NothingToVerifyError, ReceiptsRootError, RecordingFormError
from lightnode.recording.lines import MAX_LINE, block_number
from lightnode.recording.report import RecordingReport
from lightnode.recording.verification import verify_recording
from lightnode.wire.types import hash32
from tests.support.recorded_networks import FOREVER, RECORDED, headers, lines, recording

LONDON = "besu-qbft-votes-london"


def verify(**changes: object) -> RecordingReport:
    return verify_recording(recording(LONDON, **changes), FOREVER)


def block_lines(height: int, **changes: Any) -> list[bytes]:
    """Give the header file with one block changed; None takes a member away."""
    made = lines(LONDON, "blocks.jsonl")
    block = json.loads(made[height]) | changes
    made[height] = json.dumps({name: value for name, value in block.items() if value is not None}).encode()
    return made


def refused(report: RecordingReport, code: str, height: int, last_good: int) -> None:
    value = report.as_json()
    assert set(value) == {"ok", "height", "error"}
    assert value["ok"] is False
    assert value["height"] == last_good
    assert value["error"]["code"] == code
    assert value["error"]["height"] == height
    assert value["error"]["rule"][0] in "HP"
    assert value["error"]["message"].endswith(".")
    json.dumps(value)


def test_good() -> None:
    value = verify().as_json()
    assert value["ok"] is True
    assert value["height"] == 62
    assert value["hash"] == json.loads(lines(LONDON, "blocks.jsonl")[-1])["hash"]
    assert value["validators"] == sorted(value["validators"])
    assert value["rules"] == "qbft besu sequential-tally"
    assert value["warnings"] == []


def test_the_file_may_begin_after_genesis_and_hold_blank_lines() -> None:
    made = lines(LONDON, "blocks.jsonl")
    assert verify(headers=[b"", *made[1:], b"\n"]).height == 62
    assert verify(headers=made[:1]).height == 0


@pytest.mark.parametrize("content", [[], [b""], [b" \n", b"\n"]])
def test_a_file_without_a_header_is_nothing_to_verify(content: list[bytes]) -> None:
    with pytest.raises(NothingToVerifyError) as caught:
        verify(headers=content)
    assert (caught.value.code, caught.value.last_good) == ("RECORDING-EMPTY", 0)


@pytest.mark.parametrize("bad", [b"{", b"[]", b"null", b"[" * 100_000])
def test_a_line_that_cannot_be_read_says_what_was_proven_before(bad: bytes) -> None:
    made = lines(LONDON, "blocks.jsonl")
    with pytest.raises(RecordingFormError) as caught:
        verify(headers=[*made[:31], bad, *made[31:]])
    assert caught.value.last_good == 30
    assert "to block 30" in caught.value.text
    for name in ("receipts", "proofs"):
        with pytest.raises(RecordingFormError) as caught:
            verify(**{name: [bad]})
        assert caught.value.last_good == 62


def test_a_set_that_is_not_known_is_null() -> None:
    network = "besu-qbft-contract-cancun"
    blocks = lines(network, "blocks.jsonl")
    first = next(n for n in range(1, 60) if headers(network)[n].state_root != headers(network)[0].state_root)
    report = verify_recording(
        recording(network, headers=blocks[: first + 1], validator_proofs=(), receipts=(), proofs=()), FOREVER
    )
    value = report.as_json()
    assert (value["ok"], value["height"], value["validators"]) == (True, first, None)
    assert "not known" in value["warnings"][0]


def test_a_field_of_block_0_that_was_not_hashed_is_left_out() -> None:
    network = "besu-ibft2-votes-berlin"
    made = [json.dumps(json.loads(line) | {"baseFeePerGas": "0x7"}).encode() for line in lines(network, "blocks.jsonl")]
    assert verify_recording(recording(network, headers=made), FOREVER).failure is None
    first = {k: v for k, v in json.loads(made[0]).items() if k != "hash"}
    report = verify_recording(recording(network, headers=[json.dumps(first).encode()]), FOREVER)
    refused(report, "GENESIS-MISMATCH", 0, 0)


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("hash", "0x" + "11" * 32, "HEADER-HASH"),
        ("hash", "0x11", "HEADER-FORM"),
        ("stateRoot", "0x" + "11" * 32, "HEADER-FORM"),
        ("number", "0x14", "HEADER-FORM"),
        ("blockNumber", "0x1_4", "HEADER-FORM"),
        ("blockNumber", "0x15", "HEADER-FORM"),
    ],
)
def test_what_stands_beside_a_raw_header_is_compared_or_refused(member: str, value: str, code: str) -> None:
    made = lines(LONDON, "raw_headers.jsonl")
    row = json.loads(made[20])
    good = row | {"hash": json.loads(lines(LONDON, "blocks.jsonl")[20])["hash"]}
    assert verify(headers=[*made[:20], json.dumps(good).encode(), *made[21:]]).height == 62
    refused(verify(headers=[*made[:20], json.dumps(row | {member: value}).encode()]), code, 20, 19)


@pytest.mark.parametrize(
    "height", ["0x_e", "0x0_1", "0x 1", " 0x1", "1", "0x", "0x1" + "0" * 16, -1, 1 << 64, 1.0, True]
)
def test_heights_are_read_strictly(height: Any) -> None:
    with pytest.raises(RecordingFormError):
        block_number(height, "file")
    assert [block_number(value, "file") for value in ("0x1", "0X1", "0x01", 1)] == [1] * 4


@pytest.mark.parametrize(
    "params",
    [
        ["0x 1" + "1" * 38, [], "0x1"],
        ["0x" + "1_" * 20, [], "0x1"],
        ["0x" + "11" * 19, [], "0x1"],
        ["0x" + "11" * 20, ["0x0_1"], "0x1"],
        ["0x" + "11" * 20, ["-0x1"], "0x1"],
        ["0x" + "11" * 20, ["0x1" + "0" * 64], "0x1"],
        ["0x" + "11" * 20, [1], "0x1"],
    ],
)
def test_parameters_are_read_strictly(params: list[Any]) -> None:
    with pytest.raises(RecordingFormError):
        verify(proofs=[json.dumps({"params": params, "result": {}}).encode()])


def test_blocks_without_bodies_are_noted() -> None:
    made = [line.replace(b'"transactions"', b'"tx"') for line in lines(LONDON, "blocks.jsonl")]
    assert "bodies were not checked" in verify(headers=made).warnings[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"gasUsed": "0x1"}, "SEAL"),
        ({"stateRoot": "0x" + "00" * 32}, "SEAL"),
        ({"number": "0x15"}, "HEADER-NUMBER"),
        ({"parentHash": "0x" + "00" * 32}, "HEADER-PARENT"),
        ({"timestamp": "0x1"}, "HEADER-TIME"),
        ({"timestamp": "0xffffffffffffffff"}, "HEADER-FUTURE"),
        ({"difficulty": "0x2"}, "HEADER-CONSTANT"),
        ({"extraData": "0x"}, "EXTRA-DATA"),
        ({"hash": "0x" + "00" * 32}, "HEADER-HASH"),
        ({"stateRoot": None}, "HEADER-FORM"),
        ({"stateRoot": "0x00"}, "HEADER-FORM"),
        ({"gasLimit": "0x1" + "00" * 8}, "HEADER-FORM"),
        ({"transactions": [{"type": "0x0"}]}, "TRANSACTIONS-ROOT"),
        ({"transactions": [7]}, "TRANSACTIONS-ROOT"),
        ({"transactions": [7], "stateRoot": "0x" + "00" * 32}, "SEAL"),
    ],
)
def test_the_first_bad_block_is_named(changes: dict[str, Any], code: str) -> None:
    refused(verify(headers=block_lines(20, **changes)), code, 20, 19)


@pytest.mark.parametrize("fields", [["baseFeePerGas"], ["baseFeePerGas", "withdrawalsRoot"]])
def test_a_field_printed_but_not_hashed_is_left_out(fields: list[str]) -> None:
    """Besu's documentation shows such a block: its hash is reproduced only without the base fee."""
    network = "besu-ibft2-votes-berlin"
    values = {"baseFeePerGas": "0x7", "withdrawalsRoot": "0x" + "00" * 32}
    more = {name: values[name] for name in fields}
    made = [json.dumps(json.loads(line) | more).encode() for line in lines(network, "blocks.jsonl")[1:]]
    report = verify_recording(recording(network, headers=made), FOREVER)
    assert report.failure is None
    assert report.height == len(made)
    # Where the printed hash does not show it, the header stands as printed and its seals fail.
    silent = [json.dumps({k: v for k, v in json.loads(line).items() if k != "hash"}).encode() for line in made]
    report = verify_recording(recording(network, headers=silent), FOREVER)
    assert report.failure is not None
    assert (report.failure.code, report.height) == ("SEAL", 0)


def test_missing_transactions_are_noticed() -> None:
    height = next(
        n for n, line in enumerate(lines(LONDON, "blocks.jsonl")) if len(json.loads(line)["transactions"]) > 1
    )
    block = json.loads(lines(LONDON, "blocks.jsonl")[height])
    short = verify(headers=block_lines(height, transactions=block["transactions"][:-1]))
    refused(short, "TRANSACTIONS-ROOT", height, height - 1)
    swapped = verify(headers=block_lines(height, transactions=block["transactions"][::-1]))
    refused(swapped, "TRANSACTIONS-ROOT", height, height - 1)


def _with_bodies(least: int = 1) -> tuple[int, list[Any]]:
    """Give the first block with so many transactions, and them."""
    found = ((n, json.loads(line)["transactions"]) for n, line in enumerate(lines(LONDON, "blocks.jsonl")))
    return next((height, made) for height, made in found if len(made) >= least)


NO_BODIES: list[Any] = [
    {"a": 1}, {}, "0x", 1, True, ["0x00"], [1], [None], [[]], [{}], ["0x" + "ab" * 31], ["0x" + "ab" * 33], ["ab" * 32],
    ["0x" + "ab" * 32, {}], ["0x" + "ab" * 32, "0x00"],
]  # fmt: skip


@pytest.mark.parametrize("body", NO_BODIES, ids=range(len(NO_BODIES)))
def test_what_is_no_list_of_transactions_hides_no_body(body: Any) -> None:
    for height in (1, _with_bodies()[0]):
        refused(verify(headers=block_lines(height, transactions=body)), "TRANSACTIONS-ROOT", height, height - 1)


@pytest.mark.parametrize("more", ["0x00", "0x" + "ab" * 32, {"type": "0x7f"}, {}, None, 1])
def test_nothing_added_to_a_body_hides_a_change(more: Any) -> None:
    height, bodies_ = _with_bodies()
    changed = [bodies_[0] | {"value": "0x123"}, *bodies_[1:]]
    for made in ([*changed, more], [more, *changed], [*bodies_, more]):
        report = verify(headers=block_lines(height, transactions=made))
        assert report.failure is not None
        assert report.failure.code in ("TRANSACTIONS-ROOT", "TRANSACTION-KIND")
        assert (report.failure.height, report.height) == (height, height - 1)


def test_hashes_alone_are_a_note_but_not_in_an_empty_block() -> None:
    height, bodies_ = _with_bodies()
    report = verify(headers=block_lines(height, transactions=[one["hash"] for one in bodies_]))
    assert (report.failure, report.height) == (None, 62)
    assert report.warnings == ("1 blocks list no whole transactions; their bodies were not checked.",)
    empty = next(
        n for n, line in enumerate(lines(LONDON, "blocks.jsonl")) if n and not json.loads(line)["transactions"]
    )
    refused(verify(headers=block_lines(empty, transactions=["0x" + "ab" * 32])), "TRANSACTIONS-ROOT", empty, empty - 1)
    refused(verify(headers=block_lines(height, transactions=[])), "TRANSACTIONS-ROOT", height, height - 1)


@pytest.mark.parametrize("name", ["blockNumber", "blockHash", "transactionIndex"])
@pytest.mark.parametrize("value", ["0x63", "0x" + "ab" * 32, "junk", 99, [], False])
def test_a_transaction_that_says_it_stands_elsewhere(name: str, value: Any) -> None:
    height, bodies_ = _with_bodies()
    made = [*bodies_[:-1], bodies_[-1] | {name: value}]
    refused(verify(headers=block_lines(height, transactions=made)), "PLACE-PRINTED", height, height - 1)


@pytest.mark.parametrize("name", ["blockNumber", "blockHash", "transactionIndex", "transactionHash"])
@pytest.mark.parametrize("value", ["0x63", "0x" + "ab" * 32, "junk", 99, [], False])
def test_a_receipt_that_says_it_is_another_s(name: str, value: Any) -> None:
    def elsewhere(line: Any) -> None:
        line["receipts"][0][name] = value

    height = int(json.loads(lines(LONDON, "receipts.jsonl")[1])["blockNumber"], 16)
    refused(verify(receipts=changed_line("receipts.jsonl", 1, elsewhere)), "PLACE-PRINTED", height, 62)


@pytest.mark.parametrize("name", ["blockNumber", "blockHash", "transactionIndex", "transactionHash"])
def test_what_a_receipt_does_not_say_is_not_missed(name: str) -> None:
    def silent(line: Any) -> None:
        for receipt in line["receipts"]:
            del receipt[name]

    assert verify(receipts=changed_line("receipts.jsonl", 1, silent)).failure is None


@pytest.mark.parametrize("name", ["parentHash", "stateRoot", "transactionsRoot", "receiptsRoot", "extraData", "number"])
def test_a_block_that_lacks_a_field_breaks_a_rule(name: str) -> None:
    refused(verify(headers=block_lines(9, **{name: None})), "HEADER-FORM", 9, 8)


def test_a_changed_field_is_named_where_the_printed_hash_shows_it() -> None:
    report = verify(headers=block_lines(9, stateRoot="0x" + "ab" * 32))
    refused(report, "SEAL", 9, 8)
    assert report.failure is not None
    assert "a field was changed" in report.failure.message
    unprinted = verify(headers=block_lines(9, stateRoot="0x" + "ab" * 32, hash=None))
    refused(unprinted, "SEAL", 9, 8)
    assert unprinted.failure is not None
    assert "a field was changed" not in unprinted.failure.message


def test_a_changed_field_is_named_in_a_block_with_transactions_too() -> None:
    height, _ = _with_bodies()
    report = verify(headers=block_lines(height, gasUsed="0x1"))
    refused(report, "SEAL", height, height - 1)
    assert report.failure is not None
    assert "a field was changed" in report.failure.message


def _first_with(least_receipts: int, least_logs: int) -> tuple[int, int]:
    """Give a receipts line with so many receipts, the first of them with so many logs, and its height."""
    for index, line in enumerate(lines(LONDON, "receipts.jsonl")):
        value = json.loads(line)
        made = value["receipts"]
        if len(made) >= least_receipts and len(made[0]["logs"]) >= least_logs:
            return index, block_number(value["blockNumber"], "file")
    raise AssertionError("no such block is recorded")


def test_a_receipt_without_its_transaction_s_hash_hides_no_other_s() -> None:
    def hide(line: Any) -> None:
        line["receipts"][0]["transactionHash"] = "0x" + "ab" * 32
        del line["receipts"][1]["transactionHash"]

    index, height = _first_with(2, 0)
    refused(verify(receipts=changed_line("receipts.jsonl", index, hide)), "PLACE-PRINTED", height, 62)


@pytest.mark.parametrize("name", ["blockNumber", "blockHash", "transactionIndex", "transactionHash"])
@pytest.mark.parametrize("value", ["0x63", "0x" + "ab" * 32, "junk", []])
def test_a_log_that_says_it_stands_elsewhere(name: str, value: Any) -> None:
    def elsewhere(line: Any) -> None:
        line["receipts"][0]["logs"][0][name] = value

    index, height = _first_with(1, 1)
    refused(verify(receipts=changed_line("receipts.jsonl", index, elsewhere)), "PLACE-PRINTED", height, 62)


def test_gaps_repetitions_and_another_genesis() -> None:
    made = lines(LONDON, "blocks.jsonl")
    refused(verify(headers=[*made[:10], *made[11:]]), "HEADER-NUMBER", 10, 9)
    refused(verify(headers=[*made[:10], *made[9:]]), "HEADER-NUMBER", 10, 9)
    refused(verify(headers=[made[0], *made]), "HEADER-NUMBER", 1, 0)
    refused(verify(headers=block_lines(0, timestamp="0x1")), "GENESIS-MISMATCH", 0, 0)
    refused(verify(headers=block_lines(0, hash="0x" + "00" * 32)), "GENESIS-MISMATCH", 0, 0)


def test_another_networks_headers_are_refused_at_once() -> None:
    report = verify(headers=lines("besu-ibft2-votes-berlin", "blocks.jsonl"))
    refused(report, "GENESIS-MISMATCH", 0, 0)
    refused(verify(headers=lines("besu-ibft2-votes-berlin", "blocks.jsonl")[1:]), "HEADER-PARENT", 1, 0)


def test_another_client_is_tried_and_refused() -> None:
    report = verify_recording(recording("besu-qbft-contract-cancun", client="goquorum"), FOREVER)
    assert report.failure is not None
    assert report.failure.code in ("GENESIS-MISMATCH", "HEADER-FORM")


def test_headers_of_the_future_are_refused() -> None:
    first = headers(LONDON)[1].timestamp
    refused(verify_recording(recording(LONDON), first - 16), "HEADER-FUTURE", 1, 0)
    assert (
        verify_recording(
            recording(LONDON, headers=lines(LONDON, "blocks.jsonl")[:2], receipts=(), proofs=()), first - 15
        ).height
        == 1
    )


def changed_line(name: str, index: int, change: Any) -> list[bytes]:
    made = lines(LONDON, name)
    value = json.loads(made[index])
    change(value)
    made[index] = json.dumps(value).encode()
    return made


def test_receipts() -> None:
    def cut(value: Any) -> None:
        value["receipts"] = value["receipts"][:-1]

    def gas(value: Any) -> None:
        value["receipts"][0]["cumulativeGasUsed"] = "0x1"

    def status(value: Any) -> None:
        value["receipts"][0]["status"] = "0x0" if value["receipts"][0]["status"] == "0x1" else "0x1"

    def nothing(value: Any) -> None:
        value["receipts"][0] = {}

    height = int(json.loads(lines(LONDON, "receipts.jsonl")[1])["blockNumber"], 16)
    for change in (cut, gas, status, nothing):
        refused(verify(receipts=changed_line("receipts.jsonl", 1, change)), "RECEIPTS-ROOT", height, 62)

    def later(value: Any) -> None:
        value["blockNumber"] = 1000

    refused(verify(receipts=changed_line("receipts.jsonl", 1, later)), "HEIGHT-UNPROVEN", 1000, 62)


def test_the_bloom_is_that_of_the_logs() -> None:
    header = headers(LONDON)[7]
    entries = json.loads(lines(LONDON, "receipts.jsonl")[1])["receipts"]
    found = hash32(bytes.fromhex(entries[0]["blockHash"][2:]))
    roots = bodies.ProvenRoots(7, header.state_root, header.receipts_root, header.logs_bloom, found, None)
    assert bodies.check_receipts(roots, entries) == len(entries)
    with pytest.raises(ReceiptsRootError):
        bodies.check_receipts(replace(roots, logs_bloom=b"\xff" * 256), entries)


def test_state_proofs() -> None:
    def balance(value: Any) -> None:
        value["result"]["balance"] = "0x1"

    def node(value: Any) -> None:
        value["result"]["accountProof"] = value["result"]["accountProof"][:-1]

    def word(value: Any) -> None:
        value["result"]["storageProof"][0]["value"] = "0x123456"

    def other(value: Any) -> None:
        value["params"][0] = "0x" + "12" * 20

    index = next(
        n for n, line in enumerate(lines(LONDON, "proofs.jsonl")) if json.loads(line)["result"]["storageProof"]
    )
    for change in (balance, node, word, other):
        made = changed_line("proofs.jsonl", index, change)
        height = int(json.loads(made[index])["params"][2], 16)
        refused(verify(proofs=made), "STATE-PROOF", height, 62)


def test_validator_proofs_of_another_state_are_refused() -> None:
    network = "besu-qbft-contract-cancun"
    made = lines(network, "validator_proofs.jsonl")
    first, second = json.loads(made[1]), json.loads(made[2])
    first["result"], second["result"] = second["result"], first["result"]
    swapped = [made[0], json.dumps(first).encode(), json.dumps(second).encode(), *made[3:]]
    report = verify_recording(recording(network, validator_proofs=swapped), FOREVER)
    assert report.failure is not None
    assert (report.failure.code, report.failure.height) == ("STATE-PROOF", report.height)


UNREADABLE = [
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"0x"',
    b"{}",
    b'{"jsonrpc": "2.0", "result": null}',
    b'{"header": "0x", "header": "0x"}',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"number": ' + b"9" * 100 + b"}",
    b'{"number": NaN}',
    b'{"\\ud800": 1}',
]


@pytest.mark.parametrize("line", UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize("name", ["headers", "receipts", "proofs", "validator_proofs"])
def test_what_cannot_be_read_is_another_error(name: str, line: bytes) -> None:
    with pytest.raises(RecordingFormError):
        verify(**{name: [line]})


def test_a_line_of_enormous_length_is_refused_unread() -> None:
    with pytest.raises(RecordingFormError):
        verify(headers=[b" " * (MAX_LINE + 1)])


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b"\xff"])
def test_a_genesis_file_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(GenesisError):
        verify(genesis=data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 66) | st.floats() | st.text(max_size=6)
    | st.sampled_from(["0x", "0x1", "0x" + "00" * 32, "latest", "0x" + "11" * 20]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["header", "blockNumber", "receipts", "params", "result", "logs", "type", "address", "key",
                         "parentHash", "accountProof", "storageProof"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.sampled_from(["headers", "receipts", "proofs", "validator_proofs"]), JSON, st.integers(0, 6))
def test_any_line_gives_a_report_or_one_clear_error(name: str, value: Any, at: int) -> None:
    made = lines(LONDON, "blocks.jsonl")[:6]
    files: dict[str, list[bytes]] = {"headers": made, "receipts": [], "proofs": [], "validator_proofs": []}
    files[name] = [*files[name][:at], json.dumps(value).encode(), *files[name][at:]]
    try:
        report = verify(**files)
    except LightNodeError as error:
        assert isinstance(error, RecordingFormError)
    else:
        json.dumps(report.as_json())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from([("receipts", "receipts.jsonl"), ("proofs", "proofs.jsonl"), ("headers", "blocks.jsonl")]),
    st.integers(0, 3), st.integers(0, 1 << 20), st.binary(min_size=1, max_size=4),
)  # fmt: skip
def test_changed_bytes_never_crash_and_never_prove_more(
    file: tuple[str, str], index: int, at: int, patch: bytes
) -> None:
    name, path = file
    made = lines(LONDON, path)
    line = made[index]
    at %= len(line)
    made[index] = line[:at] + patch + line[at + len(patch) :]
    try:
        report = verify(**{name: made})
    except RecordingFormError:
        return
    assert report.block_hash.hex() in (RECORDED / LONDON / "blocks.jsonl").read_text()
