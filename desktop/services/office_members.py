"""Who is in an office, by account: the registry only tells of an account that is asked about, so candidates are gathered.

Invariants: a candidate counts only where its slot proves it; how many persons are in office is proven too, so that what is
missing from the list is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services import deployment, pending_changes
from desktop.services.network_session import NetworkSession
from desktop.services.registry_view import Office, RegistryView
from lightnode.errors import LightNodeError
from lightnode.rpc.errors import RpcError
from lightnode.rpc.ledger import hex_data
from lightnode.wire.registry_admin import decode_deployment
from lightnode.wire.types import Address


@dataclass(frozen=True, slots=True)
class Members:
    """The accounts in an office.

    Attributes:
        office: with the proven number of persons.
        known: accounts and holder numbers, proven.
    """

    office: Office
    known: tuple[tuple[Address, int], ...]

    @property
    def missing(self) -> int:
        """How many persons in office are not known by account."""
        return self.office.holders - len({holder for _, holder in self.known})


def members(session: NetworkSession, view: RegistryView, office: Office, more: tuple[Address, ...] = ()) -> Members:
    """Give who is in an office.

    Args:
        session: the open network.
        view: of the registry.
        office: whose members are wanted.
        more: further candidates, such as the caller's own account.
    """
    candidates = {*pending_changes.named_accounts(session, view), *more}
    found = _proven(view, office, candidates)
    if found.missing > 0 and not any(office.subject):
        candidates |= set(_founders(session, view))
        found = _proven(view, office, candidates)
    return found


def _proven(view: RegistryView, office: Office, candidates: set[Address]) -> Members:
    accounts = sorted(candidates)
    holders = view.holders(office, accounts)
    known = tuple((who, holder) for who, holder in zip(accounts, holders, strict=True) if holder is not None)
    return Members(office, known)


def _founders(session: NetworkSession, view: RegistryView) -> tuple[Address, ...]:
    """Give the members named when the registry was created, where the node still knows the block; else none."""
    try:
        low, high = 0, view.height
        while high - low > 1:
            middle = (low + high) // 2
            code = session.ledger.client.call("eth_getCode", [hex_data(view.registry), hex(middle)])
            if code in ("0x", None):
                low = middle
            else:
                high = middle
        for transaction in session.observer().block(high).transactions:
            if transaction.signed is None:
                continue
            fields = transaction.signed.unsigned
            sender = transaction.signed.sender(session.profile.curve)
            if fields.to is None and deployment.contract_address(sender, fields.nonce) == view.registry:
                return decode_deployment(fields.data[deployment.ACT_REGISTRY.creation().length :]).members
    except (RpcError, LightNodeError):
        # Nodes that keep no old states cannot tell; what is missing is counted and said.
        return ()
    return ()
