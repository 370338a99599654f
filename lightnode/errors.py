"""The error tree of `lightnode`: one base, one leaf for each thing that can be wrong.

Invariants:
- Every leaf has a `code`, unique in the whole project, stable for ever: scripts and translations hang on it.
- `text` says what happened, `advice` what to do now; neither holds a secret or personal data.
- Only these errors escape the public functions of the package, whatever bytes they are given.
Leaves that belong to one concept are defined beside it and derive from a branch below.
"""

from __future__ import annotations

from typing import ClassVar


class LightNodeError(Exception):
    """Base of everything `lightnode` raises on purpose.

    Attributes:
        code: stable identifier, upper case with hyphens, e.g. ``RLP-CANONICAL``.
        advice: what the reader can do now, one imperative sentence.
    """

    code: ClassVar[str] = "LIGHTNODE"
    advice: ClassVar[str] = "Report this with the code."

    def __init__(self, text: str) -> None:
        """Store the sentence that says what happened.

        Args:
            text: what happened, without secrets or personal data.
        """
        super().__init__(text)
        self.text = text


class WireError(LightNodeError):
    """Bytes are not a canonical encoding of what they claim to be."""

    code = "WIRE"
    advice = "Ask for the file or message again; this one is damaged or was made by a faulty program."


class LimitError(WireError):
    """Bytes exceed a limit on size, depth or count before they were parsed."""

    code = "WIRE-LIMIT"
    advice = "Ask for a smaller input; this one is larger than any genuine one."
