"""The desktop's side of the bridge: what can be asked of a signer, each with its answer read strictly."""

from __future__ import annotations

import threading
from collections.abc import Callable

from firmware_bridge.answers import CURVES, read_hosts, read_key
from firmware_bridge.answers import SignerInfo as SignerInfo
from firmware_bridge.answers import SignerKey as SignerKey
from firmware_bridge.answers import TransactionRequest as TransactionRequest
from firmware_bridge.answers import TransactionSignature as TransactionSignature
from firmware_bridge.audit_entry import START, Head
from firmware_bridge.errors import MessageError
from firmware_bridge.exchange import Exchange
from firmware_bridge.greeting import HelloReply
from firmware_bridge.host_identity import HostIdentity
from firmware_bridge.link.transport import Transport
from firmware_bridge.link.url import open_link
from firmware_bridge.messages import Method, Pending
from lightnode.wire import cbor
from lightnode.wire.curve import Curve
from lightnode.wire.envelope import CoseSignature
from lightnode.wire.types import Hash32


class SignerClient:
    """An open signer; close it or use it as a context manager."""

    def __init__(
        self,
        link: Transport,
        host: HostIdentity,
        on_pending: Callable[[Pending], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """Make the channel on an open link.

        Args:
            link: open.
            host: this computer.
            on_pending: told each time what the signer waits for changes.
            cancel: set to withdraw the running request.

        Raises:
            LinkTimeoutError: it does not answer.
            MessageError: it speaks another version.
            ChannelError: the handshake was disturbed each time.
        """
        self.exchange = Exchange(link, host, on_pending, cancel)

    @classmethod
    def open(
        cls,
        url: str,
        host: HostIdentity,
        on_pending: Callable[[Pending], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> SignerClient:
        """Reach a signer by URL.

        Raises:
            BridgeError: the leaf of what is wrong.
        """
        link = open_link(url)
        try:
            return cls(link, host, on_pending, cancel)
        except BaseException:
            link.close()
            raise

    @property
    def hello(self) -> HelloReply:
        """What the signer said of itself when it was greeted."""
        return self.exchange.initiator.hello

    @property
    def key(self) -> bytes:
        """The signer's static public key, by which it is known."""
        return self.exchange.initiator.channel.remote

    def __enter__(self) -> SignerClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the link."""
        self.exchange.initiator.close()

    def info(self) -> SignerInfo:
        """Ask what the signer is."""
        match self.call(Method.INFO, None):
            case [str(model), str(token), str(kind), str(environment), bytes(root), bool(locked), bool(setup),
                  None | int() as newest, int(span), [int(waiting), int(capacity), int(warning)]] if (
                not any(isinstance(one, bool) for one in (newest, span, waiting, capacity, warning))
            ):  # fmt: skip
                return SignerInfo(
                    model, token, kind, environment, root, locked, setup, newest, span, waiting, capacity, warning
                )
        raise MessageError("The signer's description is malformed.")

    def keys(self) -> tuple[SignerKey, ...]:
        """List the signer's keys."""
        answer = self.call(Method.KEYS, None)
        if not isinstance(answer, list):
            raise MessageError("The signer's list of keys is malformed.")
        return tuple(read_key(item) for item in answer)

    def generate_key(self, label: str, curve: str, purpose: str) -> SignerKey:
        """Make a key on the signer; it must be in provisioning mode."""
        return read_key(self.call(Method.GENERATE_KEY, [label, curve, purpose]))

    def install_root(self, envelope: bytes) -> None:
        """Give the signer its root; a person compares the fingerprint on its screen."""
        self.call(Method.INSTALL_ROOT, envelope)

    def load_envelope(self, envelope: bytes) -> None:
        """Give the signer a signed profile, templates, pack or trust package."""
        self.call(Method.LOAD_ENVELOPE, envelope)

    def lock(self) -> bool:
        """Have the signer forget its PIN, and take back a question that is on its display.

        Returns:
            True where the token is locked; False where it will be as soon as a running request has ended.
        """
        return self.call(Method.LOCK, None) is True

    def sign_transaction(self, wanted: TransactionRequest, request_id: bytes | None = None) -> TransactionSignature:
        """Have a transaction shown, approved and signed.

        Args:
            wanted: what to sign.
            request_id: the same as before when repeating after a lost answer.
        """
        parameters = [wanted.key_label, wanted.payload, wanted.template_id, wanted.opening, wanted.authority]
        match self.call(Method.SIGN_TRANSACTION, parameters, request_id):
            case [bytes(r), bytes(s), int(parity), bytes(digest)] if (
                len(r) == len(s) == len(digest) == 32 and parity in (0, 1) and not isinstance(parity, bool)
            ):
                return TransactionSignature(int.from_bytes(r, "big"), int.from_bytes(s, "big"), parity, Hash32(digest))
        raise MessageError("The signer's signature is malformed.")

    def sign_envelope(self, payload: bytes, key_label: str, request_id: bytes | None = None) -> CoseSignature:
        """Have an envelope's payload shown, approved and signed."""
        match self.call(Method.SIGN_ENVELOPE, [key_label, payload], request_id):
            case [bytes(kid), str(curve), bytes(signature)] if (
                len(kid) == 32 and len(signature) == 64 and curve in CURVES
            ):
                return CoseSignature(Hash32(kid), Curve(curve), signature)
        raise MessageError("The signer's signature is malformed.")

    def ping(self, content: bytes) -> None:
        """Have the signer say the same.

        Raises:
            MessageError: it said something else.
        """
        if self.call(Method.PING, content) != content:
            raise MessageError("The signer said something else than it was to repeat.")

    def hosts(self) -> tuple[tuple[bytes, str], ...]:
        """List id and name of each computer that the signer is paired with."""
        return read_hosts(self.call(Method.HOSTS, None))

    def forget_host(self, wanted: bytes) -> None:
        """Have the signer forget a computer; a person confirms it there."""
        self.call(Method.FORGET_HOST, wanted)

    def audit_entries(self, first: int) -> tuple[tuple[bytes, ...], Head]:
        """Give entries of the audit log from a counter on, as many as one answer takes, and where the log ends."""
        match self.call(Method.AUDIT_READ, first):
            case [list(entries), int(counter), bytes(found)] if all(
                isinstance(entry, bytes) for entry in entries
            ) and len(found) == len(START):
                return tuple(entries), Head(counter, found)
        raise MessageError("The signer's audit log is malformed.")

    def audit_mark(self, challenge: bytes) -> bytes:
        """Have the signer's attestation key say where its log ends; gives the envelope."""
        answer = self.call(Method.AUDIT_MARK, challenge)
        if not isinstance(answer, bytes):
            raise MessageError("The signer's mark is malformed.")
        return answer

    def audit_taken(self, head: Head) -> int:
        """Tell the signer that its log is held here up to an entry; gives how many still wait."""
        answer = self.call(Method.AUDIT_TAKEN, [head.counter, head.hash])
        if type(answer) is not int:
            raise MessageError("The signer's answer is malformed.")
        return answer

    def call(self, method: Method, parameters: cbor.Value, request_id: bytes | None = None) -> cbor.Value:
        """Ask and wait for the answer; see `Exchange.call`."""
        return self.exchange.call(method, parameters, request_id)
