"""Giving a signing job up: only where its transaction can no longer act (foundations section 8)."""

from __future__ import annotations

from desktop.services import job as jobs
from desktop.services.job import Job, JobState
from desktop.services.job_errors import DroppedError, JobStepError, StillPossibleError
from desktop.services.job_outlook import demand_replaceable
from desktop.services.network_session import NetworkSession


def drop(session: NetworkSession, identifier: str) -> Job:
    """Give up a stored job.

    Args:
        session: the open network.
        identifier: of the job.

    Returns:
        The job, failed.

    Raises:
        MissingRowError: there is none of this name.
        JobStepError: it has ended already.
        StillPossibleError: a signature may exist and can still take effect; the text says until when.
    """
    stored = session.workspace.load(identifier)
    job = stored.job
    if job.ended:
        raise JobStepError(f"The job {identifier} is {job.state.value} already.")
    if job.state is JobState.INCLUDED:
        raise StillPossibleError(f"The act {identifier} stands on the ledger; carry it on to its evidence.")
    if job.state is not JobState.DRAFTED:
        view, _ = session.observer().look(job)
        demand_replaceable(job, view)
    return session.workspace.step(stored, jobs.fail(job, DroppedError.code)).job
