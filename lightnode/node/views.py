"""eth_call without running code: for known contracts, each view function computed here from proven storage (J6).

Invariants: a contract is called only while its proven code hash is the pinned one, and every word that a function reads is
proven under the block asked for; whatever is not in the table is not provable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lightnode.consensus.verified_header import VerifiedHeader
from lightnode.errors import WireError
from lightnode.node import asked
from lightnode.node.errors import UnprovableError
from lightnode.node.named_block import NamedBlocks
from lightnode.node.ports import StateProver
from lightnode.node.printed import data
from lightnode.proofs.state import ProvenState
from lightnode.registries.errors import ProgramChangedError
from lightnode.registries.pin import RegistryPin
from lightnode.registries.program import demand_program
from lightnode.serving.refusal import _RpcError, invalid_params
from lightnode.wire import abi
from lightnode.wire.account_proof import Account
from lightnode.wire.types import Address, Hash32

# Gives the proven words of slots.
Read = Callable[[Sequence[int]], Mapping[int, int]]

MAX_SLOTS = 1024
_KNOWN = {"to", "from", "data", "input", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "nonce",
          "chainId", "type", "accessList"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reverted:
    """A call that the contract would refuse.

    Attributes:
        reason: the error's selector and arguments.
    """

    reason: bytes


Compute = Callable[[tuple[abi.Value, ...], Read], bytes | Reverted]


@dataclass(frozen=True, slots=True)
class ViewContract:
    """A contract whose views are computed here.

    Attributes:
        address: of the contract, or of the proxy that stands before it.
        code_hash: Keccak-256 of the code there, pinned.
        views: by canonical signature; each is given its decoded arguments and gives ABI-encoded results.
        demand: a check of its own before each call, such as a proxy's pinned implementation; raises UnprovableError.
        pin: of the registry that it is, whose program is proven before each call; None for one without a proxy.
    """

    address: Address
    code_hash: Hash32
    views: Mapping[str, Compute]
    demand: Callable[[Account, Read], None] | None = field(default=None)
    pin: RegistryPin | None = None


class _Proofs:
    """The server's proofs of state as a route that the registries' readers take."""

    name = "proof"

    def __init__(self, state: StateProver) -> None:
        self._state = state

    def state(self, header: VerifiedHeader, account: Address, slots: Sequence[int] = ()) -> ProvenState:
        """Give an account and words of its storage."""
        return self._state.state(header, account, tuple(slots))


class ViewAnswers:
    """eth_call over a table of contracts."""

    def __init__(self, blocks: NamedBlocks, state: StateProver, contracts: Iterable[ViewContract]) -> None:
        """Answer for some contracts of one network."""
        self._blocks = blocks
        self._state = state
        self._contracts = {item.address: item for item in contracts}
        self._selectors = {
            (item.address, abi.selector(signature)): signature
            for item in self._contracts.values()
            for signature in item.views
        }
        self.table: dict[str, Callable[..., Any]] = {"eth_call": self.call}

    def call(self, request: Any, tag: Any = "latest") -> str:
        """eth_call."""
        to, calldata = _read_call(request)
        signature = self._selectors.get((to, calldata[:4]))
        if signature is None:
            raise UnprovableError("No code is run here, and this function of this account is not one that is computed.")
        contract, header = self._contracts[to], self._blocks.any(tag)
        try:
            arguments = abi.decode_call(signature, calldata)
        except WireError as cause:
            raise UnprovableError(f"The arguments are not the canonical ABI of {signature}.") from cause
        self._demand_pinned(contract, header)
        result = contract.views[signature](arguments, self._reader(header, to))
        if isinstance(result, Reverted):
            raise _RpcError(-32000, "Execution reverted", data(result.reason))
        return data(result)

    def _demand_pinned(self, contract: ViewContract, header: VerifiedHeader) -> None:
        account = self._state.state(header, contract.address).account
        if account is None or account.code_hash != contract.code_hash:
            raise UnprovableError("The code of this contract is not the code that the profile pins.")
        if contract.demand is not None:
            contract.demand(account, self._reader(header, contract.address))
        if contract.pin is not None:
            try:
                demand_program(_Proofs(self._state), header, contract.pin)
            except ProgramChangedError as cause:
                raise UnprovableError(cause.text) from cause

    def _reader(self, header: VerifiedHeader, whose: Address) -> Read:
        read_so_far = 0

        def read(slots: Sequence[int]) -> Mapping[int, int]:
            nonlocal read_so_far
            read_so_far += len(slots)
            if read_so_far > MAX_SLOTS:
                raise UnprovableError(f"The answer would take more than {MAX_SLOTS} words of storage.")
            return self._state.state(header, whose, tuple(dict.fromkeys(slots))).storage

        return read


def _read_call(request: Any) -> tuple[Address, bytes]:
    """Read whom a call goes to and with what; a call with value would be refused by every view."""
    given = asked.mapping(request)
    payloads = [given[name] for name in ("data", "input") if given.get(name) is not None]
    if not given.keys() <= _KNOWN or (len(payloads) == 2 and payloads[0] != payloads[1]):
        raise invalid_params()
    if given.get("from") is not None:
        asked.address(given["from"])
    if given.get("to") is None or (given.get("value") is not None and asked.quantity(given["value"])):
        raise UnprovableError("Only calls of known view functions are computed, without value.")
    return asked.address(given["to"]), asked.data(payloads[0]) if payloads else b""


def revert(error: str) -> Reverted:
    """Give the refusal by an error without arguments, such as `UnknownRecord()`."""
    return Reverted(abi.selector(error))
