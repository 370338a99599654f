"""A verdict and the findings it is made of: the worst finding decides, everything stays visible.

Invariants: three results are kept apart beside the word: genuine, not withdrawn, entitled, meets the rules; a check that
did not run says so and is no pass.
"""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field

from lightnode.verdict.codes import OK, Code, Outcome, rank
from lightnode.wire.field_value import show_date
from lightnode.wire.serial_memory import SerialMemory


class Group(enum.Enum):
    """The four lines that an officer reads."""

    GENUINE = "Genuine"
    STANDING = "Not withdrawn"
    ENTITLED = "Signed by someone entitled"
    RULES = "Meets your rules"


class CheckState(enum.Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check with its evidence.

    Attributes:
        step: number in docs/verification.md.
        group: which line it belongs to.
        state: how it ended.
        title: what was checked.
        detail: the evidence, or why it was not checked.
    """

    step: str
    group: Group
    state: CheckState
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of the record as the border view shows it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """Dates of the trust package, unix seconds."""

    serial: int
    issued: int
    next_update: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of an evidence file.

    Attributes:
        outcome: VALID, NOT VALID or CANNOT TELL.
        code: for the help desk.
        message: one sentence.
        next_step: what to do now.
        tell: what one can tell the person.
        caveats: what must be said beside it.
        age_seconds: age of the trust package; None where none could be read.
        environment: of the network; of the root where the trust package could not be opened.
        checks: everything that was checked, in order.
        fields: of the border view.
        freshness: of the trust package.
        title: kind of record; empty where not known.
        memory: highest serials seen, this one included.
        issuer: name and country of the issuing office; empty where not known.
        reference: of the record in the register; empty where not known.
    """

    outcome: Outcome
    code: str
    message: str
    next_step: str
    tell: str
    caveats: tuple[str, ...]
    age_seconds: int | None
    environment: str
    checks: tuple[Check, ...]
    fields: tuple[ShownField, ...]
    freshness: Freshness | None
    title: str
    memory: SerialMemory
    issuer: str = ""
    reference: str = ""

    def as_json(self) -> dict[str, object]:
        """Give the object that the command prints."""
        return {
            "verdict": self.outcome.value,
            "code": self.code,
            "message": self.message,
            "age_seconds": self.age_seconds,
            "environment": self.environment,
            "next_step": self.next_step,
            "tell": self.tell,
            "caveats": list(self.caveats),
            "checks": [
                {"step": c.step, "group": c.group.value, "state": c.state.value, "title": c.title, "detail": c.detail}
                for c in self.checks
            ],
            "fields": [{"label": shown.label, "value": shown.value} for shown in self.fields],
        }


@dataclass(slots=True)
class Judgement:
    """A verdict in the making.

    Attributes:
        memory: highest serials seen.
        found: codes with what fills their sentences.
        fills: what is known for every sentence.
    """

    memory: SerialMemory
    found: list[tuple[Code, dict[str, str]]] = field(default_factory=list)
    fills: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    age_seconds: int | None = None
    environment: str = ""
    fields: tuple[ShownField, ...] = ()
    freshness: Freshness | None = None
    title: str = ""
    reference: str = ""

    def passed(self, step: str, group: Group, title: str, detail: str) -> None:
        """Note a check that passed."""
        self.checks.append(Check(step, group, CheckState.PASSED, title, detail))

    def skipped(self, step: str, group: Group, title: str, why: str) -> None:
        """Note a check that did not run."""
        self.checks.append(Check(step, group, CheckState.SKIPPED, title, why))

    def fail(self, code: Code, step: str, group: Group, title: str, **fills: str) -> None:
        """Note a finding against the record, or what is missing to judge it."""
        self.found.append((code, fills))
        if code.outcome is not Outcome.VALID:
            state = CheckState.FAILED if code.outcome is Outcome.NOT_VALID else CheckState.UNKNOWN
            self.checks.append(Check(step, group, state, title, self._sentence(code.sentence, fills)))

    def conclude(self) -> Verdict:
        """Let the worst finding decide."""
        code, fills = min(self.found, key=lambda item: rank(item[0]), default=(OK, {}))
        return Verdict(
            outcome=code.outcome,
            code=code.name,
            message=self._sentence(code.sentence, fills),
            next_step=code.next_step,
            tell=code.tell,
            caveats=tuple(self.caveats),
            age_seconds=self.age_seconds,
            environment=self.environment,
            checks=tuple(self.checks),
            fields=self.fields,
            freshness=self.freshness,
            title=self.title,
            memory=self.memory,
            issuer=", ".join(self.fills[name] for name in ("authority", "country") if name in self.fills),
            reference=self.reference,
        )

    def _sentence(self, sentence: str, fills: dict[str, str]) -> str:
        known = {"authority": "the issuing office", "country": "its country", "date": "an unknown date", "age": "some time",
                 "list_date": "an unknown date", "found": "some", "needed": "more", "rule": "a rule", "why": "it does not fit"}  # fmt: skip
        text = sentence.format(**{**known, **self.fills, **fills})
        return text[:1].upper() + text[1:]


def show_count(number: int) -> str:
    """Write a number with a gap after each three digits, which no line breaks."""
    return f"{number:,}".replace(",", "\u00a0")


def show_day(seconds: int) -> str:
    """Write the day of a time in UTC."""
    return show_date(datetime.datetime.fromtimestamp(seconds, datetime.UTC).date())


def show_age(seconds: int) -> str:
    """Write an age: numbers before adjectives."""
    if seconds < 60:
        return "less than a minute"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        hours = seconds // 3600
        return f"{hours} hour{'s' if hours != 1 else ''}"
    return f"{seconds // 86400} days"
