"""Step V6: the details and the document are the ones that were committed to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lightnode.errors import LightNodeError
from lightnode.evidence.evidence_file import Evidence
from lightnode.verdict import codes
from lightnode.verdict.agreement import LedgerEntry
from lightnode.verdict.judgement import Group, Judgement, ShownField
from lightnode.wire.commitment import ActHeader, Opening, batch_leaf, commit, commit_partial
from lightnode.wire.field_value import Value, check_value, problems, show
from lightnode.wire.merkle import root_from_path
from lightnode.wire.template import Template
from lightnode.wire.trust import TrustPackage
from lightnode.wire.types import Hash32

_FIELDS = "The details are the registered ones"
_DOCUMENT = "The document is the registered one"


@dataclass(frozen=True, slots=True)
class Record:
    """The record's content as far as it is shown.

    Attributes:
        template: its kind.
        values: by index of the field; hidden ones are missing.
    """

    template: Template
    values: dict[int, Value]


def judge_content(
    judgement: Judgement, evidence: Evidence, entry: LedgerEntry, package: TrustPackage, document: bytes | None
) -> Record | None:
    """Check commitment and document; None where the kind of record is not known."""
    template = package.templates.get(entry.leaf.template)
    if template is None:
        judgement.fail(codes.TEMPLATE, "V6", Group.GENUINE, _FIELDS)
        return None
    judgement.title = template.title
    if template.id != evidence.template_id:
        judgement.fail(codes.NOT_INC, "V6", Group.GENUINE, _FIELDS)
        return None
    if not _committed(evidence, entry, package, template):
        judgement.fail(codes.FIELDS_DIFF, "V6", Group.GENUINE, _FIELDS)
        return None
    judgement.passed("V6", Group.GENUINE, _FIELDS, "Their fingerprint is the one in the register")
    values, digest, known = _shown(evidence)
    _document(judgement, digest, known, document)
    _view(judgement, template, values)
    return Record(template, values)


def _committed(evidence: Evidence, entry: LedgerEntry, package: TrustPackage, template: Template) -> bool:
    recording = package.profile.recording
    if recording is None:
        return False
    header = ActHeader(
        package.profile.genesis_hash, recording.contract, entry.leaf.authority, template.id, template.digest,
        template.leaf_count,
    )  # fmt: skip
    opening = evidence.opening
    try:
        made = commit(header, opening) if isinstance(opening, Opening) else commit_partial(header, opening)
        if entry.leaf.count > 1:
            if evidence.batch is None:
                return False
            made = root_from_path(batch_leaf(made), evidence.batch.index, entry.leaf.count, evidence.batch.path)
        elif evidence.batch is not None:
            return False
    except LightNodeError:
        return False
    return made == entry.leaf.commitment


def _shown(evidence: Evidence) -> tuple[dict[int, Value], bytes | None, bool]:
    """Give shown values by field index, the document's digest, and whether that is shown at all."""
    opening = evidence.opening
    if isinstance(opening, Opening):
        return dict(enumerate(opening.values)), opening.document, True
    values: dict[int, Value] = {}
    digest: bytes | None = None
    known = False
    for leaf in opening.shown:
        if leaf.position == 1:
            digest, known = leaf.value if isinstance(leaf.value, bytes) else None, True
        elif not isinstance(leaf.value, bytes):
            values[leaf.position - 2] = leaf.value
    return values, digest, known


def _document(judgement: Judgement, digest: bytes | None, known: bool, document: bytes | None) -> None:
    if document is None:
        judgement.skipped("V6", Group.GENUINE, _DOCUMENT, "No document was given; only the details were compared")
        judgement.caveats.append("The document itself was not compared.")
    elif not known:
        judgement.fail(codes.OPENING, "V6", Group.GENUINE, _DOCUMENT)
    elif digest is None or Hash32(hashlib.sha256(document).digest()) != digest:
        judgement.fail(codes.DOC_DIFF, "V6", Group.GENUINE, _DOCUMENT)
    else:
        text = digest.hex().upper()
        judgement.passed("V6", Group.GENUINE, _DOCUMENT, f"Fingerprint {text[:4]} {text[4:8]} ... {text[-4:]} matches")


def _view(judgement: Judgement, template: Template, values: dict[int, Value]) -> None:
    view = [at for at in template.border_view if at in values]
    judgement.fields = tuple(
        ShownField(template.fields[at].label, show(template.fields[at], values[at])) for at in view
    )


def rule_problem(record: Record) -> str | None:
    """Give the first rule of the template that a whole record breaks."""
    if len(record.values) != len(record.template.fields):
        return _part_problem(record)
    found = problems(record.template, [record.values[at] for at in range(len(record.template.fields))])
    return f"{found[0].label}: {found[0].text}" if found else None


def _part_problem(record: Record) -> str | None:
    """Give the first shown value that does not fit its field, where rules across fields cannot be known."""
    for at, value in sorted(record.values.items()):
        field = record.template.fields[at]
        try:
            check_value(field, value)
        except LightNodeError as error:
            return f"{field.label}: {error.text}"
    return None
