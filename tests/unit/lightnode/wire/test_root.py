"""Roots: given by IT, followed only by what the old and the new threshold both signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lightnode.wire.envelope import Envelope
from lightnode.wire.root import Root, RootError, follow, read_root, show_fingerprint
from tests.support.envelope_signing import TestKey, TestNetwork, k1, r1, sealed

OLD = TestNetwork()
NEW = TestNetwork(root_keys=(r1(2), k1(3), r1(4)))


def _second(*keys: TestKey, serial: int = 2, **changes: object) -> bytes:
    return sealed(NEW.root_payload(serial=serial, **changes), *keys).encode()


def test_a_root_names_its_keys() -> None:
    root = OLD.root()
    assert root.serial == 1 and list(root.countries) == ["PT"] and root.keys.threshold == 2
    assert root.root_id == root.fingerprint
    assert len(show_fingerprint(root.fingerprint).split()) == 16


@pytest.mark.parametrize("keys", [(r1(2), k1(3)), (r1(1), r1(2), r1(4))], ids=["shared keys", "one of each more"])
def test_the_next_root_is_signed_by_old_and_new(keys: tuple[TestKey, ...]) -> None:
    root = OLD.root()
    newer = follow(root, [root.envelope.encode(), _second(*keys)])
    assert newer.serial == 2 and newer.root_id == root.root_id and newer.fingerprint != root.fingerprint


@pytest.mark.parametrize(
    "keys",
    [(r1(1), r1(2)), (k1(3), r1(4)), (r1(4),), (r1(1), r1(2), k1(3)), (r1(1), r1(2), r1(4), r1(50))],
    ids=["old only", "new only", "one", "one more than needed", "a stranger"],
)
def test_anything_else_is_refused(keys: tuple[TestKey, ...]) -> None:
    root = OLD.root()
    if keys == (r1(1), r1(2), k1(3)):
        # Some order of key ids makes the third needed; the row of a set decides, so only an exact fit may pass.
        accepted = _follows(root, _second(*keys))
        assert accepted is (_counted(root, keys) == {key.entry.kid for key in keys})
        return
    assert not _follows(root, _second(*keys))


def _follows(root: Root, data: bytes) -> bool:
    try:
        follow(root, [data])
    except RootError:
        return False
    return True


def _counted(root: Root, keys: tuple[TestKey, ...]) -> set[bytes]:
    ids = sorted(key.entry.kid for key in keys)
    new = NEW.root().keys
    return {kid for known in (root.keys, new) for kid in [item for item in ids if known.find(item)][:2]}


def test_a_wrong_third_signature_is_not_overlooked() -> None:
    root = OLD.root()
    good = sealed(NEW.root_payload(serial=2), r1(2), k1(3))
    wrong = r1(4).sign(good.payload_bytes, "policy")
    signatures = tuple(sorted((*good.signatures, wrong), key=lambda item: item.kid))
    assert not _follows(root, Envelope(good.payload_bytes, good.payload, signatures).encode())


def test_signatures_of_a_root_stand_in_order() -> None:
    good = sealed(NEW.root_payload(serial=2), r1(2), k1(3))
    assert not _follows(OLD.root(), Envelope(good.payload_bytes, good.payload, good.signatures[::-1]).encode())


def test_a_missing_root_breaks_the_row() -> None:
    assert not _follows(OLD.root(), _second(r1(2), k1(3), serial=3))


def test_two_roots_of_one_serial_are_reported() -> None:
    assert not _follows(OLD.root(), _second(r1(2), k1(3), serial=1))


def test_a_root_of_another_environment_does_not_follow() -> None:
    assert not _follows(OLD.root(), _second(r1(2), k1(3), environment="test"))


@pytest.mark.parametrize("changes", [{"scope": b"x"}, {"issuer": b"PT"}, {"body": []}, {"kind": "policy"}])
def test_a_malformed_root_is_refused(changes: dict) -> None:
    with pytest.raises(RootError):
        read_root(sealed(replace(OLD.root_payload(), **changes), r1(1), r1(2)).encode())


def test_every_changed_byte_of_a_root_is_noticed() -> None:
    data = OLD.root().envelope.encode()
    for at in range(len(data)):
        with pytest.raises(RootError):
            read_root(data[:at] + bytes([data[at] ^ 0x21]) + data[at + 1 :])


def test_it_may_give_a_later_root_of_a_line() -> None:
    # As a fresh office gets it: signed by its own threshold, the older root's signatures beside.
    root = read_root(_second(r1(1), r1(2), r1(4)))
    assert root.serial == 2 and root.root_id == root.fingerprint
    third = sealed(NEW.root_payload(serial=3), r1(2), r1(4)).encode()
    assert follow(root, [OLD.root().envelope.encode(), _second(r1(1), r1(2), r1(4)), third]).serial == 3


@pytest.mark.parametrize("keys", [(r1(1), r1(2)), (r1(4),)], ids=["old only", "too few of its own"])
def test_a_later_root_without_its_own_threshold_is_refused(keys: tuple[TestKey, ...]) -> None:
    with pytest.raises(RootError):
        read_root(_second(*keys))


def test_a_first_root_has_no_signature_beside_its_own() -> None:
    with pytest.raises(RootError):
        read_root(sealed(OLD.root_payload(), r1(1), r1(2), r1(4)).encode())
