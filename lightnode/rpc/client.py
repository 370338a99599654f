"""A JSON-RPC 2.0 client over HTTP whose every call ends: bounded in time, bytes and depth.

Invariants:
- One deadline covers connecting, sending and reading, kept by a timer that cuts the connection: a server that sends a
  byte a minute gains nothing. A batch that has to be asked one by one has six of them for all its questions.
- The answer is read only up to the cap, uncompressed; nothing but `RpcError` leaves escape.
- Each answer carries the number of its question; a batch has each number exactly once.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from lightnode.rpc.answer import MAX_REFUSAL, is_refusal, number_of, parse_answer, result_of
from lightnode.rpc.errors import (
    BrokenError,
    BusyError,
    DeadlineError,
    HttpStatusError,
    RedirectError,
    TooBigError,
    UnreachableError,
    UrlError,
    WrongAnswerError,
)

DEFAULT_TIMEOUT = 20.0
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
MAX_BATCH = 256
# A server that takes no batches gets the time of this many calls for all questions of one.
SINGLY = 6
_BUSY = (429, 502, 503, 504)
_SECONDS = re.compile(r"[0-9]{1,5}")
_CHUNK = 64 * 1024
_HOST = re.compile(r"[A-Za-z0-9._:\-]{1,253}")

Call = tuple[str, Sequence[Any]]


class JsonRpcClient:
    """Asks one node. Holds one connection; belongs to one thread at a time."""

    def __init__(self, url: str, timeout: float = DEFAULT_TIMEOUT, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Take the node's address; nothing is opened yet.

        Args:
            url: http or https.
            timeout: seconds for one whole call or batch.
            max_bytes: largest answer.

        Raises:
            UrlError: another scheme, credentials, a query or a broken address.
        """
        self._secure, self._host, self._port, self._path = _split(url)
        self.url = url
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._connection: HTTPConnection | None = None
        self._held: socket.socket | None = None
        self._next = 1
        self._singly = False

    def __enter__(self) -> JsonRpcClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """Ask one question.

        Args:
            method: e.g. ``eth_blockNumber``.
            params: JSON values.

        Returns:
            The result, as JSON; None where the node says null.

        Raises:
            RpcError: see the leaves in `lightnode.rpc.errors`.
        """
        identifier = self._take_number()
        answer = self._exchange(_question(identifier, method, params))
        return result_of(answer, identifier)

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Ask several questions in one exchange.

        Args:
            calls: at most `MAX_BATCH` pairs of method and parameters.

        Returns:
            The results in the order of the questions.

        Raises:
            RpcError: also when any single answer is an error.
        """
        if not calls:
            return []
        if len(calls) > MAX_BATCH:
            raise TooBigError(f"A batch holds at most {MAX_BATCH} questions, not {len(calls)}.")
        if self._singly:
            return self._one_by_one(calls)
        numbers = [self._take_number() for _ in calls]
        answers = self._exchange(
            [_question(number, method, params) for number, (method, params) in zip(numbers, calls, strict=True)]
        )
        if isinstance(answers, dict) and answers.get("error") is not None:
            # Some gateways take no batches, and refuse each as a whole.
            self._singly = True
            return self._one_by_one(calls)
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise WrongAnswerError("The node answered another number of questions than were asked.")
        by_number = {number_of(answer): answer for answer in answers}
        if set(by_number) != set(numbers):
            raise WrongAnswerError("The node answered other questions than were asked.")
        return [result_of(by_number[number], number) for number in numbers]

    def _one_by_one(self, calls: Sequence[Call]) -> list[Any]:
        end, results = time.monotonic() + SINGLY * self._timeout, []
        for method, params in calls:
            if time.monotonic() > end:
                raise DeadlineError(f"The node did not answer {len(calls)} questions in {SINGLY * self._timeout:g} s.")
            results.append(self.call(method, params))
        return results

    def _take_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def _exchange(self, message: Any) -> Any:
        body = json.dumps(message, separators=(",", ":")).encode()
        reused = self._connection is not None
        try:
            answer = self._send(body)
        except UnreachableError:
            if not reused:
                raise
            # The server may have closed an idle connection; every method we use may be asked twice.
            answer = self._send(body)
        return parse_answer(answer, self._max_bytes)

    def _send(self, body: bytes) -> bytes:
        expired = threading.Event()
        connection = self._connection or self._open()
        self._connection = connection
        self._held = connection.sock

        def cut() -> None:
            expired.set()
            _shut(self._held or connection.sock)

        timer = threading.Timer(self._timeout, cut)
        timer.daemon = True
        timer.start()
        try:
            answer = self._converse(connection, body)
        except (HttpStatusError, TooBigError):
            self.close()
            raise
        except Exception as cause:  # urllib3 and http.client raise many kinds; all mean a broken exchange
            self.close()
            if expired.is_set() or _timed_out(cause):
                raise DeadlineError(f"The node did not answer within {self._timeout:g} seconds.") from cause
            if isinstance(cause, urllib3.exceptions.NewConnectionError):
                raise UnreachableError(f"Nobody answers at {self._host}:{self._port}.") from cause
            raise BrokenError(f"No answer that is HTTP, or no whole one, from {self._host}:{self._port}.") from cause
        finally:
            timer.cancel()
        if expired.is_set():
            # What was cut may look like an answer that ended by itself.
            self.close()
            raise DeadlineError(f"The node did not answer within {self._timeout:g} seconds.")
        return answer

    def _open(self) -> HTTPConnection:
        if self._secure:
            return HTTPSConnection(
                self._host, self._port, timeout=self._timeout, ssl_context=ssl.create_default_context()
            )
        return HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _converse(self, connection: HTTPConnection, body: bytes) -> bytes:
        if connection.sock is None:
            connection.connect()
        # Held here: where an answer ends with its connection, http.client lets go of the socket before the body is read.
        self._held = connection.sock
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        connection.request("POST", self._path, body=body, headers=headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        if response.status in _BUSY:
            raise BusyError(f"The server is busy (HTTP status {response.status}).", _after(response))
        if 300 <= response.status < 400:
            raise RedirectError(f"The server sends this program elsewhere (HTTP status {response.status}).")
        if response.status != 200:
            # Besu gives some refusals of its own with a status of 400 or 401; the reason stands in the body.
            said = bytes(response.read(MAX_REFUSAL))
            if not is_refusal(said):
                raise HttpStatusError(f"The server answered with HTTP status {response.status}.")
            self.close()
            return said
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HttpStatusError("The server compressed its answer although it was asked not to.")
        parts = bytearray()
        while chunk := response.read1(_CHUNK):
            parts += chunk
            if len(parts) > self._max_bytes:
                raise TooBigError(f"The answer exceeds {self._max_bytes} bytes.")
        if response.headers.get("Connection", "").lower() == "close":
            self.close()
        return bytes(parts)


def _split(url: str) -> tuple[bool, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise UrlError("The address of the node is not a URL.") from cause
    if parts.scheme not in ("http", "https"):
        raise UrlError("The address of a node begins with http:// or https://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UrlError("The address of a node holds only host, port and path.")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or not url.isascii() or not url.isprintable():
        raise UrlError("The address of the node names no host.")
    if " " in parts.path:
        raise UrlError("The path in the node's address holds a space.")
    secure = parts.scheme == "https"
    return secure, parts.hostname, port or (443 if secure else 80), parts.path or "/"


def _after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Give the seconds that a busy server names; a date, which needs its clock, is not read."""
    named = response.headers.get("Retry-After", "")
    return float(named) if _SECONDS.fullmatch(named) else None


def _question(identifier: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": list(params)}


def _timed_out(cause: Exception) -> bool:
    # A refused connection is a ConnectTimeoutError by inheritance, which it is not by nature.
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return False
    return isinstance(cause, (urllib3.exceptions.TimeoutError, TimeoutError))


def _shut(inner: socket.socket | None) -> None:
    """Cut the connection under a call that waits; closing alone would not wake it."""
    if inner is not None:
        try:
            inner.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
