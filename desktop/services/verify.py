"""Judging an evidence file without a network: reads files, opens no socket, gives a verdict.

Invariants: everything a verdict rests on is a file named by the person or installed by IT; time is taken once; a higher
serial that was seen is remembered before the verdict is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.services import roots, serial_file
from desktop.services.file_access import MAX_DOCUMENT, read_bytes
from lightnode.verdict import Verdict, verify_evidence

MAX_EVIDENCE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be judged, and by what.

    Attributes:
        evidence: the evidence file.
        document: the document it is about; None to judge the fields alone.
        trust: the office's trust package.
        root: named by the person; None for the installed one.
        at: unix seconds of the judgement.
    """

    evidence: Path
    document: Path | None
    trust: Path
    root: Path | None
    at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, with what should be said beside it.

    Attributes:
        verdict: the judgement.
        notice: asks to compare the root's fingerprint at first use; else None.
    """

    verdict: Verdict
    notice: str | None


def judge(question: Question, base: Path) -> Answer:
    """Judge an evidence file.

    Args:
        question: files and time.
        base: the application's data folder, which holds the rollback memory.

    Raises:
        InputError: a file cannot be read at all.
        RootMissingError: there is no root.
        RootError: the root is none.
    """
    given = roots.load(question.root)
    evidence = read_bytes(question.evidence, MAX_EVIDENCE)
    trust = read_bytes(question.trust)
    document = None if question.document is None else read_bytes(question.document, MAX_DOCUMENT)
    notice = roots.note_use(base, given.root)
    memory = serial_file.load(base)
    verdict = verify_evidence(evidence, document, trust, given.data, question.at, memory)
    serial_file.save(base, verdict.memory)
    return Answer(verdict, notice)
