"""Every leaf of every envelope body that a signer signs is on its screens: change one, and they change, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from firmware_bridge.errors import DeviceError
from firmware_bridge.signer.envelope_screens import screens_for_envelope
from firmware_bridge.signer.screens import paged
from lightnode.errors import WireError
from lightnode.templates import built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.curve import Curve
from lightnode.wire.envelope import CoseSignature, assemble
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.network_facts import Checkpoint, Interval, LogMark, Member, NetworkFacts, StatusEntry, StatusList
from lightnode.wire.order import HeightException
from lightnode.wire.pack import CreationCode, Pack
from lightnode.wire.payload import Payload, decode_payload
from lightnode.wire.root import root_body
from lightnode.wire.status import CommitmentEntry, CommitmentStatus
from lightnode.wire.trust import KeyEntry
from lightnode.wire.types import Address, Hash32
from tests.support.full_profile import full_profile, plain_profile

NOW, DAY = 1_800_000_000, 86_400
GENESIS = Hash32(b"\x55" * 32)
BODY_ID = authority_id("PT", "1040")
POINTS = (  # 1 G, 2 G and 3 G of secp256k1
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
    "02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
)


def keys(threshold: int = 2) -> KeySet:
    points = [bytes.fromhex(point) for point in POINTS]
    return KeySet.of(threshold, [SigningKey(Curve.SECP256K1, point, at) for at, point in enumerate(points, 1)])


def payload(kind: str, scope: bytes, issuer: bytes, body: Any) -> Payload:
    return Payload(kind, "training", scope, issuer, 3, NOW, NOW + DAY, NOW + 365 * DAY, body)


def sealed(inner: Payload) -> bytes:
    return assemble(inner.encode(), [CoseSignature(Hash32(b"\1" * 32), Curve.SECP256K1, bytes(64))]).encode()


def facts() -> NetworkFacts:
    old, new = Member(Address(b"\3" * 20), "Old operator", "ES"), Member(Address(b"\2" * 20), "Operator", "PT")
    return NetworkFacts(
        Checkpoint(5, Hash32(b"\1" * 32), NOW), (Interval(0, 9, (old,)), Interval(10, None, (new,))),
        (LogMark(4, Hash32(b"\4" * 32), 5), LogMark(8, Hash32(b"\5" * 32), 9)),
        StatusList(3, 5, (StatusEntry(1, 4, 5), StatusEntry(2, 2, 4))),
    )  # fmt: skip


def country() -> Payload:
    entry = [BODY_ID, "PT", "1040", "Institute", keys(1).as_cbor()]
    return payload("trust", GENESIS, b"PT", [2, "PT", [entry]])


def authority() -> Payload:
    entry = KeyEntry(Address(b"\2" * 20), 0x7E, 5, None, 1, "card", 9, 8)
    return payload("trust", GENESIS, BODY_ID, [3, BODY_ID, [entry.as_cbor()]])


def status() -> Payload:
    entries = (CommitmentEntry(Hash32(b"\1" * 32), 2, 4), CommitmentEntry(Hash32(b"\2" * 32), 4, 5))
    listed = CommitmentStatus(Address(b"\x77" * 20), 40, Hash32(b"\x66" * 32), entries)
    return payload("status", GENESIS, BODY_ID, listed.body())


def bodies() -> dict[str, Payload]:
    named = {"PT": keys(1), "SE": keys()}
    root = payload("root", b"", b"", root_body(keys(), keys(1), named))
    network = payload("profile", GENESIS, b"", plain_profile().body())
    templates = payload("templates", b"eessi", b"", [built_in("eessi.pda1.v1").encode()])
    package = [1, [sealed(root)], sealed(network), facts().as_cbor(), [sealed(country())], [sealed(authority())],
               [sealed(templates)]]  # fmt: skip
    return {
        "root": root,
        "profile": network,
        "full profile": payload("profile", GENESIS, b"", full_profile().body()),
        "templates": templates,
        "pack": payload("pack", GENESIS, b"", Pack(GENESIS, (CreationCode("act registry", 100, Hash32(b"\7" * 32)),)).body()),
        "package": payload("trust", GENESIS, b"", package),
        "package with status": payload("trust", GENESIS, b"", [*package, [sealed(status())]]),
        "status": status(),
        "country": country(),
        "order": payload("order", b"", b"", HeightException(GENESIS, 4, Hash32(b"\x66" * 32)).body()),
        "authority": authority(),
    }  # fmt: skip


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, (list, tuple, dict)):
        for at, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, at))
    else:
        yield path, value


def others(value: Any) -> list[Any]:
    """Values to put in a leaf's place, of its own type and of neighbouring ones."""
    if isinstance(value, bool):
        return [not value, int(value)]
    if isinstance(value, int):
        return [value + 1, value + 2, 0, 1, 2, 4, True, False, None, 1 << 40]
    if isinstance(value, bytes):
        flipped = [bytes([*value[:at], value[at] ^ 1, *value[at + 1 :]]) for at in {0, len(value) // 2, len(value) - 1}]
        return [*flipped, b"\1" * len(value), value + b"\0", b""]
    if isinstance(value, str):
        return [
            f"{value}x",
            value[:-1],
            "ibft2",
            "qbft",
            "goquorum",
            "secp256r1",
            "card",
            "board",
            "software",
            "FR",
            "",
        ]
    return [0, 1, 12, b"\1" * 20, [b"\1" * 20], []]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


def changed(made: Payload) -> Iterator[tuple[Any, Payload]]:
    for path, leaf in leaves(made.body):
        for new in others(leaf):
            if new != leaf or type(new) is not type(leaf):
                yield (path, new), replace(made, body=put(made.body, path, new))
    for name, values in (("scope", (b"", b"\x09" * 32, b"zz")), ("issuer", (b"", b"\x09" * 32, b"zz"))):
        for new in values:
            if new != getattr(made, name):
                yield (name, new), replace(made, **{name: new})
    for name in ("serial", "issued", "next_update", "not_after"):
        yield name, replace(made, **{name: getattr(made, name) + 1})
    yield "environment", replace(made, environment="test")


def shown(made: Payload) -> tuple[tuple[str, ...], ...]:
    """What is drawn, page by page; without fingerprints of a whole root or list, which prove nothing of the other rows."""
    pages = paged(screens_for_envelope(decode_payload(made.encode())))
    whole = {"root": ("Fingerprint",), "status": ("List",)}.get(made.kind, ())
    return tuple((page.title, page.label, *page.lines) for page in pages if page.label not in whole)


@pytest.mark.parametrize("name", sorted(bodies()))
def test_every_leaf_of_a_body_is_shown_or_refused(name: str) -> None:
    made = bodies()[name]
    before, tried, accepted, hidden = shown(made), 0, 0, []
    for what, other in changed(made):
        tried += 1
        try:
            after = shown(other)
        except (DeviceError, WireError):
            continue
        accepted += 1
        if after == before:
            hidden.append(what)
    assert hidden == []
    assert tried > 10
    assert accepted > 5, "the mutations must not all be refused"


def test_long_lists_are_shown_whole() -> None:
    members = tuple(Member(Address(bytes([at]) * 20), f"Operator {at}", "PT") for at in range(1, 23))
    many = replace(facts(), intervals=(Interval(0, None, members),))
    made = bodies()["package"]
    screens = screens_for_envelope(replace(made, body=put(made.body, (3,), many.as_cbor())))
    assert [item.value for item in screens if item.value.startswith("Operator")] == [
        member.operator for member in members
    ]


def test_a_member_of_unknown_country_is_shown_so() -> None:
    nowhere = replace(facts(), intervals=(Interval(0, None, (Member(Address(b"\2" * 20), "Operator", ""),)),))
    made = bodies()["package"]
    screens = screens_for_envelope(replace(made, body=put(made.body, (3,), nowhere.as_cbor())))
    assert [item.value for item in screens if item.label == "Its country"] == ["(none)"]


def test_times_are_shown_to_the_second() -> None:
    values = {item.label: item.value for item in screens_for_envelope(bodies()["pack"])}
    assert values["Issued"] == "15 Jan 2027, 08:00:00 UTC"


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "Prod\u200b", " x", "\u05d0", "a" * 41])
def test_a_network_with_a_deceiving_name_is_refused(name: str) -> None:
    body = replace(plain_profile(), name=name).body()
    with pytest.raises(DeviceError):
        screens_for_envelope(payload("profile", GENESIS, b"", body))


def test_envelopes_inside_a_package_are_named_with_their_fingerprint() -> None:
    values = [(item.label, item.value) for item in screens_for_envelope(bodies()["package"])]
    at = values.index(("Country 1 of 1", "trust, serial 3"))
    assert values[at + 1] == ("By", "PT")
    assert values[at + 2][0] == "Fingerprint"
    assert ("Parts", "They carry their own signatures") in values
