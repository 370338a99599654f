"""Genesis files: what is read, in any case of letters, and what is refused rather than guessed."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightnode.consensus.errors import GenesisError, QuorumError
from lightnode.consensus.extra_data import BftRules
from lightnode.consensus.genesis import asks_base_fee, load_genesis
from lightnode.consensus.schedule import BESU, GOQUORUM
from lightnode.wire.curve import Curve
from tests.support.recorded_networks import FOREVER, NETWORKS, RECORDED, OwnNetwork, config, genesis_file, members

ADDRESS = "0x" + "77" * 20


def changed(config_changes: dict[str, Any] | None = None, **document_changes: Any) -> bytes:
    """Give a Besu QBFT genesis file with changes; None takes a member away."""
    document = json.loads(genesis_file(BftRules.QBFT, members(4)))
    for target, changes in ((document["config"], config_changes or {}), (document, document_changes)):
        for name, value in changes.items():
            if value is None:
                del target[name]
            else:
                target[name] = value
    return json.dumps(document).encode()


def goquorum(**changes: Any) -> bytes:
    return changed({"isQuorum": True, **changes})


@pytest.mark.parametrize("network", NETWORKS)
def test_block_0_is_made_from_the_file(network: str) -> None:
    first = json.loads((RECORDED / network / "blocks.jsonl").read_bytes().splitlines()[0])
    assert f"0x{config(network).block_hash.hex()}" == first["hash"]
    assert f"0x{config(network).header.state_root.hex()}" == first["stateRoot"]


@pytest.mark.parametrize(
    ("config_changes", "asks"),
    [
        ({"londonBlock": 0}, True),
        ({"londonBlock": 700}, True),
        ({"londonBlock": 0, "zeroBaseFee": False}, True),
        ({"londonBlock": 0, "ZEROBASEFEE": True}, False),
        ({"londonBlock": 0, "fixedBaseFee": True}, False),
        ({}, False),
        ({"londonBlock": 0, "isQuorum": True}, False),
    ],
)
def test_whether_gas_has_a_base_fee_is_in_the_file(config_changes: dict[str, Any], asks: bool) -> None:
    document = json.loads(changed({}))
    for name in ("londonBlock", "zeroBaseFee"):
        document["config"].pop(name, None)
    document["config"].update(config_changes)
    data = json.dumps(document).encode()
    assert asks_base_fee(data, load_genesis(data)) is asks


@pytest.mark.parametrize("network", NETWORKS)
def test_names_count_in_any_case(network: str) -> None:
    def upper(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.upper(): upper(item) for name, item in value.items()}
        return [upper(item) for item in value] if isinstance(value, list) else value

    document = json.loads((RECORDED / network / "genesis.json").read_bytes())
    document["config"] = upper(document["config"])
    loud = {name.upper(): value for name, value in document.items()}
    read = load_genesis(json.dumps(loud).encode())
    assert (read.schedule, read.header, read.chain_id) == (
        config(network).schedule, config(network).header, config(network).chain_id,
    )  # fmt: skip


def test_the_curve_is_read() -> None:
    assert load_genesis(changed({"ecCurve": "secp256r1"})).schedule.curve is Curve.SECP256R1
    assert load_genesis(changed()).schedule.curve is Curve.SECP256K1


def test_clients_are_told_apart() -> None:
    assert load_genesis(changed()).schedule.client == BESU
    assert load_genesis(goquorum()).schedule.client == GOQUORUM
    assert load_genesis(changed({"transitions": []})).schedule.client == GOQUORUM
    assert load_genesis(changed({"transitions": {}})).schedule.client == BESU
    assert load_genesis(changed(), GOQUORUM).schedule.client == GOQUORUM


def test_goquorum_settings() -> None:
    base = {"epochlength": 10, "blockperiodseconds": 2}
    legacy = json.loads(genesis_file(BftRules.IBFT1, members(4)))
    del legacy["config"]["ibft"]
    legacy["config"]["istanbul"] = {"epoch": 17, "policy": 0, "ceil2Nby3Block": 0, "testQBFTBlock": 40}
    made = load_genesis(json.dumps(legacy).encode())
    engines = [(item.rules, item.start, item.epoch_length) for item in made.schedule.engines]
    assert engines == [(BftRules.IBFT1, 0, 17), (BftRules.QBFT, 40, 17)]
    entry = {"block": 0, "algorithm": "QBFT", **base}
    made = load_genesis(goquorum(qbft=None, transitions=[entry]))
    assert [(e.rules, e.epoch_length) for e in made.schedule.engines] == [(BftRules.QBFT, 10)]
    made = load_genesis(goquorum(transitions=[{"block": 9, "epochlength": 30000, "transactionSizeLimit": 64}]))
    assert len(made.schedule.engines) == 1


@pytest.mark.parametrize("setting", [{"ceil2Nby3Block": 9}, {"ceil2Nby3Block": None}, {"2FPlus1Enabled": True}])
def test_a_lower_quorum_in_the_file_changes_nothing(setting: dict[str, Any]) -> None:
    """Three of six members are 2F+1, which such a node writes; ceil(2n/3) are demanded all the same."""
    six = members(6)
    document = json.loads(genesis_file(BftRules.IBFT1, six))
    if "2FPlus1Enabled" in setting:
        document["config"]["transitions"] = [{"block": 0, **setting}]
    else:
        document["config"]["istanbul"] = {"epoch": 30000, **setting}
        del document["config"]["ibft"]
    network = OwnNetwork(BftRules.IBFT1, six, json.dumps(document).encode())
    header, extra = network.next_header()
    with pytest.raises(QuorumError):
        network.chain.verify_next(network.seal(header, extra, 3), FOREVER)
    network.chain.verify_next(network.seal(header, extra, 4), FOREVER)


@pytest.mark.parametrize(
    ("name", "section", "more"),
    [
        ("qbft", {"policy": 0, "epoch": 30000, "ceil2Nby3Block": 0, "testQBFTBlock": 0, "blockperiodseconds": 5,
                  "emptyblockperiodseconds": 60, "requesttimeoutseconds": 10}, {}),
        ("qbft", {"epochlength": 30000, "epoch": 7, "blockperiodseconds": 5}, {}),
        ("ibft", {"epoch": 7, "testQBFTBlock": 3, "blockperiodseconds": 5}, {}),
        ("istanbul", {"epoch": 30000, "policy": 0, "blockperiodseconds": 9, "epochlength": 7}, {}),
        ("qbft", {"blockperiodseconds": 5},
         {"transitions": [{"block": 10, "miner.gaslimit": 100, "enhancedPermissioningEnabled": True,
                           "gasPriceEnabled": True, "privacyPrecompileEnabled": True}]}),
    ],
)  # fmt: skip
def test_what_goquorum_reads_over_changes_nothing(name: str, section: dict[str, Any], more: dict[str, Any]) -> None:
    """Its quick start writes `epoch` and `testQBFTBlock` into a section whose struct has neither."""
    rules = BftRules.QBFT if name == "qbft" else BftRules.IBFT1
    document = json.loads(genesis_file(rules, members(4)))
    for other in ("qbft", "ibft"):
        document["config"].pop(other, None)
    document["config"] |= {name: section, "isQuorum": True, **more}
    schedule = load_genesis(json.dumps(document).encode()).schedule
    assert [(one.rules, one.start, one.epoch_length) for one in schedule.engines] == [(rules, 0, 30000)]
    assert schedule.period_seconds(100) == (1 if name == "istanbul" else 5)


@pytest.mark.parametrize(
    ("client", "written", "nonce", "balance"),
    [
        (BESU, "10", 16, 10),
        (BESU, 10, 16, 10),
        (BESU, "0x10", 16, 16),
        (BESU, "0X10", 16, 16),
        (BESU, "010", 16, 10),
        (BESU, "", 0, 0),
        (BESU, None, 0, 0),
        (GOQUORUM, "10", 10, 10),
        (GOQUORUM, 10, 10, 10),
        (GOQUORUM, "0x10", 16, 16),
        (GOQUORUM, "010", 10, 10),
        (GOQUORUM, "", 0, 0),
    ],
)
def test_numbers_of_accounts_as_each_client_reads_them(client: str, written: Any, nonce: int, balance: int) -> None:
    for names in (("nonce", "balance"), ("Nonce", "BALANCE")):
        made = changed(alloc={"11" * 20: {names[0]: written, names[1]: written}})
        account = next(iter(load_genesis(made, client).accounts.values())).account
        assert (account.nonce, account.balance) == (nonce, balance)


def test_a_nonce_in_hex_letters_is_besus() -> None:
    made = changed(alloc={"11" * 20: {"nonce": "1a"}})
    assert next(iter(load_genesis(made, BESU).accounts.values())).account.nonce == 0x1A
    with pytest.raises(GenesisError):
        load_genesis(made, GOQUORUM)


def first_header(in_config: dict[str, Any] | None = None, **in_document: Any) -> Any:
    return load_genesis(changed(in_config, **in_document)).header


def test_block_0_of_besu() -> None:
    """As Besu's GenesisState and GenesisConfig build it."""
    assert first_header().field_count == 15
    assert first_header({"londonBlock": 0}).base_fee_per_gas == 1_000_000_000
    assert first_header({"londonBlock": 0, "zeroBaseFee": True}).base_fee_per_gas == 1_000_000_000
    assert first_header({"londonBlock": 0}, baseFeePerGas="0x7").base_fee_per_gas == 7
    assert first_header({"londonBlock": 5}).field_count == 15
    assert first_header({"londonBlock": 0, "shanghaiTime": 0}).field_count == 17
    assert first_header({"londonBlock": 0, "shanghaiTime": 9}).field_count == 16
    assert first_header({"londonBlock": 0, "shanghaiTime": 9}, timestamp="0x9").field_count == 17
    # A fork that is not named comes with the next one; optional fields never follow a gap.
    assert first_header({"londonBlock": 0, "cancunTime": 0}).field_count == 20
    assert first_header({"londonBlock": 0, "osakaTime": 0}).field_count == 21
    assert first_header({"londonBlock": 0, "shanghaiTime": 5, "cancunTime": 0}).field_count == 16
    assert first_header({"shanghaiTime": 0}).field_count == 15
    assert first_header(nonce="10", difficulty="10").nonce == bytes(7) + b"\x10"
    assert first_header(nonce="10", difficulty="10").difficulty == 16
    assert first_header(mixHash="0x1").mix_hash == bytes(31) + b"\1"
    assert first_header(gasLimit=None, gasTarget="5000").gas_limit == 5000
    assert first_header(gasUsed="0x5").gas_used == 0


