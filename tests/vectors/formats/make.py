"""Write formats.json beside this file: our own formats with fixed keys. Run it only to add; a changed line breaks files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.cbor import encode
from lightnode.wire.commitment import ActHeader, Opening, commit, conceal, leaves
from lightnode.wire.profile import TIMESTAMP
from lightnode.wire.registry import Verb
from lightnode.wire.timestamp_call import TimestampAct, with_change_hash
from lightnode.wire.types import Address, Hash32
from tests.support.envelope_signing import TestNetwork, k1, r1
from tests.support.full_profile import full_profile, plain_profile
from tests.support.sealed_world import World

FILE = Path(__file__).with_name("formats.json")


def vectors() -> dict[str, object]:
    """Every vector, as text."""
    network = TestNetwork()
    header = ActHeader(
        Hash32(b"\x01" * 32), Address(b"\x02" * 20), Hash32(b"\x03" * 32), "a.b.v1", Hash32(b"\x04" * 32), 7
    )
    opening = Opening(bytes(range(32)), Hash32(b"\x05" * 32), ("Tom\u00e1s", 7, True, None, ["a", "b"]))
    return {
        "authority PT 1040": authority_id("PT", "1040").hex(),
        "key id secp256r1 1": r1(1).entry.kid.hex(),
        "key id secp256k1 3": k1(3).entry.kid.hex(),
        "templates": {name: [built_in(name).encode().hex(), built_in(name).ledger_id.hex()] for name in BUILT_IN},
        "opening": opening.encode().hex(),
        "leaves": [leaf.hex() for leaf in leaves(header, opening)],
        "commitment": commit(header, opening).hex(),
        "partial opening of 1, 2 and 4": encode(conceal(header, opening, [1, 2, 4]).as_cbor()).hex(),
        "root file": network.root().envelope.encode().hex(),
        "root fingerprint": network.root().fingerprint.hex(),
        "trust package payload": network.package_payload().encode().hex(),
        "trust package file": network.package().hex(),
        **timestamp_vectors(),
        "profile body of members 0 to 12": encode(plain_profile().body()).hex(),
        "profile rules digest of members 0 to 12": plain_profile().rules_digest.hex(),
        "profile body of every member": encode(full_profile().body()).hex(),
        "profile rules digest of every member": full_profile().rules_digest.hex(),
    }


def timestamp_vectors() -> dict[str, object]:
    """Acts on EBSI's Timestamp, a status list by commitment, and a whole world that records there."""
    act = TimestampAct(
        Verb.SUPERSEDE, Hash32(b"\x01" * 32), Hash32(b"\x02" * 32), Hash32(b"\x03" * 32), Hash32(b"\x04" * 32), 2,
        Hash32(b"\x05" * 32), 20_000, 1_900_000_000, None,
    )  # fmt: skip
    change = with_change_hash(
        Hash32(b"\x06" * 32), Address(b"\x07" * 20), replace(act, verb=Verb.REVOKE, receiver=None, valid_until=0)
    )
    world = World(way=TIMESTAMP)
    return {
        "timestamp act header": act.header().hex(),
        "timestamp act calldata": act.encode().hex(),
        "timestamp change hash": change.commitment.hex(),
        "timestamp change calldata": change.encode().hex(),
        "timestamp status list": world.status_file(world.listed).hex() if world.listed else "",
        "timestamp evidence file": world.evidence().hex(),
        "timestamp trust package file": world.trust().hex(),
        "timestamp root file": world.root().hex(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
