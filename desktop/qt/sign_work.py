"""What the Sign page asks for: a preview at once, and the whole way from device to evidence in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desktop.qt.tasks import Task
from desktop.services.chosen_document import ChosenDocument
from firmware_bridge.signer.screens import Screen
from lightnode.wire.field_value import Value
from lightnode.wire.template import Template
from lightnode.wire.types import Hash32


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """What a person is told at the end.

    Attributes:
        title: of the record.
        registered: when its block was made, for people.
        block: that holds it.
        evidence: where the evidence file is.
        checks: what was checked on the way, as (what, detail).
    """

    title: str
    registered: str
    block: int
    evidence: Path
    checks: tuple[tuple[str, str], ...]


class SignWork(Protocol):
    """Behind the Sign page."""

    def preview(self, template: Template, values: tuple[Value, ...], document: Hash32 | None) -> tuple[Screen, ...]:
        """Give the screens the device will show, by the device's own code; quick and without a network.

        Args:
            template: kind of record.
            values: in the template's order; None where a field is not filled in rightly.
            document: SHA-256 of the chosen document; None without one.
        """

    def sign(
        self, template: Template, typed: dict[str, str], document: ChosenDocument | None, task: Task
    ) -> SignedRecord:
        """Sign; slow; tells the task what it waits for: text, (row, rows), or the screens of the drafted job."""
