"""A refusal on its way to a JSON-RPC answer."""

from __future__ import annotations

from typing import Any


class _RpcError(Exception):
    """An answer with a JSON-RPC error; never leaves the server."""

    def __init__(self, code: int, message: str, extra: Any = None) -> None:
        """Store code, words and data."""
        super().__init__(message)
        self.code, self.message, self.extra = code, message, extra


def invalid_params() -> _RpcError:
    """Make the refusal of parameters that cannot be read."""
    return _RpcError(-32602, "Invalid params")


def error_object(name: Any, code: int, message: str, extra: Any = None) -> dict[str, Any]:
    """Give the JSON-RPC answer that carries an error.

    Args:
        name: the request's id; None where it could not be read.
        code: of JSON-RPC.
        message: short.
        extra: what `data` holds; left out where None.
    """
    error: dict[str, Any] = {"code": code, "message": message}
    if extra is not None:
        error["data"] = extra
    return {"jsonrpc": "2.0", "id": name, "error": error}
