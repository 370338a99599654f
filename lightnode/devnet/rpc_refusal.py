"""A refusal on its way to a JSON-RPC answer."""

from __future__ import annotations


class _RpcError(Exception):
    """An answer with a JSON-RPC error; never leaves the server."""

    def __init__(self, code: int, message: str, extra: str | None = None) -> None:
        """Store code, words and data."""
        super().__init__(message)
        self.code, self.message, self.extra = code, message, extra


def invalid_params() -> _RpcError:
    """Make the refusal of parameters that cannot be read."""
    return _RpcError(-32602, "Invalid params")
