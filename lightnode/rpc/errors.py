"""What can go wrong when a node is asked, each with its own advice."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class RpcError(LightNodeError):
    """Base of everything that asking a node can raise."""

    code = "RPC"
    advice = "Check the address of the node, or ask another one."


class UrlError(RpcError):
    """The address of a node is not one this program opens."""

    code = "RPC-URL"
    advice = "Give the node's address as http://host:port or https://host, without a user name or password in it."


class UnreachableError(RpcError):
    """No connection to the node, or it broke."""

    code = "RPC-UNREACHABLE"
    advice = "Check that the node runs and that this computer may reach it, then try again."


class BrokenError(UnreachableError):
    """A connection to the node stood, and broke before an answer was whole."""

    code = "RPC-BROKEN"
    advice = "Try again; if it happens again and again, ask another node."


class DeadlineError(RpcError):
    """The node did not answer in time."""

    code = "RPC-TIMEOUT"
    advice = "Try again later, or ask another node."


class TooBigError(RpcError):
    """The answer is larger than any genuine one."""

    code = "RPC-TOO-BIG"
    advice = "Ask another node; this one sends more than was asked for."


class HttpStatusError(RpcError):
    """The server answered with another HTTP status than 200, or in an encoding that it was asked not to use."""

    code = "RPC-HTTP"
    advice = (
        "Give the address of the JSON-RPC service itself. With status 403, have the host "
        "name in the address put on the node's list (Besu: --host-allowlist)."
    )


class RedirectError(HttpStatusError):
    """The server sent this program to another address, where it does not go: nobody chose that server."""

    code = "RPC-REDIRECT"
    advice = "Give the address of the JSON-RPC service itself; redirects are never followed."


class BusyError(HttpStatusError):
    """The server says that it cannot answer now: status 429, 502, 503 or 504.

    Attributes:
        after: seconds after which it wants to be asked again; None where it does not say, or not as a number.
    """

    code = "RPC-BUSY"
    advice = "Try again later, or ask another node."

    def __init__(self, text: str, after: float | None = None) -> None:
        """Keep when to ask again."""
        super().__init__(text)
        self.after = after


class BadJsonError(RpcError):
    """The answer is not a JSON-RPC answer."""

    code = "RPC-BAD-JSON"
    advice = "Check that the address belongs to a node's JSON-RPC service, or ask another node."


class WrongAnswerError(RpcError):
    """The answer belongs to another question."""

    code = "RPC-MISMATCH"
    advice = "Ask another node; this one mixes up its answers."


class OtherBlockError(WrongAnswerError):
    """The answer is another block than the one asked for."""

    code = "RPC-OTHER-BLOCK"
    advice = "Ask another node; this one gives other blocks than were asked for."


class MissingAnswerError(RpcError):
    """The node has no such block, transaction or receipt."""

    code = "RPC-NOTHING"
    advice = "Wait until the node has caught up with the network, or ask another one."


class StateMissingError(MissingAnswerError):
    """The node does not keep the state of this block, or not yet."""

    code = "RPC-STATE"
    advice = "Wait until the node has caught up with the network, or ask one that keeps the state of more blocks."


class AccountUnprovableError(MissingAnswerError):
    """The node gives no proof about an account that it does not know.

    Besu before October 2025 answers so for accounts that are not in the state; that is no proof of their absence.
    """

    code = "RPC-ACCOUNT"
    advice = "Wait until the node has caught up with the network, or ask one of a newer version."


class RefusedError(RpcError):
    """The node answered with an error object.

    Attributes:
        number: the node's JSON-RPC error number.
        reason: its text, cut and stripped of control characters.
        data: bytes of the error's data, as a reverted call gives them; empty if none.
    """

    code = "RPC-REFUSED"
    advice = "Read the node's reason; if it does not offer the method, enable it there or ask another node."

    def __init__(self, number: int, reason: str, data: bytes = b"") -> None:
        """Keep the node's number, reason and data."""
        super().__init__(f"The node refused ({number}): {reason}")
        self.number = number
        self.reason = reason
        self.data = data