def test_block_0_of_goquorum() -> None:
    header = first_header({"isQuorum": True, "londonBlock": 0, "shanghaiTime": 0}, difficulty="10", gasUsed="0x5")
    assert (header.field_count, header.difficulty, header.gas_used) == (15, 10, 5)


SECTION = {"blockperiodseconds": 1, "epochlength": 30}
REFUSED: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no config": b"{}",
    "config is a list": b'{"config": []}',
    "no engine": changed({"qbft": None}),
    "Clique": changed({"clique": {}}),
    "engine is a number": changed({"qbft": 1}),
    "engine is a list": changed({"qbft": []}),
    "two engines at 0": changed({"ibft2": SECTION}),
    "first engine later": changed({"qbft": {**SECTION, "startblock": 5}}),
    "unknown setting": changed({"qbft": {**SECTION, "quorumrule": "half"}}),
    "unknown transition": changed({"transitions": {"qbft": [{"block": 3, "quorumrule": 1}]}}),
    "unknown engine in transitions": changed({"transitions": {"poa": []}}),
    "transitions of another engine": changed({"transitions": {"ibft2": [{"block": 3}]}}),
    "names differ in case only": changed({"qbft": {**SECTION, "epochLength": 31}}),
    "sections differ in case only": changed({"QBFT": SECTION}),
    "same key twice": b'{"config": {}, "config": {}}',
    "epoch is text": changed({"qbft": {"epochlength": "30"}}),
    "epoch negative": changed({"qbft": {"epochlength": -1}}),
    "epoch 0 on Besu": changed({"qbft": {"epochlength": 0}}),
    "period 0 on Besu": changed({"qbft": {**SECTION, "blockperiodseconds": 0}}),
    "period 0 in a transition": changed({"transitions": {"qbft": [{"block": 3, "blockperiodseconds": 0}]}}),
    "epoch is true": changed({"qbft": {"epochlength": True}}),
    "transition at 0": changed({"transitions": {"qbft": [{"block": 0}]}}),
    "transitions backwards": changed({"transitions": {"qbft": [{"block": 5}, {"block": 3}]}}),
    "transition twice": changed({"transitions": {"qbft": [{"block": 5}, {"block": 5}]}}),
    "transition without block": changed({"transitions": {"qbft": [{}]}}),
    "transition of an ended engine": changed(
        {"qbft": {**SECTION, "startblock": 9}, "ibft2": SECTION, "transitions": {"ibft2": [{"block": 9}]}}
    ),
    "too many transitions": changed({"transitions": {"qbft": [{"block": n + 1} for n in range(1001)]}}),
    "header mode without validators": changed(
        {"transitions": {"qbft": [{"block": 3, "validatorselectionmode": "blockheader"}]}}
    ),
    "contract mode without address": changed({"qbft": {**SECTION, "validatorselectionmode": "contract"}}),
    "contract address without mode": changed(
        {"transitions": {"qbft": [{"block": 3, "validatorcontractaddress": ADDRESS}]}}
    ),
    "contract transition without address": changed(
        {"transitions": {"qbft": [{"block": 3, "validatorselectionmode": "contract"}]}}
    ),
    "contradiction": changed(
        {"qbft": {**SECTION, "validatorselectionmode": "blockheader", "validatorcontractaddress": ADDRESS}}
    ),
    "mode unknown": changed({"qbft": {**SECTION, "validatorselectionmode": "lottery"}}),
    "override twice": changed({"transitions": {"qbft": [{"block": 3, "validators": [ADDRESS, ADDRESS]}]}}),
    "override empty": changed({"transitions": {"qbft": [{"block": 3, "validators": []}]}}),
    "override no address": changed({"transitions": {"qbft": [{"block": 3, "validators": ["0x12"]}]}}),
    "curve unknown": changed({"ecCurve": "ed25519"}),
    "curve on GoQuorum": goquorum(ecCurve="secp256r1"),
    "no chain id": changed({"chainId": None}),
    "chain id 0": changed({"chainId": 0}),
    "chain id too large": changed({"chainId": 1 << 64}),
    "Besu with a list of transitions": changed({"transitions": [], "qbft": {**SECTION, "startblock": 0}}),
    "GoQuorum override": goquorum(transitions=[{"block": 3, "validators": [ADDRESS]}]),
    "GoQuorum set in config": goquorum(qbft={**SECTION, "validators": [ADDRESS]}),
    "GoQuorum epoch change": goquorum(transitions=[{"block": 3, "epochlength": 7}]),
    "GoQuorum backwards": goquorum(transitions=[{"block": 5}, {"block": 3}]),
    "algorithm unknown": goquorum(transitions=[{"block": 5, "algorithm": "raft"}]),
    "algorithm is a number": goquorum(transitions=[{"block": 5, "algorithm": 7}]),
    "GoQuorum two engines": goquorum(ibft=SECTION),
    "no extraData": changed(extraData=None),
    "extraData empty": changed(extraData="0x"),
    "extraData odd": changed(extraData="0x1"),
    "extraData with blanks": changed(extraData="0x 12 34"),
    "nobody": changed(extraData="0xe5a0" + "00" * 32 + "c0c080c0"),
    "a member twice": changed(
        extraData="0xf84fa0" + "00" * 32 + "ea94" + "11" * 20 + "94" + "11" * 20 + "c080c0"
    ),
    "GoQuorum round in genesis": changed({"isQuorum": True}, extraData="0xf83aa0" + "00" * 32 + "d594" + "11" * 20 + "c001c0"),
    "no difficulty": changed(difficulty=None),
    "difficulty too large": changed(difficulty="0x1" + "00" * 32),
    "gas limit too large": changed(gasLimit="0x1" + "00" * 8),
    "gas limit with underscore": changed(gasLimit="0x1_0"),
    "gas limit with blank": changed(gasLimit=" 5000"),
    "gas limit negative": changed(gasLimit=-1),
    "gas limit a fraction": changed(gasLimit=1.5),
    "nonce too large": changed(nonce="0x1" + "00" * 8),
    "mixHash short": changed({"isQuorum": True}, mixHash="0x00"),
    "mixHash long": changed(mixHash="0x" + "00" * 33),
    "mixHash no text": changed(mixHash=0),
    "gas limit with a leading zero": changed(gasLimit="05000"),
    "not block 0": changed(number="0x1"),
    "alloc is a list": changed(alloc=[1]),
    "alloc address short": changed(alloc={"0x12": {}}),
    "alloc address twice": changed(alloc={"11" * 20: {}, "0x" + "11" * 20: {}}),
    "alloc account is a number": changed(alloc={"11" * 20: 1}),
    "balance is no number": changed(alloc={"11" * 20: {"balance": "much"}}),
    "balance too large": changed(alloc={"11" * 20: {"balance": "0x1" + "00" * 32}}),
    "nonce of an account too large": changed(alloc={"11" * 20: {"nonce": 1 << 64}}),
    "balance in letters": changed(alloc={"11" * 20: {"balance": "1a"}}),
    "balance negative": changed(alloc={"11" * 20: {"balance": -1}}),
    "balance true": changed(alloc={"11" * 20: {"balance": True}}),
    "nonce with underscore": changed(alloc={"11" * 20: {"nonce": "1_0"}}),
    "account members differ in case only": changed(alloc={"11" * 20: {"nonce": 1, "Nonce": 1}}),
    "GoQuorum unknown setting": goquorum(qbft={**SECTION, "quorumrule": 1}),
    "GoQuorum unknown transition": goquorum(transitions=[{"block": 3, "quorumrule": 1}]),
    "storage is a list": changed(alloc={"11" * 20: {"storage": [1]}}),
    "slot too large": changed(alloc={"11" * 20: {"storage": {"0x1" + "00" * 32: "0x1"}}}),
    "slot twice": changed(alloc={"11" * 20: {"storage": {"0x1": "0x1", "0x01": "0x2"}}}),
    "word no hex": changed(alloc={"11" * 20: {"storage": {"0x1": "xyz"}}}),
    "code no hex": changed(alloc={"11" * 20: {"code": "0xzz"}}),
    "config nested": changed({"qbft": {**SECTION, "comment": [[[[[[[[[1]]]]]]]]]}}),
    "nested very deep": b'{"config":' + b"[" * 200_000,
    "a number of many digits": b'{"config": {"chainId": ' + b"9" * 5000 + b"}}",
    "half a character": b'{"config": {"\\ud800": 1}}',
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(GenesisError) as caught:
        load_genesis(REFUSED[name])
    assert caught.value.text.isascii()


