"""A small world in which one act was sealed: test keys for validators, root, governance, country, authority, official.

Everything is made by the product's own encoders; the keys are fixed and no secret. Tests change one thing and judge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import coincurve

from lightnode.consensus.constants import EMPTY_OMMERS_HASH, MIX_HASH, ZERO_NONCE
from lightnode.consensus.extra_data import BftRules, ExtraData, encode_extra_data
from lightnode.consensus.hashes import block_hash, seal_digest
from lightnode.consensus.header import Header
from lightnode.evidence.collecting import SealedBlock, collect
from lightnode.evidence.evidence_file import BatchPlace, Evidence
from lightnode.templates import built_in
from lightnode.verdict import Verdict, verify_evidence
from lightnode.wire import merkle
from lightnode.wire.authority import authority_id
from lightnode.wire.commitment import ActHeader, Opening, batch_leaf, commit, conceal
from lightnode.wire.curve import Curve, address_of
from lightnode.wire.envelope import CoseSignature, assemble, digest_to_sign
from lightnode.wire.field_value import parse_form
from lightnode.wire.key_set import KeySet, SigningKey, key_id
from lightnode.wire.network_facts import Checkpoint, Interval, Member, NetworkFacts, StatusList
from lightnode.wire.payload import Payload
from lightnode.wire.profile import REGISTRY, EngineSpan, GasPolicy, Profile, Recording
from lightnode.wire.receipt import Log, Receipt, bloom_of
from lightnode.wire.registry import LOGGED_TOPIC, ActCall, LogLeaf, Verb
from lightnode.wire.root import root_body
from lightnode.wire.serial_memory import SerialMemory
from lightnode.wire.status import CommitmentStatus
from lightnode.wire.timestamp_call import EVENT_TOPIC, TimestampAct
from lightnode.wire.transaction import SignedTransaction, TransactionType, UnsignedTransaction
from lightnode.wire.trie import EMPTY_ROOT, ordered_trie
from lightnode.wire.trust import AuthorityEntry, KeyEntry
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.signer_bench import FORM

NOW = 1_800_000_000
DAY = 86_400
CHAIN_ID = 0x43480001
GENESIS = Hash32(b"\x55" * 32)
REGISTRY_AT = Address(b"\x77" * 20)
DOCUMENT = b"the document's exact bytes"
HEIGHT = 40
BLOCK = Hash32(b"\x66" * 32)


def key(number: int) -> coincurve.PrivateKey:
    """A fixed test key."""
    return coincurve.PrivateKey(hashlib.sha256(b"test key %d" % number).digest())


def account(secret: coincurve.PrivateKey) -> Address:
    """Its address."""
    return address_of(secret.public_key.format(compressed=False))


def key_set(secret: coincurve.PrivateKey) -> KeySet:
    """One key, threshold one."""
    return KeySet.of(1, [SigningKey(Curve.SECP256K1, secret.public_key.format(), 1)])


def seal(payload: Payload, *secrets: coincurve.PrivateKey) -> bytes:
    """Sign a payload into an envelope file."""
    data = payload.encode()
    signatures = []
    for secret in secrets:
        kid = key_id(Curve.SECP256K1, secret.public_key.format())
        digest = digest_to_sign(data, payload.kind, Curve.SECP256K1, kid)
        signatures.append(CoseSignature(kid, Curve.SECP256K1, secret.sign_recoverable(digest, hasher=None)[:64]))
    return assemble(data, signatures).encode()


ROOT, GOVERNANCE, COUNTRY, BODY, OFFICIAL = (key(number) for number in range(1, 6))
VALIDATORS = sorted((key(number) for number in range(10, 14)), key=account)
AUTHORITY = authority_id("PT", "1040")


@dataclass
class World:
    """What a test may change before it judges; every default makes a valid world.

    Attributes name what they are in the product's own terms.
    """

    now: int = NOW
    block_time: int = NOW - DAY
    environment: str = "training"
    chain_id: int = CHAIN_ID
    template: str = "eessi.pda1.v1"
    typed: dict[str, str] = field(
        default_factory=lambda: {**FORM, "starting_date": "2026-01-01", "ending_date": "2499-01-01"}
    )
    document: bytes | None = DOCUMENT
    sealers: Sequence[coincurve.PrivateKey] = tuple(VALIDATORS)
    call: Callable[[ActCall], ActCall] = lambda call: call
    leaf: Callable[[LogLeaf], LogLeaf] = lambda leaf: leaf
    succeeded: int = 1
    sender: coincurve.PrivateKey = OFFICIAL
    members: Sequence[coincurve.PrivateKey] = tuple(VALIDATORS)
    interval: tuple[int, int | None] = (0, None)
    checkpoint: int = 0
    status: StatusList | None = field(default_factory=lambda: StatusList(10, HEIGHT + 5, ()))
    entry: KeyEntry = field(default_factory=lambda: KeyEntry(account(OFFICIAL), 0b1111110, 1, None, 1, "card"))
    more_entries: Sequence[KeyEntry] = ()
    issued: int = NOW - 3600
    next_update: int = NOW + DAY
    not_after: int = NOW + 14 * DAY
    serial: int = 5
    root_secret: coincurve.PrivateKey = ROOT
    governance: coincurve.PrivateKey = GOVERNANCE
    shown: Sequence[int] | None = None
    batch: tuple[int, int] | None = None
    way: int = REGISTRY
    listed: CommitmentStatus | None = field(
        default_factory=lambda: CommitmentStatus(REGISTRY_AT, HEIGHT + 5, BLOCK, ())
    )
    list_due: int = NOW + DAY
    list_signer: coincurve.PrivateKey = BODY
    act: Callable[[TimestampAct], TimestampAct] = lambda act: act
    event: Callable[[TimestampAct], TimestampAct] = lambda act: act

    def payload(self, kind: str, scope: bytes, issuer: bytes, body: Any, serial: int | None = None) -> Payload:
        return Payload(
            kind,
            self.environment,
            scope,
            issuer,
            serial or self.serial,
            self.issued,
            self.next_update,
            self.not_after,
            body,
        )

    def root(self) -> bytes:
        body = root_body(key_set(self.root_secret), key_set(self.governance), {"PT": key_set(COUNTRY)})
        payload = Payload(
            "root", self.environment, b"", b"", 1, NOW - 400 * DAY, NOW + 100 * DAY, NOW + 1000 * DAY, body
        )
        return seal(payload, self.root_secret)

    def profile(self) -> Profile:
        return Profile(
            self.environment, "Test world", "besu", self.chain_id, b"\xc0", GENESIS, Curve.SECP256K1,
            (EngineSpan(0, "qbft", 30000, 0),), (), 0, (), Recording(self.way, REGISTRY_AT, ZERO_HASH),
            GasPolicy(0, 0, 1_000_000), ZERO_HASH,
        )  # fmt: skip

    def trust(self) -> bytes:
        members = tuple(
            Member(account(item), f"operator {at}", "PT") for at, item in enumerate(sorted(self.members, key=account))
        )
        checkpoint = Checkpoint(self.checkpoint, self.checkpoint_hash(), self.block_time)
        facts = NetworkFacts(checkpoint, (Interval(*self.interval, members),), (), self.status)
        profile = seal(self.payload("profile", GENESIS, b"", self.profile().body()), self.governance)
        body = AuthorityEntry(AUTHORITY, "PT", "1040", "Social Security Institute", key_set(BODY)).as_cbor()
        country = seal(self.payload("trust", GENESIS, b"PT", [2, "PT", [body]]), COUNTRY)
        entries = seal(
            self.payload(
                "trust",
                GENESIS,
                AUTHORITY,
                [3, AUTHORITY, [item.as_cbor() for item in (self.entry, *self.more_entries)]],
            ),
            BODY,
        )
        templates = seal(
            self.payload("templates", self.template.split(".")[0].encode(), b"", [built_in(self.template).encode()]),
            self.governance,
        )
        whole = [1, [], profile, facts.as_cbor(), [country], [entries], [templates]]
        if self.way != REGISTRY and self.listed is not None:
            whole.append([self.status_file(self.listed)])
        return seal(self.payload("trust", GENESIS, b"", whole), self.governance)

    def status_file(self, listed: CommitmentStatus) -> bytes:
        payload = self.payload("status", GENESIS, AUTHORITY, listed.body())
        return seal(replace(payload, next_update=self.list_due), self.list_signer)

    def commitment(self) -> Hash32:
        return commit(self.act_header(), self.opening())

    def checkpoint_hash(self) -> Hash32:
        return block_hash(BftRules.QBFT, self.block()[0]) if self.checkpoint == HEIGHT else Hash32(b"\x66" * 32)

    def opening(self) -> Opening:
        values, problems = parse_form(built_in(self.template), self.typed)
        assert problems == ()
        digest = None if self.document is None else Hash32(hashlib.sha256(self.document).digest())
        return Opening(b"\x09" * 32, digest, values)

    def act_header(self) -> ActHeader:
        template = built_in(self.template)
        return ActHeader(GENESIS, REGISTRY_AT, AUTHORITY, template.id, template.digest, template.leaf_count)

    def batch_leaves(self) -> list[Hash32]:
        """The leaves of the batch that the record is one of; the others are made up."""
        index, count = self.batch or (0, 1)
        others = [batch_leaf(bytes([at % 256]) * 32) for at in range(count)]
        return [*others[:index], batch_leaf(commit(self.act_header(), self.opening())), *others[index + 1 :]]

    def registered(self) -> Hash32:
        """What the call registers: the record's commitment, or its batch's root."""
        return commit(self.act_header(), self.opening()) if self.batch is None else merkle.root(self.batch_leaves())

    def block(self) -> tuple[Header, list[bytes], list[bytes]]:
        call = self.call(
            ActCall(
                Verb.REGISTER,
                GENESIS,
                AUTHORITY,
                built_in(self.template).ledger_id,
                self.registered(),
                1 if self.batch is None else self.batch[1],
                None,
                None,
                ZERO_HASH,
                0,
                self.block_time + DAY,
                ZERO_HASH,
            )
        )
        unsigned = UnsignedTransaction(
            TransactionType.LEGACY, self.chain_id, 0, 0, None, None, 400_000, REGISTRY_AT, 0, self.calldata(call), ()
        )
        made = self.sender.sign_recoverable(unsigned.signing_hash(), hasher=None)
        raw = SignedTransaction(
            unsigned, made[64], int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")
        ).encode()
        leaf = self.leaf(
            LogLeaf(
                int(call.verb),
                7 if call.record is None else call.record,
                call.count,
                AUTHORITY,
                call.template or ZERO_HASH,
                call.commitment or ZERO_HASH,
                account(self.sender),
                call.receiver,
                call.valid_until,
                0 if call.record is None else 8,
                call.act_count or 0,
                call.not_after,
                call.approval,
                HEIGHT,
                self.block_time,
            )
        )
        logs = (self.log(call, leaf),) if self.succeeded else ()
        receipt = Receipt(0, self.succeeded, 200_000, bloom_of(logs), logs).encode()
        transactions, receipts = [raw], [receipt]
        members = tuple(sorted(account(item) for item in self.sealers))
        extra = ExtraData(bytes(32), members, None, 1, ())
        header = Header(
            Hash32(b"\x31" * 32), EMPTY_OMMERS_HASH, members[0], EMPTY_ROOT, ordered_trie(transactions).root,
            ordered_trie(receipts).root, bloom_of(logs), 1, HEIGHT, 30_000_000, 200_000, self.block_time,
            encode_extra_data(BftRules.QBFT, extra), MIX_HASH, ZERO_NONCE, 0,
        )  # fmt: skip
        digest = seal_digest(BftRules.QBFT, header)
        seals = tuple(item.sign_recoverable(digest, hasher=None) for item in self.sealers)
        header = header.replace_extra_data(encode_extra_data(BftRules.QBFT, replace(extra, seals=seals)))
        return header, transactions, receipts

    def timestamp(self, call: ActCall) -> TimestampAct:
        return self.act(
            TimestampAct(
                call.verb,
                AUTHORITY,
                call.template or ZERO_HASH,
                call.commitment or ZERO_HASH,
                None,
                0,
                None,
                call.valid_until,
                call.not_after,
                None,
            )
        )

    def calldata(self, call: ActCall) -> bytes:
        return call.encode() if self.way == REGISTRY else self.timestamp(call).encode()

    def log(self, call: ActCall, leaf: LogLeaf) -> Log:
        if self.way == REGISTRY:
            return Log(REGISTRY_AT, (LOGGED_TOPIC,), leaf.words())
        return Log(REGISTRY_AT, (EVENT_TOPIC,), self.event(self.timestamp(call)).event_data())

    def evidence_object(self) -> Evidence:
        header, transactions, receipts = self.block()
        members = [account(item) for item in self.sealers]
        sealed = collect(SealedBlock(BftRules.QBFT, Curve.SECP256K1, header, members, transactions, receipts), 0)
        opening = self.opening()
        shown = opening if self.shown is None else conceal(self.act_header(), opening, self.shown)
        place = None
        if self.batch is not None:
            place = BatchPlace(self.batch[0], merkle.path(self.batch_leaves(), self.batch[0]))
        return Evidence(self.way, GENESIS, self.template, shown, sealed, None, place)

    def evidence(self) -> bytes:
        return self.evidence_object().encode()

    def judge(self, **instead: Any) -> Verdict:
        """Judge this world, with some inputs put in place of its own."""
        given = {
            "evidence": None, "document": self.document, "trust": None, "root": None, "at": self.now,
            "memory": SerialMemory({}), **instead,
        }  # fmt: skip
        return verify_evidence(
            given["evidence"] if given["evidence"] is not None else self.evidence(),
            given["document"],
            given["trust"] if given["trust"] is not None else self.trust(),
            given["root"] if given["root"] is not None else self.root(),
            given["at"],
            given["memory"],
        )
