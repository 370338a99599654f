"""One target for each decoder: bytes in, and a defect is an exception that is none of the package's own.

Invariants: a target's number never changes, because every corpus file begins with it; what a decoder accepts is encoded again
and compared where the format has one encoding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from firmware_bridge import answers, audit_entry, audit_mark, frames, greeting, messages
from firmware_bridge.errors import BridgeError
from firmware_bridge.link import memory_port, usb_url
from firmware_bridge.noise import handshake
from firmware_bridge.signer import paired_hosts, responder
from hsm import public_point, signature_form
from hsm.errors import HsmError
from hsm.token import RawSignature, SignatureForm
from lightnode.consensus import checkpoint, extra_data, fixed_header, genesis, header, header_json
from lightnode.consensus.extra_data import BftRules
from lightnode.errors import LightNodeError, WireError
from lightnode.evidence import evidence_file
from lightnode.light_client import memory, misbehaviour
from lightnode.recording import lines
from lightnode.registries import (
    accreditation_document,
    act_records,
    did_documents,
    did_messages,
    document_messages,
    documents,
    issuer_messages,
    issuers,
    timestamp_entries,
    timestamp_messages,
    timestamp_records,
)
from lightnode.registries.storage_walk import walk
from lightnode.registries.typed_call import decode_among
from lightnode.registries.typed_event import decode_event_among
from lightnode.rpc import answer
from lightnode.serving import log_filter
from lightnode.store import key_slots
from lightnode.templates import template_from_json
from lightnode.transfer import pieces
from lightnode.wire import (
    abi,
    abi_types,
    account_proof,
    approval,
    block_transaction,
    cbor,
    commitment,
    curve,
    envelope,
    field_value,
    json_value,
    ledger_transaction,
    order,
    pack,
    payload,
    profile,
    receipt,
    registry,
    registry_admin,
    rlp,
    root,
    status,
    template,
    timestamp_call,
    transaction,
    transaction_body,
    trie,
    trie_node,
    trust,
)
from lightnode.wire.types import ZERO_HASH, Address, Hash32
from tests.support.sealed_world import World

OWN = (LightNodeError, BridgeError, HsmError)


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder under test.

    Attributes:
        number: first two bytes of its inputs; never changed, never given again.
        name: of the decoder, dotted.
        run: takes the rest of the input; raises on a defect only.
        also: decoders that it reaches as well.
    """

    number: int
    name: str
    run: Callable[[bytes], None]
    also: tuple[str, ...] = ()


def plain(decode: Callable[[bytes], Any], encode: Callable[[Any], bytes] | None = None) -> Callable[[bytes], None]:
    """Let a decoder take bytes; what it accepts must have that one encoding."""

    def run(data: bytes) -> None:
        try:
            found = decode(data)
        except OWN:
            return
        if encode is not None and encode(found) != data:
            raise AssertionError("what was accepted is encoded otherwise")

    return run


def as_json(decode: Callable[[Any], Any]) -> Callable[[bytes], None]:
    """Let a decoder take what the JSON reader makes of the bytes."""

    def run(data: bytes) -> None:
        try:
            decode(json_value.parse(data, 1 << 20))
        except OWN:
            return

    return run


def as_cbor(decode: Callable[[Any], Any]) -> Callable[[bytes], None]:
    """Let a decoder take what the CBOR reader makes of the bytes."""

    def run(data: bytes) -> None:
        try:
            decode(cbor.decode(data))
        except OWN:
            return

    return run


def _payload(kind: str, read: Callable[[payload.Payload], Any]) -> Callable[[bytes], None]:
    """Let a reader of one kind of envelope take the body in the bytes."""

    def decode(body: Any) -> None:
        world, genesis_hash = _made_world()
        read(world.payload(kind, genesis_hash, b"", body))

    return as_cbor(decode)


@cache
def _made_world() -> tuple[World, bytes]:
    return World(), World().profile().genesis_hash


@cache
def _world() -> tuple[bytes, bytes, bytes]:
    world = World()
    return world.evidence(), world.trust(), world.root()


def _verdict(part: int) -> Callable[[bytes], None]:
    """Let the judge take evidence, trust package or root from the bytes; it judges, or says what it cannot read."""

    def run(data: bytes) -> None:
        given = list(_world())
        given[part] = data
        try:
            _made_world()[0].judge(evidence=given[0], trust=given[1], root=given[2])
        except WireError:
            if part == 0:
                raise

    return run


