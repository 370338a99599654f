"""Recomputing the status list by number of a signed trust package, by anyone who has a node to ask (foundations section 6).

The package says up to which size and root of the log its list reaches, and carries the statements that the list follows
from. So the node is trusted with nothing: its leaves must make that root.

Invariants: nothing beside the package and the leaves under its root decides; the whole list is compared, order included.
"""

from __future__ import annotations

from desktop.errors import DesktopError
from desktop.services.job_errors import ProviderLiesError
from desktop.services.network_facts import read_leaves
from desktop.services.network_session import NetworkSession
from desktop.services.registry_calls import registry_of
from desktop.services.registry_status import record_count, status_entries
from lightnode.wire import merkle
from lightnode.wire.network_facts import LogMark, StatusList
from lightnode.wire.trust import TrustPackage


class ListMissingError(DesktopError):
    """The trust package has no list by number."""

    code = "STATUS-NONE"
    advice = (
        "On the Timestamp way, make an authority's list again with `chancery trust status --height` and compare it."
    )


class ListDiffersError(DesktopError):
    """The trust package's list is not the one that follows from the log and the package's statements."""

    code = "STATUS-DIFFERS"
    advice = "Do not rely on this trust list; tell your agency, with the records that are named here."


def recompute(session: NetworkSession, package: TrustPackage) -> tuple[LogMark | None, StatusList]:
    """Make the list again and hold the package's to it.

    Args:
        session: the network of the package.
        package: opened under the office's root.

    Returns:
        The size and root of the log up to which it reaches, None where the log was empty; and the list.

    Raises:
        ListMissingError: the package has none.
        ListDiffersError: it has another.
        ProviderLiesError: the node's leaves do not make the root that the package states.
    """
    given = package.facts.status
    if given is None or package.profile.genesis_hash != session.profile.genesis_hash:
        raise ListMissingError("The trust package has no list by record number for this network.")
    mark = next((one for one in package.facts.marks if one.height == given.height), None)
    leaves = read_leaves(session, registry_of(session), given.height)
    size, root = (mark.size, mark.root) if mark is not None else (0, merkle.root([]))
    if len(leaves) != size or merkle.root([merkle.leaf_hash(leaf) for leaf in leaves]) != root:
        raise ProviderLiesError("The node's list of entries is not the log that the trust package states.")
    made = StatusList(record_count(leaves), given.height, status_entries(package.keys, leaves))
    if made != given:
        named = {entry.number for entry in {*made.entries} ^ {*given.entries}}
        shown = ", ".join(str(number) for number in sorted(named)[:10]) or "how many records there are"
        raise ListDiffersError(f"The trust package's list differs from the log and its statements: {shown}.")
    return mark, made
