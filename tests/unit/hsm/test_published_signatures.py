"""Project Wycheproof's signatures as a token's answers: which are taken, which refused, and each exception by name."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from hsm.errors import HsmError
from hsm.signature_adapter import Signature, sign
from hsm.signature_form import ORDERS
from hsm.token import KeyInfo, RawSignature, SignatureForm, SigningContext

CONTEXT = SigningContext("training", None)
FILES = {
    "ecdsa_secp256k1_sha256_bitcoin_test": SignatureForm.DER,
    "ecdsa_secp256k1_sha256_p1363_test": SignatureForm.RAW,
    "ecdsa_secp256r1_sha256_p1363_test": SignatureForm.RAW,
}
# Signatures that a strict reader refuses and ours takes, because cards write them: counted by the comment of the case.
LENIENT: dict[str, dict[str, int]] = {
    "ecdsa_secp256k1_sha256_bitcoin_test": {
        "Signature malleability": 1,
        "edge case for signature malleability": 1,
        "length of sequence [r, s] uses long form encoding": 1,
        "length of r uses long form encoding": 1,
        "length of s uses long form encoding": 1,
        "prepending 0's to r": 1,
        "prepending 0's to s": 1,
        # The leading zero byte that DER demands is missing: the same number, read as unsigned.
        "truncated r": 1,
    }
}
# Signatures that are mathematically valid and refused all the same: the x of the nonce's point is not below the order
# (rule 4: recovery ids 2 and 3 are refused).
REFUSED: dict[str, dict[str, int]] = {
    "ecdsa_secp256k1_sha256_bitcoin_test": {"k*G has a large x-coordinate": 1},
    "ecdsa_secp256k1_sha256_p1363_test": {
        "k*G has a large x-coordinate": 1,
        "r = 2, x = n + 2 is the smallest possible x with a reduction": 1,
    },
    "ecdsa_secp256r1_sha256_p1363_test": {
        "k*G has a large x-coordinate": 1,
        "r = 3, x = n + 3 is the smallest possible x with a reduction": 1,
    },
}


@dataclass(frozen=True, slots=True)
class Answering:
    """A token that answers with a published signature."""

    answer: RawSignature

    def sign_digest(self, key: KeyInfo, digest: bytes, context: SigningContext) -> RawSignature:
        return self.answer


def cases(folder: Path, name: str) -> Iterator[tuple[KeyInfo, dict[str, Any]]]:
    for group in json.loads((folder / "hardware" / "wycheproof" / f"{name}.json").read_text())["testGroups"]:
        curve = group["publicKey"]["curve"]
        key = KeyInfo("k", curve, bytes.fromhex(group["publicKey"]["uncompressed"]), "transaction")
        for case in group["tests"]:
            yield key, case


def belongs(key: KeyInfo, digest: bytes, made: Signature) -> None:
    """Check with OpenSSL, which the adapter does not ask for secp256k1."""
    curve = ec.SECP256K1() if key.curve == "secp256k1" else ec.SECP256R1()
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key.public_key)
    public.verify(encode_dss_signature(made.r, made.s), digest, ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.mark.parametrize("name", sorted(FILES))
def test_published_signatures(shared_vectors: Path, name: str) -> None:
    lenient: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    seen = 0
    for key, case in cases(shared_vectors, name):
        seen += 1
        digest = hashlib.sha256(bytes.fromhex(case["msg"])).digest()
        try:
            made = sign(Answering(RawSignature(bytes.fromhex(case["sig"]), FILES[name])), key, digest, CONTEXT)
        except HsmError:
            if case["result"] == "valid":
                refused[case["comment"]] += 1
            continue
        belongs(key, digest, made)
        assert made.s <= ORDERS[key.curve] // 2
        if case["result"] != "valid":
            lenient[case["comment"]] += 1
    assert seen >= 250
    assert dict(lenient) == LENIENT.get(name, {})
    assert dict(refused) == REFUSED.get(name, {})
