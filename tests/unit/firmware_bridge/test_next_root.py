"""The signer's next root: by the old threshold and its own signatures, shown, kept over a restart, and by nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.client import SignerKey
from firmware_bridge.errors import MalformedRequestError, NotProvisionedError, PolicyRefusedError
from firmware_bridge.messages import Method, Request
from lightnode.wire.curve import Curve, compress
from lightnode.wire.envelope import CoseSignature, assemble
from lightnode.wire.key_set import KeySet, SigningKey
from lightnode.wire.payload import Payload
from lightnode.wire.root import fingerprint_of, root_body, show_fingerprint
from tests.support.signer_bench import DAY, NOW, SignerBench


class Rotation:
    """A bench with two more envelope keys."""

    def __init__(self, folder: Path) -> None:
        self.bench = SignerBench(folder)
        self.bench.start(provisioning=True)
        with self.bench.client() as client:
            self.second = client.generate_key("gov-2", "secp256r1", "envelope")
        self.bench.start(provisioning=False)

    def payload(self, root_keys: Sequence[SignerKey], governance: SignerKey, serial: int = 2) -> Payload:
        keys = keys_of(len(root_keys), *root_keys)
        body = root_body(keys, keys_of(1, governance), {"PT": keys_of(1, self.bench.governance)})
        return Payload("root", "training", b"", b"", serial, NOW + DAY, NOW + 366 * DAY, NOW + 731 * DAY, body)

    def signed(self, payload: Payload, *labels: str) -> bytes:
        data = payload.encode()
        made = []
        for label in labels:
            request = Request(os.urandom(16), Method.SIGN_ENVELOPE, [label, data])
            kid, curve, signature = self.bench.session.handle(request).result
            made.append(CoseSignature(kid, Curve(curve), signature))
        return assemble(data, made).encode()


def keys_of(threshold: int, *keys: SignerKey) -> KeySet:
    entries = [SigningKey(Curve.SECP256R1, compress(key.public_key), at) for at, key in enumerate(keys, 1)]
    return KeySet.of(threshold, entries)


@pytest.fixture
def rotation(tmp_path: Path) -> Rotation:
    return Rotation(tmp_path)


def test_the_next_root_is_taken_by_its_signatures_and_shown(rotation: Rotation) -> None:
    bench = rotation.bench
    payload = rotation.payload([bench.governance, rotation.second], bench.governance)
    data = rotation.signed(payload, "gov", "gov-2")
    shown = dict(bench.finger.rows)
    assert shown["Fingerprint"] == show_fingerprint(fingerprint_of(payload.encode())), "signing shows what is compared"
    bench.finger.seen.clear()
    before = bench.session.base.root
    with bench.client() as client:
        client.install_root(data)
        # The same again, or signed anew, is no other root.
        for same in (data, rotation.signed(payload, "gov-2", "gov")):
            client.install_root(same)
        assert [label for label, _ in bench.finger.rows].count("Fingerprint then") == 1
    rows = dict(bench.finger.rows)
    assert rows["Fingerprint now"] == show_fingerprint(before.fingerprint)
    assert rows["Fingerprint then"] == show_fingerprint(fingerprint_of(payload.encode()))
    assert rows["Loaded files"] == "all still count"
    assert bench.session.base.root.root_id == before.root_id
    bench.start(provisioning=False)
    assert (bench.session.base.root.serial, len(bench.session.base.profiles)) == (2, 1)


def test_what_the_new_governance_did_not_sign_no_longer_counts(rotation: Rotation) -> None:
    bench = rotation.bench
    data = rotation.signed(rotation.payload([bench.governance], rotation.second), "gov")
    bench.finger.seen.clear()
    with bench.client() as client:
        client.install_root(data)
        assert dict(bench.finger.rows)["Loaded files"] == "4 no longer count"
        opening = bench.opening()
        with pytest.raises(NotProvisionedError):
            client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode()), opening))
        with pytest.raises(PolicyRefusedError):
            client.load_envelope(bench.seal(bench.profile_payload(2)).encode())
        profile = bench.profile_payload(2)
        client.load_envelope(rotation.signed(profile, "gov-2"))
    bench.start(provisioning=False)
    assert len(bench.session.base.profiles) == 1


def test_no_other_root_takes_its_place(rotation: Rotation) -> None:
    bench = rotation.bench
    both = rotation.payload([bench.governance, rotation.second], bench.governance)
    only_new = rotation.payload([rotation.second], bench.governance)
    refused = [
        rotation.signed(both, "gov"),
        rotation.signed(both, "gov-2"),
        rotation.signed(only_new, "gov-2"),
        rotation.signed(replace(both, serial=3), "gov", "gov-2"),
        rotation.signed(replace(both, serial=1), "gov", "gov-2"),
        # A threshold that was lost: no message mends it, not even in provisioning mode.
        rotation.signed(rotation.payload([rotation.second], rotation.second, serial=2), "gov-2"),
    ]
    for provisioning in (False, True):
        bench.start(provisioning=provisioning)
        with bench.client() as client:
            for data in refused:
                with pytest.raises(PolicyRefusedError):
                    client.install_root(data)
            with pytest.raises(MalformedRequestError):
                client.install_root(b"\xa0")
    assert bench.session.base.root.serial == 1


def test_declined_on_the_screen_nothing_changes(rotation: Rotation) -> None:
    bench = rotation.bench
    data = rotation.signed(rotation.payload([bench.governance], rotation.second), "gov")
    bench.finger.decide = lambda _: "reject"
    from firmware_bridge.errors import DeclinedError

    with bench.client() as client, pytest.raises(DeclinedError):
        client.install_root(data)
    bench.start(provisioning=False)
    assert (bench.session.base.root.serial, len(bench.session.base.profiles)) == (1, 1)
