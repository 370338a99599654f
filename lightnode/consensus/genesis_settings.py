"""Reading single settings of a genesis file's consensus sections; both clients take their names in any case.

Invariants: a name that this version does not know is refused, because it could change a rule; so is a name that stands
twice in different case.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from lightnode.consensus.errors import GenesisError
from lightnode.consensus.extra_data import MAX_VALIDATORS
from lightnode.wire.types import ZERO_ADDRESS, Address

DEFAULT_EPOCH = 30_000
MAX_TRANSITIONS = 1000
_MAX_DEPTH = 8
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_DIGITS = frozenset("0123456789")


def lower_names(value: Any, depth: int = 0) -> Any:
    """Give the same JSON with every member's name in lower case.

    Raises:
        GenesisError: two names differ in case only, or it is nested deeper than any genuine file.
    """
    if depth > _MAX_DEPTH:
        raise GenesisError("The genesis file's config is nested too deep.")
    if isinstance(value, list):
        return [lower_names(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name.lower(): lower_names(item, depth + 1) for name, item in value.items()}
    if len(result) != len(value):
        raise GenesisError("Two settings of the genesis file differ in upper and lower case only.")
    return result


def demand_known(section: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    """Refuse settings that could change a rule unnoticed.

    Raises:
        GenesisError: a setting is not known.
    """
    for name in section:
        if name not in known:
            raise GenesisError(f"The setting {name[:40]!a} of {what} is not known to this version.")


def whole_number(section: Any, name: str, default: int | None) -> int:
    """Read a whole number.

    Args:
        section: the JSON object.
        name: of the member.
        default: where it is absent; None where it must be present.

    Raises:
        GenesisError: absent without default, or something else.
    """
    if not isinstance(section, dict):
        raise GenesisError("A consensus section is no object.")
    value = section.get(name)
    if value is None:
        if default is None:
            raise GenesisError(f"A transition lacks its {name}.")
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise GenesisError(f"The setting {name} is no whole number.")
    return value


def positive_number(section: Any, name: str, default: int) -> int:
    """Read a whole number that Besu refuses to start with where it is 0 (its `getPositiveInt`).

    Raises:
        GenesisError: zero, or no whole number.
    """
    value = whole_number(section, name, default)
    if value == 0:
        raise GenesisError(f"The setting {name} is 0; Besu does not start with that.")
    return value


def epoch_length(section: Mapping[str, Any], name: str = "epochlength") -> int:
    """Read GoQuorum's epoch length in blocks; absent or 0 means the default of both clients."""
    return whole_number(section, name, DEFAULT_EPOCH) or DEFAULT_EPOCH


def entries(value: Any, what: str) -> list[Mapping[str, Any]]:
    """Read a list of transitions, which must ascend.

    Raises:
        GenesisError: no list of objects, too long, or not in order.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise GenesisError(f"The transitions of {what} are no list of objects.")
    if len(value) > MAX_TRANSITIONS:
        raise GenesisError(f"There are more than {MAX_TRANSITIONS} transitions of {what}.")
    blocks = [whole_number(entry, "block", None) for entry in value]
    if any(later < earlier for earlier, later in pairwise(blocks)):
        raise GenesisError(f"The transitions of {what} are not in ascending order.")
    return value


def contract_address(section: Mapping[str, Any]) -> Address:
    """Read the validator contract's address; zero where there is none."""
    value = section.get("validatorcontractaddress")
    return ZERO_ADDRESS if value is None else account(value)


def selection_mode(section: Mapping[str, Any]) -> str | None:
    """Read `contract` or `blockheader`; None where it is absent.

    Raises:
        GenesisError: another word.
    """
    mode = section.get("validatorselectionmode")
    if mode in (None, ""):
        return None
    if isinstance(mode, str) and mode.lower() in ("contract", "blockheader"):
        return mode.lower()
    raise GenesisError("The validator selection mode is not known.")


def override(section: Mapping[str, Any]) -> tuple[Address, ...] | None:
    """Read a validator set that the configuration puts in force, ascending.

    Raises:
        GenesisError: no list of distinct addresses.
    """
    value = section.get("validators")
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALIDATORS:
        raise GenesisError("A validator override is no list of members.")
    members = tuple(sorted({account(item) for item in value}))
    if len(members) != len(value):
        raise GenesisError("A validator override names a member twice.")
    return members


def account(value: Any) -> Address:
    """Read an address of 20 bytes in hex, with or without 0x.

    Raises:
        GenesisError: something else.
    """
    digits = value.removeprefix("0x") if isinstance(value, str) else ""
    if len(digits) != 40 or not HEX_DIGITS.issuperset(digits):
        raise GenesisError("An address of the genesis file does not have 20 bytes of hex.")
    return Address(bytes.fromhex(digits))


def number(value: Any, name: str) -> int:
    """Read a number as genesis files write it: JSON number, decimal text, or hex text after 0x.

    Raises:
        GenesisError: something else.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and len(value) <= 80:
        if value[:2] in ("0x", "0X") and len(value) > 2 and HEX_DIGITS.issuperset(value[2:]):
            return int(value, 16)
        # With a leading zero Besu would read octal digits, GoQuorum decimal ones.
        if value and _DIGITS.issuperset(value) and (value == "0" or value[0] != "0"):
            return int(value)
    raise GenesisError(f"The genesis file's {name} is no number.")


def account_number(value: Any, name: str, *, always_hex: bool = False) -> int:
    """Read an account's nonce or balance; 0 where absent. Leading zeros mean nothing here.

    Besu takes a nonce for hex even without 0x, and even a JSON number's digits (`GenesisReader.parseUnsignedLong`); a
    balance, and both on GoQuorum (`math.HexOrDecimal64`, `HexOrDecimal256`), are decimal without it.

    Raises:
        GenesisError: no number.
    """
    if value is None or value == "":
        return 0
    digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(digits, str) and len(digits) <= 80:
        prefixed = digits[:2] in ("0x", "0X")
        base = 16 if prefixed or always_hex else 10
        digits = digits[2:] if prefixed else digits
        if digits and (HEX_DIGITS if base == 16 else _DIGITS).issuperset(digits):
            return int(digits, base)
    raise GenesisError(f"The genesis file's {name} is no number.")


def hex_bytes(value: Any, name: str) -> bytes:
    """Read bytes in hex, with or without 0x.

    Raises:
        GenesisError: something else.
    """
    if not isinstance(value, str):
        raise GenesisError(f"The genesis file's {name} is missing.")
    digits = value[2:] if value[:2] in ("0x", "0X") else value
    if len(digits) % 2 or not HEX_DIGITS.issuperset(digits):
        raise GenesisError(f"The genesis file's {name} is not hex of whole bytes.")
    return bytes.fromhex(digits)
