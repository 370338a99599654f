"""What the signer will show for a job, by the signer's own code: the preview before the device is asked.

Invariants: title, labels, values and order are those of the signer; only the name of an authority may be missing here,
where this computer has no signed statement about it.
"""

from __future__ import annotations

from desktop.services import deployment
from desktop.services.job import Job
from desktop.services.template_files import load_template, namespaces
from firmware_bridge.signer.change_screens import screens_for_change, screens_for_deployment
from firmware_bridge.signer.screens import Screen, screens_for_act, screens_for_timestamp
from lightnode.wire.commitment import decode_opening
from lightnode.wire.profile import Profile
from lightnode.wire.registry import decode_act_call
from lightnode.wire.registry_admin import decode_change_call, decode_deployment, is_change
from lightnode.wire.root import show_fingerprint
from lightnode.wire.template import Template
from lightnode.wire.timestamp_call import decode_timestamp_call, is_timestamp


def screens(profile: Profile, job: Job, authority: str = "", template: Template | None = None) -> tuple[Screen, ...]:
    """Give the screens of an act, of a change by governance or administrators, or of a registry's creation.

    Args:
        profile: of the network.
        job: drafted.
        authority: name and country as a signed statement gives them; its fingerprint where empty.
        template: of the record; the built-in one of the job's id where None.

    Raises:
        WireError: the job's calldata or opening cannot be read.
    """
    data = job.fields.data
    if job.fields.to is None:
        code = next(item for item in deployment.creations() if item.matches(data))
        arguments = data[code.length :]
        return screens_for_deployment(profile, code, decode_deployment(arguments) if arguments else None)
    if is_timestamp(data):
        return _timestamp(profile, job, authority, template)
    if is_change(data):
        changed = decode_change_call(data)
        subject = show_fingerprint(changed.subject) if any(changed.subject) else ""
        return screens_for_change(profile, changed, authority or subject)
    call = decode_act_call(data)
    if not job.opening:
        return screens_for_act(profile, None, authority, call, None)
    owner = call.authority or job.authority or b""
    kind = template if template is not None else load_template(job.template)
    return screens_for_act(profile, kind, authority or show_fingerprint(owner), call, decode_opening(job.opening))


def _timestamp(profile: Profile, job: Job, authority: str, template: Template | None) -> tuple[Screen, ...]:
    act = decode_timestamp_call(job.fields.data)
    name = authority or show_fingerprint(act.authority)
    if job.opening:
        kind = template if template is not None else load_template(job.template)
        return screens_for_timestamp(profile, kind, name, act, decode_opening(job.opening))
    known = (kind for kinds in namespaces().values() for kind in kinds)
    return screens_for_timestamp(
        profile, next((k for k in known if k.ledger_id == act.template), None), name, act, None
    )