def _extra(rules: BftRules) -> Callable[[bytes], None]:
    return plain(
        lambda data: extra_data.decode_extra_data(rules, data), lambda extra: extra_data.encode_extra_data(rules, extra)
    )


def _quick_header(data: bytes) -> None:
    """What the quick reader reads, the general one accepts."""
    if fixed_header.read_fixed(data) is not None:
        header.read_generally(data)


def _quick_extra(data: bytes) -> None:
    found = extra_data.read_usual(data)
    if found is not None and found != extra_data.read_generally(BftRules.QBFT, data):
        raise AssertionError("the quick reader read something else")


def _proof(data: bytes) -> None:
    """A root, a key and nodes, one after another with two bytes of length."""
    nodes, at = [], 64
    while at + 2 <= len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        nodes.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    for call in (
        lambda: trie.verify_proof(data[:32], data[32:64], nodes),
        lambda: trie.verify_proof(data[:32], data[32:64], nodes, fixed_width=True),
        lambda: account_proof.verify_account(data[:32], data[32:52], nodes),
        lambda: account_proof.verify_storage(data[:32], int.from_bytes(data[32:64], "big"), nodes),
    ):
        plain(lambda _, call=call: call())(data)


def _abi(data: bytes) -> None:
    for types in ("bytes32,uint256,string", "uint256[],bytes[],bytes[]", "address,bool,bytes", "(uint256,bytes)"):
        plain(lambda given, types=types: abi.decode(types, given), None)(data)


def _abi_types(data: bytes) -> None:
    plain(lambda given: abi_types.parse_types(given.decode("latin-1")))(data)


def _signature(data: bytes) -> None:
    for one in (curve.Curve.SECP256K1, curve.Curve.SECP256R1):
        plain(lambda given, one=one: curve.recover_address(
            one, given[:32], given[32] if len(given) > 32 else 0, int.from_bytes(given[33:65], "big"),
            int.from_bytes(given[65:97], "big"),
        ))(data)  # fmt: skip
        plain(lambda given, one=one: curve.verify_signature(
            one, given[:65], given[65:97], int.from_bytes(given[97:129], "big"), int.from_bytes(given[129:161], "big")
        ))(data)  # fmt: skip


def _frames(data: bytes) -> None:
    """A reader fed in two pieces gives what it gives in one."""
    one, two = frames.FrameReader(), frames.FrameReader()
    middle = len(data) // 2
    if one.feed(data) != two.feed(data[:middle]) + two.feed(data[middle:]):
        raise AssertionError("frames depend on how their bytes arrive")


# The base point of P-256: a public key, of which nobody here needs the secret.
_MARK_KEY = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def _handshake(data: bytes) -> None:
    """What a host sends first, and what it sends last after a first message that was good."""
    for known in (False, True):
        one, other = (
            handshake.Handshake(initiator=initiator, static=b"\1" * 32, ephemeral=b"\2" * 32, prologue=b"p")
            for initiator in (True, False)
        )
        if known:
            other.read(one.write())
            other.write()
        plain(other.read)(data)


def _hosts(data: bytes) -> paired_hosts.PairedHosts:
    return paired_hosts.PairedHosts(data, lambda _: None)


def _responder(data: bytes) -> None:
    """What comes from a line in which nobody shook hands: answers, and no message."""
    link, _ = memory_port.pair()
    if responder.Responder(link, b"\1" * 32, paired_hosts.PairedHosts(None, lambda _: None)).feed(data):
        raise AssertionError("a message came through without a channel")


def _points(data: bytes) -> None:
    for name in ("secp256k1", "secp256r1"):
        plain(lambda given, name=name: public_point.read_point(given, name))(data)


def _raw_signature(data: bytes) -> None:
    for form in SignatureForm:
        raw = RawSignature(data, form)
        for name in ("secp256k1", "secp256r1"):
            plain(lambda _, raw=raw, name=name: signature_form.numbers(raw, name))(data)


def _text(read: Callable[[str], Any]) -> Callable[[bytes], None]:
    return plain(lambda data: read(data.decode("latin-1")))


