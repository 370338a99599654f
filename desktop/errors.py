"""The error tree of `desktop`: one base, one leaf for each thing that can be wrong.

Invariants: as in `lightnode.errors`: a unique code, a sentence that says what happened, an advice that says what to do
now. Only errors of the four packages' trees reach a person; anything else is a fault of the program (`INTERNAL`).
"""

from __future__ import annotations

from typing import ClassVar


class DesktopError(Exception):
    """Base of everything `desktop` raises on purpose.

    Attributes:
        code: stable identifier, upper case with hyphens.
        advice: what the reader can do now.
    """

    code: ClassVar[str] = "DESKTOP"
    advice: ClassVar[str] = "Report this with the code."

    def __init__(self, text: str) -> None:
        """Store the sentence that says what happened.

        Args:
            text: what happened, without secrets or personal data.
        """
        super().__init__(text)
        self.text = text


class UsageError(DesktopError):
    """The command line or a form was filled in wrongly."""

    code = "USAGE"
    advice = "Run the command with --help to see what it takes."


class InputError(DesktopError):
    """Base of what can be wrong with a file or text that a person gave."""

    code = "INPUT"
    advice = "Check the file and give it again."


class InputFileError(InputError):
    """A file cannot be read."""

    code = "INPUT-FILE"
    advice = "Check that the file exists, is a plain file and may be read by you."


class InputSizeError(InputError):
    """A file is larger than any genuine one of its kind."""

    code = "INPUT-SIZE"
    advice = "Check that this is the right file; genuine ones are smaller."


class InputFormatError(InputError):
    """A file or text is not of the form it should have."""

    code = "INPUT-FORMAT"
    advice = "Compare the file with the example in docs/commands.md."


class OutputFileError(DesktopError):
    """A result cannot be written."""

    code = "OUTPUT-FILE"
    advice = "Check that the folder exists, belongs to you and has space left; name another file if this one exists."


class OutputKindError(OutputFileError):
    """A file of another kind stands where a result should go."""

    code = "OUTPUT-KIND"
    advice = "Name another file, or add --force to replace this one."


class StoppedError(DesktopError):
    """The person stopped the command."""

    code = "INTERRUPTED"
    advice = "Run the command again; what was stored before is kept."


class SystemRefusalError(DesktopError):
    """The operating system refused something."""

    code = "SYSTEM"
    advice = "Check rights, free space and limits of this computer, then try again."


class InternalError(DesktopError):
    """A fault of the program itself."""

    code = "INTERNAL"
    advice = "Report this with the command that was typed; CHANCERY_TRACEBACK=1 shows where it happened."
