"""Templates by name: built in, or from a file that governance signed."""

from __future__ import annotations

from pathlib import Path

from desktop.errors import DesktopError
from desktop.services import envelope_files
from desktop.services.file_access import read_bytes
from lightnode.templates import BUILT_IN, built_in
from lightnode.wire.template import Template
from lightnode.wire.trust import read_templates


class TemplateMissingError(DesktopError):
    """There is no template of this id."""

    code = "TEMPLATE-MISSING"
    advice = "Name one of the built-in kinds, or give the signed file that holds it."


def load_template(name: str, file: Path | None = None) -> Template:
    """Give a template by its id.

    Args:
        name: id.
        file: envelope or draft of kind templates; None for the built-in ones.

    Raises:
        TemplateMissingError: there is none.
    """
    if file is not None:
        found = envelope_files.read(read_bytes(file), file.name)
        for template in read_templates(found.payload):
            if template.id == name:
                return template
        raise TemplateMissingError(f"The file {file.name} holds no template {name}.")
    if name not in BUILT_IN:
        raise TemplateMissingError(f"There is no built-in template {name}; there are {', '.join(BUILT_IN)}.")
    return built_in(name)


def namespaces() -> dict[str, list[Template]]:
    """Give the built-in templates by namespace, the first part of their ids."""
    found: dict[str, list[Template]] = {}
    for name in BUILT_IN:
        found.setdefault(name.split(".")[0], []).append(built_in(name))
    return found