def _usb_url(text: str) -> None:
    """What is read is written in one form, which reads as the same."""
    name = usb_url.read_usb_url("usb:" + text)
    if usb_url.read_usb_url(name.url()) != name:
        raise AssertionError("a URL of a USB device reads as another one")


def _genesis(client: str | None) -> Callable[[bytes], None]:
    return plain(lambda data: genesis.load_genesis(data, client))


def _lines(data: bytes) -> None:
    plain(lambda given: list(lines.read_lines(given.split(b"\n"), "file")))(data)
    plain(lambda given: lines.read_proof(given, 1, "file"))(data)


def _storage(data: bytes) -> None:
    """The first byte chooses a plan; its words come one after another from the rest, in the order in which they are asked for."""
    plans = (
        lambda: did_documents.document_plan("did:ebsi:z", ["k"]), lambda: issuers.attribute_plan("did:ebsi:z", ZERO_HASH),
        lambda: issuers.issuer_plan("did:ebsi:z"), lambda: documents.document_plan(ZERO_HASH),
        lambda: documents.event_plan(ZERO_HASH, ZERO_HASH), lambda: timestamp_entries.entry_plan(ZERO_HASH),
        lambda: timestamp_records.record_plan(ZERO_HASH), lambda: act_records.record_plan(1),
    )  # fmt: skip
    rest = iter(data[at : at + 32] for at in range(1, len(data), 32))
    plan = plans[data[0] % len(plans) if data else 0]
    plain(lambda _: walk(plan(), lambda slots: {slot: int.from_bytes(next(rest, b""), "big") for slot in slots}))(data)


def _events(data: bytes) -> None:
    """The first byte chooses an event, the next words are its topics."""
    kind = EVENTS[data[0] % len(EVENTS) if data else 0]
    end = 1 + 32 * len(kind.INDEXED)
    topics = [Hash32(data[at : at + 32].ljust(32, b"\0")) for at in range(1, end, 32)]
    log = receipt.Log(Address(bytes(20)), (kind.topic(), *topics), data[end:])
    try:
        found = decode_event_among(EVENTS, log)
    except OWN:
        return
    if found.log_of(log.address) != log:
        raise AssertionError("what was accepted leaves another log")


CALLS = (*did_messages.CALLS, *document_messages.CALLS, *issuer_messages.CALLS, *timestamp_messages.CALLS)
EVENTS = (*did_messages.EVENTS, *document_messages.EVENTS, *issuer_messages.EVENTS, *timestamp_messages.EVENTS)

