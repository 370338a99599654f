"""Noise XX against public vectors, and what must not pass: low-order points, messages out of turn, any changed bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from firmware_bridge.errors import ChannelError
from firmware_bridge.noise.cipher_state import CipherState
from firmware_bridge.noise.handshake import Handshake, Split, public_of
from firmware_bridge.noise.symmetric_state import NAME

ONE, OTHER = b"\1" * 32, b"\2" * 32
# RFC 7748 and Wycheproof: points of small order, which make the all-zero secret with every key.
LOW_ORDER = [
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


def side(initiator: bool, prologue: bytes = b"p", fresh: bytes = b"\3") -> Handshake:
    static, ephemeral = (ONE, fresh * 32) if initiator else (OTHER, b"\4" * 32)
    return Handshake(initiator=initiator, static=static, ephemeral=ephemeral, prologue=prologue)


def shaken(one: Handshake, other: Handshake) -> tuple[Split, Split]:
    other.read(one.write(b"a"))
    one.read(other.write(b"b"))
    other.read(one.write(b"c"))
    return one.split(), other.split()


def test_both_sides_end_with_the_same_keys() -> None:
    one, other = shaken(side(True), side(False))
    assert one.hash == other.hash
    assert (one.remote, other.remote) == (public_of(OTHER), public_of(ONE))
    for said in (b"", b"x", bytes(5000)):
        assert other.receive.decrypt(b"h", one.send.encrypt(b"h", said)) == said
        assert one.receive.decrypt(b"h", other.send.encrypt(b"h", said)) == said


def test_the_public_vector(shared_vectors: Path) -> None:
    listed = json.loads((shared_vectors / "hardware" / "noise" / "noise-25519-subset.json").read_text())["vectors"]
    (vector,) = [one for one in listed if one["protocol_name"] == NAME.decode()]
    given = {name: bytes.fromhex(vector[name]) for name in vector if name not in ("protocol_name", "messages")}
    sides = [
        Handshake(
            initiator=word == "init", static=given[f"{word}_static"], ephemeral=given[f"{word}_ephemeral"],
            prologue=given[f"{word}_prologue"],
        )
        for word in ("init", "resp")
    ]  # fmt: skip
    splits: list[Split] = []
    for at, message in enumerate(vector["messages"]):
        payload, sealed = bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"])
        speaker, hearer = at % 2, 1 - at % 2
        if at < 3:
            assert sides[speaker].write(payload) == sealed
            assert sides[hearer].read(sealed) == payload
            if at == 2:
                splits = [one.split() for one in sides]
                assert splits[0].hash == splits[1].hash == given["handshake_hash"]
        else:
            assert splits[speaker].send.encrypt(b"", payload) == sealed
            assert splits[hearer].receive.decrypt(b"", sealed) == payload
    assert len(vector["messages"]) > 3


def test_wycheproof_on_the_key_exchange_we_use(shared_vectors: Path) -> None:
    path = next((shared_vectors / "hardware" / "wycheproof").glob("x25519*.json"))
    zero, agreed = 0, 0
    for group in json.loads(path.read_text())["testGroups"]:
        for test in group["tests"]:
            private = X25519PrivateKey.from_private_bytes(bytes.fromhex(test["private"]))
            public = X25519PublicKey.from_public_bytes(bytes.fromhex(test["public"]))
            if "ZeroSharedSecret" in test["flags"]:
                zero += 1
                with pytest.raises(ValueError):
                    private.exchange(public)
            else:
                agreed += 1
                assert private.exchange(public).hex() == test["shared"]
    assert zero and agreed


@pytest.mark.parametrize("point", LOW_ORDER, ids=range(len(LOW_ORDER)))
def test_a_point_of_small_order_is_refused(point: bytes) -> None:
    responder = side(False)
    responder.read(point)
    with pytest.raises(ChannelError):
        responder.write()


def test_another_prologue_is_noticed() -> None:
    one, other = side(True), side(False, b"q")
    other.read(one.write())
    with pytest.raises(ChannelError):
        one.read(other.write())


def test_every_changed_bit_of_the_handshake_is_noticed() -> None:
    first = side(True).write(b"")
    for step in range(3):
        length = (len(first), 96 + 1, 64 + 1)[step]
        for at in range(length * 8):
            one, other = side(True), side(False)
            with pytest.raises(ChannelError):
                for now, (speaker, hearer) in enumerate(((one, other), (other, one), (one, other))):
                    message = bytearray(speaker.write(b"" if now == 0 else b"z"))
                    if now == step:
                        message[at // 8] ^= 1 << at % 8
                    hearer.read(bytes(message))
                # RFC 7748 masks the top bit of a public key: the secret is the same, the handshake hash is not.
                splits = one.split(), other.split()
                splits[1].receive.decrypt(b"", splits[0].send.encrypt(b"", b"said"))


def test_out_of_turn_too_short_and_too_long() -> None:
    with pytest.raises(ChannelError):
        side(False).write()
    with pytest.raises(ChannelError):
        side(True).read(bytes(32))
    with pytest.raises(ChannelError):
        side(False).read(bytes(31))
    with pytest.raises(ChannelError):
        side(False).read(bytes(65536))
    with pytest.raises(ChannelError):
        side(True).split()
    one, other = side(True), side(False)
    shaken(one, other)
    with pytest.raises(ChannelError):
        one.write()


def test_a_message_opens_once_in_its_place_and_whole() -> None:
    one, other = CipherState(ONE), CipherState(ONE)
    first, second = one.encrypt(b"head", b"first"), one.encrypt(b"head", b"second")
    for bad in (second, first[:-1], first[:-1] + bytes([first[-1] ^ 1]), b"", first + b"\0"):
        with pytest.raises(ChannelError):
            other.decrypt(b"head", bad)
    with pytest.raises(ChannelError):
        other.decrypt(b"herd", first)
    assert other.decrypt(b"head", first) == b"first"
    with pytest.raises(ChannelError):
        other.decrypt(b"head", first)
    assert other.decrypt(b"head", second) == b"second"


def test_the_counter_has_an_end() -> None:
    cipher = CipherState(ONE)
    cipher._nonce = 2**64 - 2
    cipher.encrypt(b"", b"the last")
    with pytest.raises(ChannelError):
        cipher.encrypt(b"", b"one more")
