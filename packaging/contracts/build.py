#!/usr/bin/env python3
"""Compile the ledger contracts with the pinned compiler and compare with the committed artefacts.

Needs Node.js and npm. `--write` replaces the artefacts; without it a difference is an error. The compiler is the
WebAssembly build of solc from npm, pinned by integrity hash in package-lock.json; metadata is left out of the code, so
that the same source and settings give the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONTRACTS = ROOT / "lightnode" / "contracts"
WORK = ROOT / "build" / "contracts"
NAMES = ("ActRegistry", "Timestamp")
# Ships with nothing: says where the compiler puts what EBSI's registries keep.
FOR_TESTS = ("EbsiLayouts",)
COMPILER = "0.8.30"
SETTINGS = {
    "evmVersion": "istanbul",
    "optimizer": {"enabled": True, "runs": 20_000},
    "viaIR": True,
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"]}},
}


def folder(name: str) -> Path:
    """Where a contract's source and artefact are."""
    return ROOT / "tests" / "vectors" / "contracts" if name in FOR_TESTS else CONTRACTS


def source_hash(name: str) -> str:
    """SHA-256 over source, compiler and settings: what an artefact was made from."""
    digest = hashlib.sha256((folder(name) / f"{name}.sol").read_bytes())
    digest.update(json.dumps([COMPILER, SETTINGS], sort_keys=True).encode())
    return digest.hexdigest()


def install() -> Path:
    """Install the pinned compiler into the build folder."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise SystemExit("build: needs Node.js and npm:\n  apt-get install -y --no-install-recommends nodejs npm")
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, WORK / name)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=WORK, check=True, stdout=sys.stderr)
    return WORK / "node_modules" / "solc"


def compile_one(solc: Path, name: str) -> dict[str, object]:
    """Compile one contract into its artefact."""
    standard = {
        "language": "Solidity",
        "sources": {f"{name}.sol": {"content": (folder(name) / f"{name}.sol").read_text()}},
        "settings": SETTINGS,
    }
    command = ["node", str(HERE / "compile.js"), str(solc)]
    done = subprocess.run(command, input=json.dumps(standard), capture_output=True, text=True, check=True)
    output = json.loads(done.stdout)
    problems = [item["formattedMessage"] for item in output.get("errors", []) if item["severity"] == "error"]
    if problems:
        raise SystemExit("\n".join(problems))
    made = output["contracts"][f"{name}.sol"][name]
    return {
        "contract": name,
        "compiler": COMPILER,
        "settings": SETTINGS,
        "source_sha256": source_hash(name),
        "abi": made["abi"],
        "storage_layout": made["storageLayout"],
        "creation_code": made["evm"]["bytecode"]["object"],
        "deployed_code": made["evm"]["deployedBytecode"]["object"],
    }


def main(arguments: list[str]) -> int:
    """Compile all; write or compare."""
    solc = install()
    different = []
    for name in NAMES + FOR_TESTS:
        text = json.dumps(compile_one(solc, name), indent=1, sort_keys=True) + "\n"
        target = folder(name) / f"{name}.json"
        if "--write" in arguments:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            different.append(name)
    for name in different:
        print(f"build: {name}.json is not what its source compiles to", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