TARGETS = (
    Target(1, "lightnode.wire.rlp.decode", plain(rlp.decode, rlp.encode), ("lightnode.wire.rlp.decode_list",)),
    Target(2, "lightnode.wire.cbor.decode", plain(cbor.decode, cbor.encode)),
    Target(3, "lightnode.wire.transaction.decode_transaction", plain(transaction.decode_transaction, lambda one: one.encode())),
    Target(4, "lightnode.wire.transaction.decode_unsigned", plain(transaction.decode_unsigned)),
    Target(5, "lightnode.wire.transaction_body.body_from_json",
           as_json(lambda obj: transaction_body.body_from_json(obj, private_marks=True)),
           ("lightnode.wire.block_transaction.block_transaction_from_json",)),
    Target(6, "lightnode.wire.ledger_transaction.read_ledger_transaction",
           plain(lambda data: ledger_transaction.read_ledger_transaction(data, private_marks=True))),
    Target(7, "lightnode.wire.receipt.decode_receipt", plain(receipt.decode_receipt, lambda one: one.encode())),
    Target(8, "lightnode.wire.receipt.receipt_from_json", as_json(receipt.receipt_from_json)),
    Target(9, "lightnode.wire.abi.decode", _abi, ("lightnode.wire.abi_words.read_uint", "lightnode.wire.abi_words.read_address",
                                                  "lightnode.wire.abi_words.read_bool", "lightnode.wire.abi_words.decode_word")),
    Target(10, "lightnode.wire.abi_types.parse_types", _abi_types),
    Target(11, "lightnode.wire.trie.verify_proof", _proof,
           ("lightnode.wire.account_proof.verify_account", "lightnode.wire.account_proof.verify_storage")),
    Target(12, "lightnode.wire.trie_node.decode_node", plain(trie_node.decode_node)),
    Target(13, "lightnode.wire.account_proof.parse_get_proof", as_json(account_proof.parse_get_proof),
           ("lightnode.wire.account_proof.verify_get_proof",)),
    Target(14, "lightnode.wire.json_value.parse", plain(lambda data: json_value.parse(data, 1 << 20))),
    Target(15, "lightnode.wire.registry.decode_act_call", plain(registry.decode_act_call, lambda one: one.encode())),
    Target(16, "lightnode.wire.registry.read_log_leaf", plain(registry.read_log_leaf)),
    Target(17, "lightnode.wire.registry_admin.decode_change_call",
           plain(registry_admin.decode_change_call, lambda one: one.encode())),
    Target(18, "lightnode.wire.registry_admin.decode_deployment", plain(registry_admin.decode_deployment)),
    Target(19, "lightnode.wire.timestamp_call.decode_timestamp_call", plain(timestamp_call.decode_timestamp_call)),
    Target(20, "lightnode.wire.timestamp_call.decode_timestamp_event", plain(timestamp_call.decode_timestamp_event)),
    Target(21, "lightnode.wire.template.decode_template", plain(template.decode_template, lambda one: one.encode())),
    Target(22, "lightnode.wire.commitment.decode_opening", plain(commitment.decode_opening, lambda one: one.encode())),
    Target(23, "lightnode.wire.payload.decode_payload", plain(payload.decode_payload, lambda one: one.encode())),
    Target(24, "lightnode.wire.payload.decode_draft", plain(payload.decode_draft, payload.encode_draft)),
    Target(25, "lightnode.wire.envelope.decode_envelope", plain(envelope.decode_envelope, lambda one: one.encode())),
    Target(26, "lightnode.wire.root.read_root", plain(root.read_root), ("lightnode.wire.envelope.verify_envelope",)),
    Target(27, "lightnode.wire.profile.read_profile", _payload("profile", profile.read_profile), tuple(
        f"lightnode.wire.{name}" for name in (
            "profile_members.read_uint", "profile_members.read_bytes", "profile_members.read_address",
            "profile_members.read_hash", "profile_members.read_engine", "profile_members.read_change",
            "profile_members.read_contract", "profile_members.read_recording", "profile_members.read_gas",
            "profile_terms.read_forks", "profile_terms.read_strictness", "profile_terms.read_trusting_period",
            "profile_terms.read_spacing", "registry_pins.read_registries"))),
    Target(28, "lightnode.wire.trust.read_package", _verdict(1)),
    Target(29, "lightnode.wire.approval.read_approval", plain(approval.read_approval)),
    Target(30, "lightnode.verdict.verification.verify_evidence", _verdict(0)),
    Target(31, "lightnode.evidence.evidence_file.decode_evidence", plain(evidence_file.decode_evidence, lambda one: one.encode())),
    Target(32, "lightnode.consensus.header.decode_header", plain(header.decode_header, lambda one: one.encode()),
           ("lightnode.consensus.header.read_generally",)),
    Target(33, "lightnode.consensus.fixed_header.read_fixed", _quick_header),
    Target(34, "lightnode.consensus.header_json.header_from_json", as_json(header_json.header_from_json)),
    Target(35, "lightnode.consensus.extra_data.decode_extra_data", _extra(BftRules.QBFT), ("lightnode.consensus.extra_data.read_generally",)),
    Target(36, "lightnode.consensus.extra_data.decode_extra_data.ibft2", _extra(BftRules.IBFT2)),
    Target(37, "lightnode.consensus.extra_data.decode_extra_data.ibft1", _extra(BftRules.IBFT1)),
    Target(38, "lightnode.consensus.extra_data.read_usual", _quick_extra),
    Target(39, "lightnode.consensus.genesis.load_genesis", _genesis("besu"),
           ("lightnode.consensus.genesis_forks.read_forks", "lightnode.consensus.genesis_schedule.read")),
    Target(40, "lightnode.consensus.genesis.load_genesis.goquorum", _genesis("goquorum")),
    Target(41, "lightnode.consensus.checkpoint.decode_checkpoint", plain(checkpoint.decode_checkpoint, lambda one: one.encode()),
           ("lightnode.consensus.checkpoint.read_checkpoint",)),
    Target(42, "lightnode.light_client.misbehaviour.decode_misbehaviour",
           plain(misbehaviour.decode_misbehaviour, lambda one: one.encode())),
    Target(43, "lightnode.light_client.memory.decode_end", plain(memory.decode_end)),
    Target(44, "lightnode.recording.lines.read_lines", _lines, ("lightnode.recording.lines.read_proof",)),
    Target(45, "lightnode.registries.typed_call.decode_among", plain(lambda data: decode_among(CALLS, data)),
           ("lightnode.wire.abi.decode_call",)),
    Target(46, "lightnode.registries.accreditation_document.read_document", plain(accreditation_document.read_document)),
    Target(47, "lightnode.rpc.answer.parse_answer", plain(lambda data: answer.parse_answer(data, 1 << 20))),
    Target(48, "lightnode.serving.log_filter.read_log_filter",
           as_json(lambda obj: log_filter.read_log_filter(obj if isinstance(obj, dict) else {}))),
    Target(49, "lightnode.store.key_slots.decode", plain(key_slots.decode)),
    Target(50, "lightnode.templates.template_from_json", as_json(template_from_json)),
    Target(51, "lightnode.transfer.pieces.decode_preface", plain(pieces.decode_preface, pieces.encode_preface)),
    Target(52, "lightnode.transfer.pieces.decode_piece", plain(pieces.decode_piece)),
    Target(53, "lightnode.wire.curve.verify_signature", _signature),
    Target(54, "lightnode.wire.field_value.parse_date", _text(field_value.parse_date), ("lightnode.wire.field_value.parse_text",)),
    Target(55, "lightnode.wire.order.read_order", _payload("order", order.read_height_exception)),
    Target(56, "lightnode.wire.pack.read_pack", _payload("pack", pack.read_pack)),
    Target(57, "lightnode.wire.status.read_status", _payload("status", status.read_status)),
    Target(58, "firmware_bridge.frames.decode_frame", plain(frames.decode_frame)),
    Target(59, "firmware_bridge.frames.FrameReader", _frames),
    Target(60, "firmware_bridge.messages.decode_request", plain(messages.decode_request), ("firmware_bridge.messages.read_id",)),
    Target(61, "firmware_bridge.messages.decode_response", plain(messages.decode_response)),
    Target(62, "firmware_bridge.greeting.decode_hello", plain(greeting.decode_hello, greeting.Hello.encode)),
    Target(80, "firmware_bridge.greeting.decode_hello_reply",
           plain(greeting.decode_hello_reply, greeting.HelloReply.encode)),
    Target(81, "firmware_bridge.noise.handshake.Handshake", _handshake),
    Target(82, "firmware_bridge.signer.paired_hosts.PairedHosts", plain(_hosts)),
    Target(83, "firmware_bridge.answers.read_hosts", as_cbor(answers.read_hosts)),
    Target(85, "firmware_bridge.audit_entry.decode_entry", plain(audit_entry.decode_entry, audit_entry.Entry.encode)),
    Target(86, "firmware_bridge.audit_entry.read_lines", plain(lambda data: list(audit_entry.read_lines([data])))),
    Target(87, "firmware_bridge.audit_mark.read_mark",
           plain(lambda data: audit_mark.read_mark(data, curve.Curve.SECP256R1, _MARK_KEY))),
    Target(88, "firmware_bridge.link.usb_url.read_usb_url", _text(_usb_url)),
    Target(84, "firmware_bridge.signer.responder.Responder", _responder),
    Target(63, "hsm.public_point.read_point", _points),
    Target(65, "hsm.signature_form.numbers", _raw_signature),
    Target(66, "lightnode.wire.block_transaction.block_transaction",
           plain(block_transaction.block_transaction, lambda one: one.raw)),
    Target(67, "lightnode.wire.root.read_root.judged", _verdict(2)),
    Target(68, "lightnode.wire.trust.read_package.bare", plain(lambda data: trust.open_trust(data, root.read_root(_world()[2])))),
    Target(69, "lightnode.registries.storage_walk.walk", _storage),
    Target(70, "lightnode.registries.typed_event.decode_event_among", _events),
)  # fmt: skip
BY_NUMBER = {target.number: target for target in TARGETS}


def run(data: bytes) -> None:
    """Give an input to its target."""
    target = BY_NUMBER.get(int.from_bytes(data[:2], "big"))
    if target is not None:
        target.run(data[2:])
