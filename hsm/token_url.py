"""Opening a token by URL: `software:FOLDER` or `pkcs11:MODULE?token=LABEL`."""

from __future__ import annotations

from pathlib import Path, PurePath
from urllib.parse import parse_qs

from hsm.errors import TokenUrlError
from hsm.pkcs11 import Pkcs11Token
from hsm.software import SoftwareToken
from hsm.token import Token


def open_token(url: str) -> Token:
    """Open a token; it is locked.

    Args:
        url: of the token.

    Raises:
        TokenUrlError: malformed or of an unknown kind.
        HsmError: the token cannot be opened.
    """
    kind, _, rest = url.partition(":")
    if kind == "software" and rest:
        return SoftwareToken(Path(rest))
    if kind == "pkcs11" and rest:
        module, _, query = rest.partition("?")
        try:
            given = parse_qs(query, strict_parsing=True, max_num_fields=4)
        except ValueError as cause:
            raise TokenUrlError("The URL of a PKCS#11 token lacks its label.") from cause
        if not PurePath(module).is_absolute():
            # A bare name would be looked for in folders that others may write to.
            raise TokenUrlError("The PKCS#11 module must be given with its full path.")
        if set(given) == {"token"} and len(given["token"]) == 1:
            return Pkcs11Token(module, given["token"][0])
    raise TokenUrlError("The token's URL is of no known kind.")
