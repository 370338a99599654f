"""What an accreditation credential says it is for; bound to a revision by its SHA-256, its signature not looked at (Q8).

EBSI keeps the scope of an accreditation (schemas, types, dates) in the credential alone (ebsi.md 2.6 and 5). The registry
proves that these very bytes were stored for the attribute, by a key of the issuer's DID; who signed them is another
question, which a verifier of credentials answers.

Invariants: bytes of any kind lead to a value or to `DocumentBindingError`; a member given twice is refused.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from lightnode.errors import WireError
from lightnode.registries.errors import DocumentBindingError
from lightnode.wire import json_value as js
from lightnode.wire.types import Hash32

MAX_BYTES = 64 * 1024
MAX_SCHEMAS = 256
_JWT = re.compile(rb"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class AccreditationDocument:
    """A credential as its payload reads.

    Attributes:
        revision: SHA-256 of its bytes.
        schemas: ids that `accreditedFor` names.
        not_before: claim `nbf`, unix seconds; None where there is none.
        not_after: claim `exp`, unix seconds; None where there is none.
    """

    revision: Hash32
    schemas: tuple[str, ...]
    not_before: int | None
    not_after: int | None

    def covers(self, time: int) -> bool:
        """Tell whether its own claims of time cover a time; those that are missing do not limit it."""
        return (self.not_before is None or self.not_before <= time) and (
            self.not_after is None or time <= self.not_after
        )


def read_document(credential: bytes) -> AccreditationDocument:
    """Read a credential in the form of a JWT.

    Raises:
        DocumentBindingError: it is no JWT with a JSON object inside, too large, or names schemas in another form.
    """
    match = _JWT.fullmatch(credential) if len(credential) <= MAX_BYTES else None
    if match is None:
        raise DocumentBindingError("The accreditation is no JWT of a genuine size.")
    try:
        payload = js.parse(base64.urlsafe_b64decode(match[1] + b"=" * (-len(match[1]) % 4)), MAX_BYTES)
    except (ValueError, WireError) as cause:
        raise DocumentBindingError("The accreditation's payload is no JSON.") from cause
    if not isinstance(payload, dict):
        raise DocumentBindingError("The accreditation's payload is no JSON object.")
    revision = Hash32(hashlib.sha256(credential).digest())
    return AccreditationDocument(revision, _schemas(payload), _time(payload, "nbf"), _time(payload, "exp"))


def _schemas(payload: dict[str, Any]) -> tuple[str, ...]:
    vc = payload.get("vc", payload)
    subject = vc.get("credentialSubject") if isinstance(vc, dict) else None
    listed = subject.get("accreditedFor", []) if isinstance(subject, dict) else []
    if not isinstance(listed, list) or len(listed) > MAX_SCHEMAS:
        raise DocumentBindingError("The accreditation's list of schemas is no list of a genuine length.")
    found = tuple(entry.get("schemaId") for entry in listed if isinstance(entry, dict))
    if len(found) != len(listed) or not all(isinstance(one, str) for one in found):
        raise DocumentBindingError("The accreditation names a schema in another form.")
    return tuple(str(one) for one in found)


def _time(payload: dict[str, Any], name: str) -> int | None:
    value = payload.get(name)
    if value is None:
        return None
    if type(value) is not int:
        raise DocumentBindingError(f"The accreditation's claim {name} is no whole number.")
    return value
