"""The question whether an issuer was accredited, and its answer with block, time, route and what is known of the program."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from lightnode.registries.accreditation_document import AccreditationDocument
from lightnode.registries.issuer_messages import IssuerType
from lightnode.registries.program import ProgramState
from lightnode.wire.types import Hash32, Height


class Accredited(enum.Enum):
    """The answer."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class AccreditationQuestion:
    """What is asked.

    Attributes:
        issuer: DID.
        attribute: id of the attribute that stands for the accreditation.
        schema: id of a schema that it must be for, exactly as the credential names it; None where any will do.
    """

    issuer: str
    attribute: Hash32
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class AccreditationStatement:
    """The answer for one block.

    Attributes:
        answer: yes, no, or cannot tell.
        reason: for it, one sentence.
        height: of the block after which it holds.
        block_hash: of that block.
        time: of that block, unix seconds.
        route: by which it was proven.
        program: what is known of the program.
        issuer_type: of the revision in force; None where there is none.
        revision: id of the revision in force; None where there is none.
        revised_at: block of that revision's event; None by storage, which does not keep it.
        tao: DID of whoever accredited; None by logs, which do not name it.
        root_tao: DID of the root of that chain; None by logs.
        document: the credential that belongs to it, bound by its hash; None where none was stored or given.
        registered: whether the issuer has stored a credential for it; None by logs, which do not tell.
    """

    answer: Accredited
    reason: str
    height: Height
    block_hash: Hash32
    time: int
    route: str
    program: ProgramState
    issuer_type: IssuerType | None = None
    revision: Hash32 | None = None
    revised_at: Height | None = None
    tao: str | None = None
    root_tao: str | None = None
    document: AccreditationDocument | None = None
    registered: bool | None = None

    def age(self, now: int) -> int:
        """Give how many seconds old the statement is; never negative."""
        return max(now - self.time, 0)


@dataclass(frozen=True, slots=True)
class AccreditationAnswer:
    """The answer to the whole question.

    Attributes:
        question: as asked.
        at: for block N.
        still: for block M; None where that was not asked.
    """

    question: AccreditationQuestion
    at: AccreditationStatement
    still: AccreditationStatement | None = None

    @property
    def changed(self) -> bool | None:
        """Tell whether another revision is in force after M than after N; None where that is not known."""
        if self.still is None or Accredited.CANNOT_TELL in (self.at.answer, self.still.answer):
            return None
        return self.at.revision != self.still.revision
