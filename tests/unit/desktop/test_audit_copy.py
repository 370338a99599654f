"""A copy of an audit log: carried on, marked, and found out where either side was rewritten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.cli.main import main
from desktop.services import audit_copy, signer_access
from desktop.services.audit_copy import pull, read_copy
from firmware_bridge.audit_entry import Entry, Event, Head, decode_entry, follow, read_lines, write_line
from firmware_bridge.client import SignerClient
from firmware_bridge.errors import AuditEntryError, AuditForkedError, AuditMarkError
from lightnode.wire.curve import Curve
from lightnode.wire.key_set import key_id
from tests.support.signer_bench import SignerBench


@pytest.fixture
def bench(tmp_path: Path) -> SignerBench:
    bench = SignerBench(tmp_path)
    bench.start(provisioning=True)
    with bench.client() as client:
        client.generate_key("attestation", "secp256r1", "attestation")
    bench.start(provisioning=False)
    return bench


def sign(bench: SignerBench, client: SignerClient, nonce: int) -> None:
    opening = bench.opening()
    client.sign_transaction(bench.request(bench.transaction(bench.call(opening).encode(), nonce=nonce), opening))


def rewritten(lines: list[bytes], at: int, change: Event) -> list[bytes]:
    """A chain that somebody has made again from one entry on, as a host can with its own copy."""
    entries = [decode_entry(one) for one in read_lines(lines)]
    made, head = list(lines[:at]), Head()
    for _, end in follow(read_lines(lines[:at]), Head()):
        head = end
    for number, entry in enumerate(entries[at:], at):
        new = Entry(number + 1, head.hash, change if number == at else entry.what)
        made.append(write_line(new.encode()))
        head = Head(new.counter, new.hash)
    return made


def test_a_copy_is_carried_on_and_every_byte_of_it_is_vouched_for(bench: SignerBench, tmp_path: Path) -> None:
    path = tmp_path / "copy.audit"
    with bench.client() as client:
        first = pull(client, path, take_over=True)
        assert first.new == first.copy.head.counter > 0
        assert first.waiting == 0
        sign(bench, client, 0)
        sign(bench, client, 1)
        kept = pull(client, path, take_over=False)
        assert (kept.new, kept.waiting) == (2, 2)
        second = pull(client, path, take_over=True)
        assert (second.new, second.waiting, len(second.copy.marks)) == (0, 0, 3)
    assert path.read_bytes() == (bench.folder / "state" / "audit.log").read_bytes()
    copy = read_copy(path)
    assert copy.marked == copy.head.counter
    assert copy.events()["transaction signed"] == 2
    assert path.stat().st_mode & 0o077 == 0


def test_every_rewriting_of_the_copy_is_found_out(bench: SignerBench, tmp_path: Path) -> None:
    path = tmp_path / "copy.audit"
    with bench.client() as client:
        sign(bench, client, 0)
        pull(client, path, take_over=True)
        sign(bench, client, 1)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    declined = replace(decode_entry(next(iter(read_lines(lines[-1:])))).what, outcome="declined")
    # The chain itself.
    for bad in (lines[1:], lines[:3] + lines[4:], [lines[1], lines[0], *lines[2:]], [*lines, lines[-1]]):
        path.write_bytes(b"".join(bad))
        with pytest.raises(AuditEntryError):
            read_copy(path)
    # A chain that is whole in itself: the mark says otherwise, and so does the signer's next entry.
    for at in (0, len(lines) - 1):
        path.write_bytes(b"".join(rewritten(lines, at, declined)))
        with pytest.raises(AuditMarkError):
            read_copy(path)
        marks = path.with_name("copy.audit.marks")
        kept = marks.read_bytes()
        marks.unlink()
        with bench.client() as client, pytest.raises(AuditForkedError):
            pull(client, path, take_over=True)
        marks.write_bytes(kept)
    # Cut short: the marks name an entry that is not there.
    path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(AuditMarkError):
        read_copy(path)
    path.write_bytes(whole)
    assert read_copy(path).head.counter == len(lines)


def test_every_changed_byte_of_the_copy_and_its_marks_is_found_out(bench: SignerBench, tmp_path: Path) -> None:
    path = tmp_path / "copy.audit"
    with bench.client() as client:
        pull(client, path, take_over=True)
    for one in (path, path.with_name("copy.audit.marks")):
        whole = one.read_bytes()
        for at in range(0, len(whole), 7):
            one.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            with pytest.raises((AuditEntryError, AuditMarkError)):
                read_copy(path)
        one.write_bytes(whole)
    read_copy(path)


def test_a_signer_that_gives_other_entries_than_it_marks_is_not_believed(
    bench: SignerBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "copy.audit"
    with bench.client() as client:
        whole = client.audit_entries

        def fewer(first: int) -> Any:
            given, head = whole(first)
            return given[:-1] if len(given) > 1 else (), head

        monkeypatch.setattr(client, "audit_entries", fewer)
        with pytest.raises(AuditForkedError):
            pull(client, path, take_over=True)
        mark = client.audit_mark
        monkeypatch.setattr(client, "audit_entries", whole)
        monkeypatch.setattr(client, "audit_mark", lambda _: mark(b"\1" * 32))
        with pytest.raises(AuditMarkError, match="somebody else"):
            pull(client, path, take_over=True)
    assert not path.exists()
    assert bench.session.files.log.waiting > 0, "nothing was taken over"


def test_another_signer_does_not_carry_a_copy_on(bench: SignerBench, tmp_path: Path) -> None:
    path = tmp_path / "copy.audit"
    with bench.client() as client:
        pull(client, path, take_over=True)
    other = SignerBench(tmp_path / "other")
    other.start(provisioning=True)
    with other.client() as client:
        client.generate_key("attestation", "secp256r1", "attestation")
        with pytest.raises(AuditForkedError):
            pull(client, path, take_over=True)


@pytest.fixture
def reached(bench: SignerBench, monkeypatch: pytest.MonkeyPatch) -> SignerBench:
    @contextmanager
    def connect(*_: Any) -> Iterator[SignerClient]:
        with bench.client() as client:
            yield client

    monkeypatch.setattr(signer_access, "connect", connect)
    return bench


def do(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    got = main([*words, "--json"])
    out = capsys.readouterr().out
    assert got == status, out
    return json.loads(out)


def test_the_commands(reached: SignerBench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "copy.audit")
    pulled = do(capsys, "audit", "pull", file, "--signer", "bench")
    assert pulled["new"] == pulled["entries_in_all"] == pulled["marked"]
    with reached.client() as client:
        (key,) = [key for key in client.keys() if key.purpose == audit_copy.PURPOSE]
    kid = key_id(Curve(key.curve), key.public_key).hex()
    verified = do(capsys, "audit", "verify", file, "--key", kid)
    assert (verified["unmarked"], verified["key_id"]) == (0, kid)
    assert do(capsys, "audit", "verify", file, "--key", "00" * 32, status=4)["error"]["code"] == "AUDIT-MARK"
    rows = do(capsys, "audit", "show", file)["entries"]
    assert [row["counter"] for row in rows] == list(range(1, len(rows) + 1))
    assert main(["audit", "show", file]) == 0
    assert "made" in capsys.readouterr().out
    (tmp_path / "empty.audit").write_bytes(b"")
    assert main(["audit", "show", str(tmp_path / "empty.audit")]) == 0
    assert "no entries" in capsys.readouterr().out
    (tmp_path / "copy.audit.marks").unlink()
    assert do(capsys, "audit", "verify", file, status=4)["error"]["code"] == "AUDIT-MARK"
    (tmp_path / "copy.audit").write_bytes(b"zz\n")
    assert do(capsys, "audit", "verify", file, status=4)["error"]["code"] == "AUDIT-ENTRY"
    assert do(capsys, "audit", "verify", str(tmp_path / "nowhere"), status=2)["error"]["code"] == "INPUT-FILE"