def test_an_unknown_client_is_refused() -> None:
    with pytest.raises(GenesisError):
        load_genesis(changed(), "geth")


def test_odd_digits_in_storage_are_numbers() -> None:
    short = load_genesis(changed(alloc={"11" * 20: {"storage": {"0x0": "0x1", "0x1": "0x0"}}}))
    long = load_genesis(changed(alloc={"11" * 20: {"storage": {"0x" + "00" * 32: "0x" + "00" * 31 + "01"}}}))
    assert short.header.state_root == long.header.state_root


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["0x", "0x1", ADDRESS, "contract", "blockheader", "qbft", "secp256r1"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["block", "validators", "epochlength", "startblock", "algorithm", "x"]), inner),
    max_leaves=6,
)  # fmt: skip
CONFIG_NAMES = ["chainId", "qbft", "ibft", "ibft2", "istanbul", "transitions", "isQuorum", "ecCurve", "londonBlock",
                "shanghaiTime", "cancunTime", "pragueTime", "zeroBaseFee", "clique"]  # fmt: skip
DOCUMENT_NAMES = ["alloc", "extraData", "gasLimit", "difficulty", "nonce", "timestamp", "mixHash", "coinbase", "parentHash",
                  "baseFeePerGas", "number", "gasUsed", "blobGasUsed"]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from(CONFIG_NAMES), JSON, max_size=3),
    st.dictionaries(st.sampled_from(DOCUMENT_NAMES), JSON, max_size=3),
    st.sampled_from([None, BESU, GOQUORUM]),
)
def test_any_json_gives_a_config_or_one_clear_error(
    in_config: dict[str, Any], in_document: dict[str, Any], client: str | None
) -> None:
    document = json.loads(genesis_file(BftRules.QBFT, members(4)))
    document["config"] |= in_config
    document |= in_document
    with contextlib.suppress(GenesisError):
        load_genesis(json.dumps(document).encode(), client)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_one_clear_error(data: bytes) -> None:
    with pytest.raises(GenesisError):
        load_genesis(data)
