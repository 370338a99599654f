"""What the signer will show for a job, by the signer's own code: the preview before the device is asked.

Invariants: title, labels, values and order are those of the signer, the question at the end included; only the name and
number of an authority may be missing here, where this computer has no signed statement about it: the row says so, and
the fingerprint beneath it is the one to compare.
"""

from __future__ import annotations

from collections.abc import Mapping

from desktop.services import deployment
from desktop.services.job import Job
from desktop.services.template_files import load_template, namespaces
from firmware_bridge.signer.change_screens import screens_for_change, screens_for_deployment
from firmware_bridge.signer.screens import Naming, Screen, closing, screens_for_act, screens_for_timestamp
from firmware_bridge.signer.transaction_screens import screens_for_transaction
from lightnode.wire.commitment import decode_opening
from lightnode.wire.profile import Profile
from lightnode.wire.registry import decode_act_call
from lightnode.wire.registry_admin import decode_change_call, decode_deployment, is_change
from lightnode.wire.template import Template
from lightnode.wire.timestamp_call import decode_timestamp_call, is_timestamp
from lightnode.wire.trust import AuthorityEntry
from lightnode.wire.types import Hash32

UNSTATED = "(as its country named it)"


def screens(
    profile: Profile,
    job: Job,
    entries: Mapping[Hash32, AuthorityEntry] | None = None,
    template: Template | None = None,
) -> tuple[Screen, ...]:
    """Give the screens of an act, of a change by governance or administrators, or of a registry's creation.

    Args:
        profile: of the network.
        job: drafted.
        entries: what verified statements of countries on this computer say of authorities, by ledger id.
        template: of the record; the built-in one of the job's id where None.

    Raises:
        WireError: the job's calldata or opening cannot be read.
        BridgeError: a text of it cannot be shown.
    """
    body = _body(profile, job, entries or {}, template)
    title = body[0].title
    technical = screens_for_transaction(title, profile, job.fields, job.key_label, job.sender)
    return (*body, *technical, closing(title))


def _body(
    profile: Profile, job: Job, entries: Mapping[Hash32, AuthorityEntry], template: Template | None
) -> tuple[Screen, ...]:
    data = job.fields.data
    if job.fields.to is None:
        code = next(item for item in deployment.creations() if item.matches(data))
        arguments = data[code.length :]
        return screens_for_deployment(profile, code, decode_deployment(arguments) if arguments else None)
    if is_timestamp(data):
        return _timestamp(profile, job, entries, template)
    if is_change(data):
        return screens_for_change(profile, decode_change_call(data), Naming(None, entries, UNSTATED))
    call = decode_act_call(data)
    if not job.opening:
        return screens_for_act(profile, None, Naming(None, entries, UNSTATED), call, None)
    kind = template if template is not None else load_template(job.template)
    naming = Naming(call.authority or job.authority or b"", entries, UNSTATED)
    return screens_for_act(profile, kind, naming, call, decode_opening(job.opening))


def _timestamp(
    profile: Profile, job: Job, entries: Mapping[Hash32, AuthorityEntry], template: Template | None
) -> tuple[Screen, ...]:
    act = decode_timestamp_call(job.fields.data)
    naming = Naming(act.authority, entries, UNSTATED)
    if job.opening:
        kind = template if template is not None else load_template(job.template)
        return screens_for_timestamp(profile, kind, naming, act, decode_opening(job.opening))
    known = (kind for kinds in namespaces().values() for kind in kinds)
    kind_of = next((kind for kind in known if kind.ledger_id == act.template), None)
    return screens_for_timestamp(profile, kind_of, naming, act, None)
