"""Every fault at every frame of an exchange: nothing is signed twice, nothing hangs, no log entry is lost, each error is ours."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from firmware_bridge import exchange, initiator
from firmware_bridge.client import SignerClient
from firmware_bridge.errors import BridgeError, ChannelError, LinkTimeoutError, MessageError, UnpluggedError
from firmware_bridge.messages import Method
from hsm.token import KeyInfo, SigningContext
from tests.support.faulty_link import Direction, Fault, FaultyLink
from tests.support.link_host import HOST
from tests.support.signer_bench import SignerBench

# Greeting, two steps of the handshake, three parts of the request; reply, step, end of the handshake, what is pending, answer.
FRAMES = {Direction.TO_SIGNER: 6, Direction.TO_HOST: 12}
MATRIX = [(direction, at, fault) for direction in Direction for at in range(FRAMES[direction]) for fault in Fault]
# In the first tier each fault meets each direction at the handshake, in the request and in the answer.
SAMPLE = [case for number, case in enumerate(MATRIX) if number % 4 == 1 or case[2] is Fault.UNPLUG]
LIMIT_SECONDS = 30


class Counting:
    """A token that counts what it signs."""

    def __init__(self, bench: SignerBench) -> None:
        self.signed: list[bytes] = []
        whole = bench.token.sign_digest

        def sign_digest(key: KeyInfo, digest: bytes, context: SigningContext) -> bytes:
            self.signed.append(digest)
            return whole(key, digest, context)

        bench.token.sign_digest = sign_digest


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> SignerBench:
    return SignerBench(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def counting(bench: SignerBench) -> Counting:
    return Counting(bench)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is lost is missed soon."""
    monkeypatch.setattr(initiator, "STEP_SECONDS", 0.4)
    monkeypatch.setattr(exchange, "IDLE_SECONDS", 1.2)


def entries(folder: Path) -> int:
    """How many transactions the audit log knows."""
    return (folder / "state" / "audit.log").read_bytes().count(b"transaction".hex().encode())


def padded(bench: SignerBench, number: int) -> tuple[object, bytes]:
    """A request of three parts and its id."""
    opening = bench.opening(employer_name=f"Employer {number}")
    wanted = bench.request(bench.transaction(bench.call(opening).encode(), nonce=number), opening)
    return wanted, number.to_bytes(16, "big")


def run(bench: SignerBench, counting: Counting, number: int, case: tuple[Direction, int, Fault]) -> None:
    wanted, name = padded(bench, number)
    before, logged = len(counting.signed), entries(bench.folder)
    link = FaultyLink(bench.link(), *case)
    begun = time.monotonic()
    answer = None
    try:
        with SignerClient(link, HOST) as client:
            answer = client.sign_transaction(wanted, name)
    except BridgeError as error:
        assert isinstance(error, (UnpluggedError, LinkTimeoutError, ChannelError, MessageError)), error
        link.close()
    assert time.monotonic() - begun < LIMIT_SECONDS, "it hung"
    if not link.struck:
        assert answer is not None
    if case[2] is not Fault.UNPLUG:
        assert answer is not None, f"{case} was not mended by itself"
    # Whatever happened: the same id gives the one signature that there is.
    with bench.client() as client:
        again = client.sign_transaction(wanted, name)
    assert answer in (None, again)
    assert len(counting.signed) - before == 1, "signed more than once"
    assert entries(bench.folder) - logged == 1, "the log has lost or gained an entry"


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: f"{case[2].value} {case[1]} {case[0].value}")
def test_one_fault(bench: SignerBench, counting: Counting, case: tuple[Direction, int, Fault]) -> None:
    run(bench, counting, 1000 + MATRIX.index(case), case)


@pytest.mark.full
@pytest.mark.parametrize(
    "case",
    [case for case in MATRIX if case not in SAMPLE],
    ids=lambda case: f"{case[2].value} {case[1]} {case[0].value}",
)
def test_the_rest_of_the_matrix(bench: SignerBench, counting: Counting, case: tuple[Direction, int, Fault]) -> None:
    run(bench, counting, 3000 + MATRIX.index(case), case)


def test_the_matrix_meets_every_kind_of_frame(bench: SignerBench) -> None:
    """Otherwise the numbers above would be too small."""
    wanted, name = padded(bench, 1)
    link = FaultyLink(bench.link(), Direction.TO_HOST, 10**6, Fault.DROP)
    with SignerClient(link, HOST) as client:
        client.sign_transaction(wanted, name)
    assert len(link.passed[Direction.TO_SIGNER]) <= FRAMES[Direction.TO_SIGNER]
    assert len(link.passed[Direction.TO_HOST]) >= 4
    assert not link.struck
    assert {case[2] for case in SAMPLE} == set(Fault)
    covered = {(direction, fault) for direction, _, fault in SAMPLE}
    assert covered == set(itertools.product(Direction, Fault))


def test_a_key_is_made_once_also_where_its_answer_is_lost(bench: SignerBench) -> None:
    bench.start(provisioning=True)
    for at in range(3, 6):
        link = FaultyLink(bench.link(), Direction.TO_HOST, at, Fault.DROP)
        with SignerClient(link, HOST) as client:
            made = client.call(Method.GENERATE_KEY, [f"key {at}", "secp256k1", "transaction"], bytes([at]) * 16)
        with bench.client() as client:
            assert [key.label for key in client.keys()].count(f"key {at}") == 1
            assert client.call(Method.GENERATE_KEY, [f"key {at}", "secp256k1", "transaction"], bytes([at]) * 16) == made
    bench.start(provisioning=False)
