"""Which verified block a request means: tags, numbers, hashes and EIP-1898 objects (J1).

`latest`, `safe` and `finalized` are the newest verified block: a block that a quorum sealed is final. `pending` is nobody's
to prove. A number above the newest verified block has no block here yet; a hash that is not found is not proven absent.
"""

from __future__ import annotations

from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.node import asked
from lightnode.node.errors import UnprovableError, UpstreamLieError
from lightnode.node.ports import Claims, VerifiedHeaders
from lightnode.serving.refusal import invalid_params
from lightnode.wire.types import Hash32

_NEWEST = ("latest", "safe", "finalized")


class NamedBlocks:
    """Finds verified headers by what requests call them."""

    def __init__(self, headers: VerifiedHeaders, claims: Claims) -> None:
        """Look among verified headers, with a node's hints for hashes."""
        self._headers = headers
        self._claims = claims

    def height(self, tag: Any) -> int:
        """Read a tag or number, whether or not there is such a block yet.

        Raises:
            UnprovableError: pending.
        """
        if tag == "pending":
            raise UnprovableError("What is pending is in no sealed block.")
        if tag in _NEWEST:
            return self._headers.head().height
        return 0 if tag == "earliest" else asked.quantity(tag, 8)

    def numbered(self, tag: Any) -> VerifiedHeader | None:
        """Give the block of a tag or number; None above the newest verified one."""
        if tag in _NEWEST:
            return self._headers.head()
        height = self.height(tag)
        return None if height > self._headers.head().height else self._headers.header(height)

    def hashed(self, block_hash: Hash32) -> VerifiedHeader:
        """Give the block of a hash, found by our own index or a hint, and compared.

        Raises:
            UnprovableError: no verified block of this hash is known.
            UpstreamLieError: the node's hint is false.
        """
        height = self._headers.height_of(block_hash)
        hint = self._claims.height_of(block_hash) if height is None else height
        if hint is None or hint > self._headers.head().height:
            raise UnprovableError("No verified block of this hash is known; that there is none is not proven.")
        found = self._headers.header(hint)
        if found.block_hash != block_hash:
            raise UpstreamLieError(f"The node places this hash at block {hint}, whose hash is another.")
        return found

    def any(self, tag: Any) -> VerifiedHeader:
        """Give the block of a tag, number or EIP-1898 object, whose state is wanted.

        Raises:
            UnprovableError: there is none.
        """
        if isinstance(tag, dict):
            return self._object(tag)
        found = self.numbered(tag)
        if found is None:
            raise UnprovableError("The block is above the newest verified one.")
        return found

    def _object(self, tag: dict[str, Any]) -> VerifiedHeader:
        if not tag.keys() <= {"blockHash", "blockNumber", "requireCanonical"}:
            raise invalid_params()
        if ("blockHash" in tag) == ("blockNumber" in tag):
            raise invalid_params()
        # Every verified block is canonical, whatever requireCanonical says.
        return self.hashed(asked.hash_value(tag["blockHash"])) if "blockHash" in tag else self.any(tag["blockNumber"])
