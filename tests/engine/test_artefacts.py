"""The compiled contracts are what their sources compile to, and their storage is where proofs look for it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lightnode.wire import registry_slots as slots
from lightnode.wire.registry import _SELECTORS, selector
from lightnode.wire.registry_admin import _SHAPES
from tests.support.ledger_machine import artefact

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "packaging" / "contracts" / "build.py"


def test_artefacts_name_the_committed_sources() -> None:
    specification = importlib.util.spec_from_file_location("contract_build", BUILD)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for name in module.NAMES:
        assert artefact(name)["source_sha256"] == module.source_hash(name)


@pytest.mark.full
def test_artefacts_are_compiled_again_to_the_same_bytes() -> None:
    if not shutil.which("npm"):
        pytest.skip("npm is absent")
    done = subprocess.run([sys.executable, str(BUILD)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_slots_are_where_the_compiler_put_them() -> None:
    stored = artefact("ActRegistry")["storage_layout"]["storage"]
    layout = {item["label"]: int(item["slot"]) for item in stored}
    places = {item["label"]: (int(item["slot"]), item["offset"]) for item in stored}
    assert layout["genesis"] == slots.GENESIS
    assert (places["logSize"], places["recordCount"]) == ((slots.COUNTERS, 0), (slots.COUNTERS, 8))
    assert layout["logRoot"] == slots.LOG_ROOT
    assert layout["owners"] == slots.OWNERS
    assert layout["changeCount"] == slots.CHANGE_COUNT
    assert layout["governanceThreshold"] == slots.GOVERNANCE_THRESHOLD
    assert layout["governanceHolders"] == slots.GOVERNANCE_HOLDERS
    assert layout["governance"] == slots.GOVERNANCE
    assert layout["administrators"] == slots.ADMINISTRATORS
    assert layout["changes"] == slots.CHANGES
    assert layout["authorities"] == slots.AUTHORITIES
    assert layout["authorityIds"] == slots.AUTHORITY_IDS
    assert layout["keys"] == slots.KEYS
    assert layout["records"] == slots.RECORDS
    assert layout["batches"] == slots.BATCHES
    assert layout["templates"] == slots.TEMPLATES
    assert layout["frontier"] == slots.FRONTIER
    assert layout["shortBatches"] == slots.SHORT_BATCHES
    assert layout["longBatches"] == slots.LONG_BATCHES


def test_every_call_we_make_is_a_function_of_the_contract() -> None:
    functions = {
        selector(f"{item['name']}({','.join(part['type'] for part in item['inputs'])})")
        for item in artefact("ActRegistry")["abi"]
        if item["type"] == "function"
    }
    assert set(_SELECTORS) | set(_SHAPES) <= functions


def test_no_opcode_after_istanbul() -> None:
    for name in ("ActRegistry", "Timestamp"):
        code = bytes.fromhex(artefact(name)["deployed_code"])
        at, found = 0, set()
        while at < len(code):
            opcode = code[at]
            found.add(opcode)
            at += opcode - 0x5F + 1 if 0x60 <= opcode <= 0x7F else 1
        # PUSH0, MCOPY, TLOAD, TSTORE, BASEFEE: what later forks brought.
        assert not found & {0x5F, 0x5E, 0x5C, 0x5D, 0x48}


def test_the_registry_calls_nothing_but_sha_256() -> None:
    # No ecrecover (P-256 networks), no proxy, no call to another contract, no end: only STATICCALL to the contract 2.
    code = bytes.fromhex(artefact("ActRegistry")["deployed_code"])
    at, instructions = 0, []
    while at < len(code):
        opcode = code[at]
        pushed = opcode - 0x5F if 0x60 <= opcode <= 0x7F else 0
        instructions.append((opcode, code[at + 1 : at + 1 + pushed]))
        at += 1 + pushed
    # CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, SELFDESTRUCT.
    assert not {opcode for opcode, _ in instructions} & {0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFF}
    source = (ROOT / "lightnode" / "contracts" / "ActRegistry.sol").read_text()
    calls = re.findall(r"(?:static|delegate)?call\(gas\(\), *(\w+)", source)
    assert len(calls) == sum(opcode == 0xFA for opcode, _ in instructions)
    assert set(calls) == {"2"}
    assert not re.search(r"ecrecover|\.(static|delegate)?call[({]|\bsha256\(|ripemd160", source)
