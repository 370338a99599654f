"""Why the act registry would refuse, or refused, a call: its error's name in words."""

from __future__ import annotations

from lightnode.errors import WireError
from lightnode.rpc.errors import RefusedError
from lightnode.wire import abi
from lightnode.wire.registry import selector

_WORDS = {
    "CalldataLength": "the call has another length than it should",
    "OtherNetwork": "the call is for another network",
    "Late": "the time limit has passed",
    "TooFarAhead": "the time limit lies more than 30 days ahead",
    "NotDirect": "the call came through another contract",
    "NotEntitled": "the key is not entitled to this",
    "OtherActCount": "the record has changed since",
    "OtherState": "the state of the record or body does not allow it",
    "UnknownRecord": "there is no such record",
    "AlreadyRegistered": "this authority has already registered the same",
    "Malformed": "a value is out of range",
    "UnknownChange": "there is no such change",
    "Lapsed": "the change has lapsed",
    "NotInOffice": "the key is not in office",
    "Exists": "it exists already",
    "LogFull": "the log is full",
}
_BY_SELECTOR = {selector(f"{name}()"): words for name, words in _WORDS.items()}
_TEXT = selector("Error(string)")


# Besu and go-ethereum say so when the call itself fails; go-ethereum's number for a revert is 3.
_REVERT_NUMBER = 3
_REVERT_FORMS = ("execution reverted", "vm execution error", "invalid opcode", "out of gas", "stack underflow")


def is_revert(refusal: RefusedError) -> bool:
    """Tell whether a refused simulation is the contract's own refusal, and not the node's trouble.

    Args:
        refusal: what the node answered.
    """
    return bool(refusal.data or refusal.number == _REVERT_NUMBER or refusal.reason.lower().startswith(_REVERT_FORMS))


def explain(refusal: RefusedError) -> str:
    """Give the reason of a refused simulation in words.

    Args:
        refusal: what the node answered.
    """
    data = refusal.data
    words = _BY_SELECTOR.get(data[:4])
    if words is not None:
        return words
    if data[:4] == _TEXT:
        try:
            (text,) = abi.decode("string", data[4:])
            return "".join(character for character in str(text)[:100] if character.isprintable())
        except WireError:
            pass
    return refusal.reason.rstrip(".")
