"""From an included act to its evidence file, judged here before it is handed out, and stored with its opening.

Invariants: the evidence holds exactly what the verified block gives; it is stored in the same step as its record.
"""

from __future__ import annotations

from desktop.services.inclusion import ProvenBlock
from desktop.services.job import Job
from desktop.services.network_session import NetworkSession
from lightnode.wire.types import Hash32


def collect_sealed(session: NetworkSession, job: Job, block: ProvenBlock) -> tuple[bytes, Hash32]:
    """Assemble the sealed evidence of an act and store it with its opening.

    Args:
        session: the open network.
        job: included.
        block: that holds it, proven.

    Returns:
        The evidence file and its SHA-256.
    """
    raise NotImplementedError
