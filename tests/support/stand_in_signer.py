"""A signer for tests of the desktop alone: keys in memory, signs what it is given, answers a request
id again as it did before, misbehaves when told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import coincurve
import pytest

from desktop.services import signer_access
from desktop.services.job import Job
from firmware_bridge.errors import UnpluggedError
from lightnode.wire.curve import address_of
from lightnode.wire.transaction import SignedTransaction, UnsignedTransaction, decode_unsigned
from lightnode.wire.types import Address


class StandInSigner:
    """Holds keys by label; `twist` changes the fields it signs."""

    def __init__(self, seed: str) -> None:
        self.secrets = {
            label: coincurve.PrivateKey(hashlib.sha256(f"{seed}/{label}".encode()).digest())
            for label in ("governance", "administrator", "official", "stranger")
        }
        self.asked = 0
        self.twist: Any = None
        self.as_label: str | None = None
        self.error: BaseException | None = None
        self.answer_lost = False
        self.answers: dict[bytes, bytes] = {}

    def install(self, patch: pytest.MonkeyPatch) -> StandInSigner:
        @contextmanager
        def connect(*_: Any) -> Iterator[Any]:
            yield self

        patch.setattr(signer_access, "connect", connect)
        patch.setattr(signer_access, "sign_transaction", lambda _, job: self.sign_job(job))
        patch.setattr(signer_access, "signed_time", lambda *_: signer_access.SignedTime(None, None))
        return self

    def keys(self) -> list[Any]:
        return [
            SimpleNamespace(label=label, curve="secp256k1", purpose="transaction", public_key=self.public(label))
            for label in self.secrets
        ]

    def public(self, label: str) -> bytes:
        return self.secrets[label].public_key.format(False)

    def address(self, label: str) -> Address:
        return address_of(self.public(label))

    def load_envelope(self, _: bytes) -> None:
        return None

    def sign_job(self, job: Job) -> bytes:
        if job.request in self.answers:
            return self.answers[job.request]
        if self.error is not None:
            raise self.error
        self.asked += 1
        fields = decode_unsigned(job.unsigned)
        if self.twist is not None:
            fields = replace(fields, **self.twist)
        self.answers[job.request] = self.sign(fields, self.as_label or job.key_label)
        if self.answer_lost:
            self.answer_lost = False
            raise UnpluggedError("The signer was unplugged.")
        return self.answers[job.request]

    def sign(self, fields: UnsignedTransaction, label: str) -> bytes:
        compact = self.secrets[label].sign_recoverable(fields.signing_hash(), hasher=None)
        r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:64], "big")
        return SignedTransaction(fields, compact[64], r, s).encode()
