"""What the signer takes in: one rollback memory for every envelope, whichever file it comes in, in whatever order."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from firmware_bridge.errors import DeclinedError, PolicyRefusedError, SignerStateError, TwoFilesError
from firmware_bridge.signer.trust_base import TrustBase
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.authority import authority_id
from lightnode.wire.envelope import Envelope
from lightnode.wire.network_facts import Checkpoint, Interval, Member, NetworkFacts
from lightnode.wire.payload import Payload
from lightnode.wire.types import Address, Hash32
from tests.support.signer_bench import DAY, GENESIS, NOW, SignerBench

BODY = authority_id("PT", "1")


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    return SignerBench(tmp_path)


def load(bench: SignerBench, what: Payload | Envelope) -> None:
    data = (bench.seal(what) if isinstance(what, Payload) else what).encode()
    bench.finger.seen.clear()
    with bench.client() as client:
        client.load_envelope(data)


def country(bench: SignerBench, serial: int, name: str, issued: int = NOW, scope: bytes = GENESIS) -> Payload:
    keys = bench.session.base.root.governance.as_cbor()
    body = [2, "PT", [[BODY, "PT", "1", name, keys]]]
    return Payload("trust", "training", scope, b"PT", serial, issued, issued + DAY, issued + 365 * DAY, body)


def package(
    bench: SignerBench,
    serial: int,
    profile: Payload,
    countries: list[Payload] | None = None,
    templates: list[Payload] | None = None,
    issued: int = NOW,
) -> Payload:
    members = (Member(Address(b"\2" * 20), "op", "PT"),)
    facts = NetworkFacts(Checkpoint(1, Hash32(b"\1" * 32), NOW), (Interval(0, None, members),), (), None)
    files = [[bench.seal(item).encode() for item in items or ()] for items in (countries, templates)]
    body = [1, [], bench.seal(profile).encode(), facts.as_cbor(), files[0], [], files[1]]
    return Payload("trust", "training", GENESIS, b"", serial, issued, issued + DAY, issued + 365 * DAY, body)


def in_force(bench: SignerBench) -> tuple[str, str | None]:
    base = bench.session.base
    known = base.names.get(BODY)
    return base.profiles[GENESIS].name, None if known is None else f"{known.name}, {known.country}"


def audit(bench: SignerBench) -> bytes:
    return bytes.fromhex((bench.folder / "state" / "audit.log").read_text().replace("\n", ""))


def test_an_older_profile_inside_a_newer_package_is_refused(bench: SignerBench) -> None:
    load(bench, package(bench, 1, bench.profile_payload(1)))
    load(bench, bench.profile_payload(2, name="Newer"))
    with pytest.raises(PolicyRefusedError, match="older"):
        load(bench, package(bench, 2, bench.profile_payload(1)))
    assert in_force(bench)[0] == "Newer"
    load(bench, package(bench, 2, bench.profile_payload(2, name="Newer")))
    with pytest.raises(PolicyRefusedError, match="older"):
        load(bench, bench.profile_payload(1))


def test_two_contents_of_one_serial_are_refused_and_reported_wherever_they_stand(bench: SignerBench) -> None:
    load(bench, bench.profile_payload(2, name="Newer"))
    load(bench, country(bench, 1, "Office"))
    for twice in (
        package(bench, 3, bench.profile_payload(2, name="Other")),
        package(bench, 3, bench.profile_payload(2, name="Newer"), [country(bench, 1, "Other office")]),
        bench.profile_payload(2, name="Other"),
        country(bench, 1, "Other office"),
    ):
        before = audit(bench).count(b"two-files")
        with pytest.raises(TwoFilesError, match="different contents"):
            load(bench, twice)
        assert audit(bench).count(b"two-files") == before + 1
        assert in_force(bench) == ("Newer", "Office, PT")
    load(bench, package(bench, 3, bench.profile_payload(2, name="Newer"), [country(bench, 1, "Office")]))


def test_an_older_statement_of_a_country_or_list_of_templates_is_refused_alike(bench: SignerBench) -> None:
    name = next(name for name in BUILT_IN if name.startswith("eessi."))
    templates = [
        Payload("templates", "training", b"eessi", b"", n, NOW, NOW, NOW, [built_in(name).encode()]) for n in (2, 3)
    ]
    load(bench, package(bench, 1, bench.profile_payload(1), [country(bench, 2, "Second")], [templates[1]]))
    for older in (
        country(bench, 1, "First"),
        package(bench, 2, bench.profile_payload(1), [country(bench, 1, "First")]),
        templates[0],
        package(bench, 2, bench.profile_payload(1), [], [templates[0]]),
    ):
        with pytest.raises(PolicyRefusedError, match="older"):
            load(bench, older)
    assert in_force(bench)[1] == "Second, PT"
    # Older templates beside the newest: old acts need them, and the package vouches for both.
    both = package(bench, 2, bench.profile_payload(1), [], templates)
    load(bench, both)
    load(bench, both)


def test_one_line_twice_in_one_package(bench: SignerBench) -> None:
    profile = bench.profile_payload(1)
    with pytest.raises(PolicyRefusedError):
        load(bench, package(bench, 1, profile, [country(bench, 1, "First"), country(bench, 2, "Second")]))


def test_a_package_leads_back_to_no_root_that_was_left_behind(bench: SignerBench) -> None:
    with_old = bench.seal(package(bench, 3, bench.profile_payload(1)))
    body = bench.root.payload.body
    second = bench.seal(Payload("root", "training", b"", b"", 2, NOW + 1, NOW + DAY, NOW + 2 * DAY, body))
    newer = package(bench, 2, bench.profile_payload(1))
    newer.body[1].append(second.encode())
    load(bench, newer)
    with pytest.raises(PolicyRefusedError, match="root"):
        load(bench, with_old)


def test_an_issuer_beside_governance_has_no_serials_of_its_own(bench: SignerBench) -> None:
    payload = bench.profile_payload(9, name="Aside")
    aside = Payload("profile", "training", GENESIS, b"PT", 9, NOW, NOW, NOW, payload.body)
    with pytest.raises(PolicyRefusedError, match="issuer"):
        load(bench, aside)


def test_the_same_is_in_force_after_a_restart_and_in_any_order(bench: SignerBench) -> None:
    load(bench, package(bench, 1, bench.profile_payload(1), [country(bench, 1, "First")]))
    load(bench, bench.profile_payload(2, name="Newer"))
    load(bench, country(bench, 2, "Second"))
    load(bench, country(bench, 1, "Elsewhere", NOW - 1, b"\x66" * 32))
    assert in_force(bench) == ("Newer", "Second, PT")
    bench.start(provisioning=False)
    assert in_force(bench) == ("Newer", "Second, PT")
    base, files, memory = bench.session.base, bench.session.files.envelopes(), bench.session.files.memory()
    own = [data for data in files if b"trust" in data[:60] or b"profile" in data[:60]]
    assert len(own) == 4
    for order in itertools.permutations(own):
        again = TrustBase.restore(base.root, order, memory.serials)
        assert again.profiles == base.profiles
        assert again.names == base.names
    load(bench, package(bench, 2, bench.profile_payload(2, name="Newer")))
    running = in_force(bench)
    bench.start(provisioning=False)
    assert in_force(bench) == running


def test_a_folder_whose_file_was_put_back_has_no_old_network(bench: SignerBench) -> None:
    folder = bench.folder / "state" / "envelopes"
    (path,) = folder.glob("profile-*")
    old = path.read_bytes()
    load(bench, bench.profile_payload(2, name="Newer"))
    path.write_bytes(old)
    bench.start(provisioning=False)
    assert GENESIS not in bench.session.base.profiles
    path.write_bytes(bench.seal(bench.profile_payload(2, name="Forged")).encode())
    with pytest.raises(SignerStateError, match="serial"):
        bench.start(provisioning=False)


def test_a_power_cut_between_file_and_memory_leaves_the_newer_file(bench: SignerBench) -> None:
    memory = (bench.folder / "state" / "memory.cbor").read_bytes()
    load(bench, bench.profile_payload(2, name="Newer"))
    (bench.folder / "state" / "memory.cbor").write_bytes(memory)
    bench.start(provisioning=False)
    assert in_force(bench)[0] == "Newer"
    with pytest.raises(PolicyRefusedError, match="older"):
        load(bench, bench.profile_payload(1))


def time_of(bench: SignerBench) -> int:
    return (bench.session.files.memory().newest_time - NOW) // DAY


def test_only_whole_packages_move_the_time(bench: SignerBench) -> None:
    load(bench, country(bench, 1, "Office", NOW + 80 * DAY))
    load(bench, Payload("profile", "training", GENESIS, b"", 2, NOW + DAY, NOW + DAY, NOW + 9 * DAY,
                        bench.profile().body()))  # fmt: skip
    assert time_of(bench) == 0
    load(bench, package(bench, 1, bench.profile_payload(3), issued=NOW + 80 * DAY))
    assert time_of(bench) == 80
    assert bench.finger.seen == []


def test_steps_are_counted_from_what_a_person_last_confirmed(bench: SignerBench) -> None:
    profile = bench.profile_payload(1)
    load(bench, package(bench, 1, profile, issued=NOW + 60 * DAY))
    far = bench.seal(package(bench, 2, bench.profile_payload(2, name="Newer"), issued=NOW + 120 * DAY))
    bench.finger.decide = lambda shown: "reject"
    with pytest.raises(DeclinedError):
        load(bench, far)
    assert bench.finger.rows[0] == ("What", "Move this signer's time")
    assert (time_of(bench), in_force(bench)[0]) == (60, "Bench network")
    bench.finger.decide = lambda shown: "approve" if shown.last else "next"
    load(bench, far)
    assert (time_of(bench), in_force(bench)[0]) == (120, "Newer")
    load(bench, package(bench, 3, bench.profile_payload(2, name="Newer"), issued=NOW + 200 * DAY))
    assert bench.finger.seen == []
    assert time_of(bench) == 200
