"""Calls of registries as frozen dataclasses: fields in the order of the signature, one canonical encoding (Q5).

Invariants: `decode_call` accepts exactly what `encode` makes. A signature may begin with one tuple of dynamic size, as
EBSI's newer functions do; its members are the first fields.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from lightnode.errors import WireError
from lightnode.registries.errors import CallFormError
from lightnode.wire import abi
from lightnode.wire.keccak import keccak256

_TUPLE = re.compile(r"\w+\(\(([a-z0-9,\[\]]*)\)(?:,([a-z0-9,\[\]]*))?\)", re.ASCII)

C = TypeVar("C", bound="RegistryCall")


class RegistryCall:
    """Base of every call.

    Attributes:
        SIGNATURE: name and types, canonical.
    """

    __slots__ = ()
    SIGNATURE: ClassVar[str]

    @classmethod
    def selector(cls) -> bytes:
        """Give the four bytes that call the function."""
        return bytes(keccak256(cls.SIGNATURE.encode("ascii"))[:4])

    def encode(self) -> bytes:
        """Give the call data.

        Raises:
            CallFormError: a value does not fit its type.
        """
        values = [getattr(self, field.name) for field in dataclasses.fields(self)]  # type: ignore[arg-type]
        try:
            return self.selector() + _encode(self.SIGNATURE, values)
        except WireError as cause:
            raise CallFormError(f"A value does not fit {self.SIGNATURE}: {cause.text}") from cause

    @classmethod
    def decode(cls: type[C], data: bytes) -> C:
        """Read call data strictly.

        Raises:
            CallFormError: another function, or not canonical.
        """
        if data[:4] != cls.selector():
            raise CallFormError("The call data is for another function.")
        try:
            return cls(*_decode(cls.SIGNATURE, data[4:]))
        except WireError as cause:
            raise CallFormError(f"The call data is no canonical {cls.SIGNATURE}: {cause.text}") from cause


def decode_among(known: Iterable[type[C]], data: bytes) -> C:
    """Read call data that is for one of some functions.

    Raises:
        CallFormError: it is for none of them, or not canonical.
    """
    for kind in known:
        if data[:4] == kind.selector():
            return kind.decode(data)
    raise CallFormError(f"The call data is for no known function (selector {data[:4].hex()}).")


def _encode(signature: str, values: list[Any]) -> bytes:
    parts = _TUPLE.fullmatch(signature)
    if parts is None:
        return abi.encode(_types(signature), values)
    inner, rest = parts[1], parts[2] or ""
    count = len(inner.split(","))
    # Behind a tuple stand words only, so that its own place is right behind the heads.
    words = abi.encode(rest, values[count:])
    return abi.uint_word(32 + len(words)) + words + abi.encode(inner, values[:count])


def _decode(signature: str, data: bytes) -> tuple[Any, ...]:
    parts = _TUPLE.fullmatch(signature)
    if parts is None:
        return abi.decode(_types(signature), data)
    inner, rest = parts[1], parts[2] or ""
    head = 32 * (1 + (len(rest.split(",")) if rest else 0))
    if len(data) < head or abi.read_uint(data[:32]) != head:
        raise CallFormError("The offset of a tuple does not point right behind the heads.")
    return (*abi.decode(inner, data[head:]), *abi.decode(rest, data[32:head]))


def _types(signature: str) -> str:
    return signature[signature.index("(") + 1 : -1]
