"""The ledger id of a public body."""

from __future__ import annotations

import hashlib
import re

from lightnode.errors import WireError
from lightnode.wire import cbor
from lightnode.wire.types import Hash32

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}", re.ASCII)


class AuthorityNameError(WireError):
    """A country code or an authority's number is malformed."""

    code = "AUTHORITY-NAME"
    advice = "Write the country as two capital letters and the number without spaces."


def authority_id(country: str, number: str) -> Hash32:
    """Give SHA-256 of the CBOR `["chancery/authority/1", country, number]`.

    Args:
        country: two capital letters.
        number: as the country numbers its bodies.

    Raises:
        AuthorityNameError: malformed.
    """
    if not _COUNTRY.fullmatch(country) or not _NUMBER.fullmatch(number):
        raise AuthorityNameError("A country is two capital letters, a number 1 to 64 letters, digits or ._:/-.")
    return Hash32(hashlib.sha256(cbor.encode(["chancery/authority/1", country, number])).digest())
