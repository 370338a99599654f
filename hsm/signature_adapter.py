"""From a token's answer to a signature the ledger accepts: the rules of hardware note 4.3, by number.

1 exactly 32 bytes; 2 the back end never hashes; 3 read leniently within bounds, then strictly; 4 range; 5 low s; 6 the
recovery id is found by recovering, against the pinned key; 7 the result is verified, by two implementations; 8 v is made
by whoever encodes the transaction, in arbitrary precision; 9 and 10 points and parameters (`public_point`); 11 PIN state
before asking, no PIN tried twice (`token`, back ends).
"""

from __future__ import annotations

from dataclasses import dataclass

import coincurve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from ecdsa import NIST256p, SECP256k1, VerifyingKey
from ecdsa.ellipticcurve import INFINITY
from ecdsa.errors import MalformedPointError
from ecdsa.keys import BadSignatureError
from ecdsa.util import sigdecode_string

from hsm.errors import DigestLengthError, UnsupportedError, WrongKeyOrDigestError
from hsm.signature_form import ORDERS, numbers
from hsm.token import KeyInfo, SigningContext, Token

_CURVES = {"secp256k1": SECP256k1, "secp256r1": NIST256p}


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature fit for the ledger.

    Attributes:
        r: first number.
        s: second number, in its lower form.
        y_parity: 0 or 1.
    """

    r: int
    s: int
    y_parity: int

    @property
    def compact(self) -> bytes:
        """R and s in 64 bytes."""
        return self.r.to_bytes(32, "big") + self.s.to_bytes(32, "big")


def sign(token: Token, key: KeyInfo, digest: bytes, context: SigningContext) -> Signature:
    """Let a token sign a digest and make the answer fit.

    Args:
        token: unlocked.
        key: pinned: its public key is what the result must belong to.
        digest: 32 bytes.
        context: environment and chain, for the token's fence.

    Raises:
        DigestLengthError: not 32 bytes.
        UnsupportedError: a curve of no token.
        WrongKeyOrDigestError: the answer belongs to another key or digest.
        HsmError: the token's own trouble.
    """
    # Rule 1: SoftHSM and others sign any length without a word.
    if len(digest) != 32:
        raise DigestLengthError(f"A digest has 32 bytes, found {len(digest)}.")
    if key.curve not in _CURVES:
        raise UnsupportedError("The key is on a curve that is not supported.")
    # Rules 2 to 4: back ends name the bare mechanism; reading checks form and range.
    r, s = numbers(token.sign_digest(key, digest, context), key.curve)
    # Rule 5, before rule 6: halving s afterwards would flip the parity.
    order = ORDERS[key.curve]
    s = min(s, order - s)
    # Rule 6
    parity = _parity(key, digest, r, s)
    signature = Signature(r, s, parity)
    # Rule 7
    _verify_twice(key, digest, signature)
    return signature


def _parity(key: KeyInfo, digest: bytes, r: int, s: int) -> int:
    for parity in (0, 1):
        if _recover(key.curve, digest, parity, r, s) == key.public_key:
            return parity
    raise WrongKeyOrDigestError("The token's signature belongs to another key or another digest.")


def _recover(curve: str, digest: bytes, parity: int, r: int, s: int) -> bytes | None:
    """Give the key that made a signature if its point has this parity; None where there is none."""
    if curve == "secp256k1":
        encoded = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
        try:
            return coincurve.PublicKey.from_signature_and_message(encoded, digest, hasher=None).format(compressed=False)
        except Exception:  # noqa: BLE001 - the library raises bare exceptions; all mean that no key made it
            return None
    # Public numbers only: Q = (s R - e G) / r, with R of the parity asked for, never a place in a library's list.
    parameters = _CURVES[curve]
    try:
        nonce_point = VerifyingKey.from_string(bytes([2 + parity]) + r.to_bytes(32, "big"), parameters).pubkey.point
    except MalformedPointError:
        return None
    order = ORDERS[curve]
    inverse = pow(r, -1, order)
    found = nonce_point * (s * inverse % order) + parameters.generator * (
        -int.from_bytes(digest, "big") * inverse % order
    )
    return None if found == INFINITY else bytes(found.to_bytes("uncompressed"))


def _verify_twice(key: KeyInfo, digest: bytes, signature: Signature) -> None:
    first = False
    if key.curve == "secp256k1":
        der = encode_dss_signature(signature.r, signature.s)
        first = coincurve.PublicKey(key.public_key).verify(der, digest, hasher=None)
    else:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public_key)
        try:
            der = encode_dss_signature(signature.r, signature.s)
            public.verify(der, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
            first = True
        except InvalidSignature:
            first = False
    second = VerifyingKey.from_string(key.public_key, _CURVES[key.curve])
    try:
        agreed = second.verify_digest(signature.compact, digest, sigdecode=sigdecode_string)
    except BadSignatureError:
        agreed = False
    if not (first and agreed):
        raise WrongKeyOrDigestError("The token's signature does not verify; a fault or another token made it.")
