"""What can be wrong with what a registry's storage, logs or calls are taken for."""

from __future__ import annotations

from typing import ClassVar

from lightnode.errors import LightNodeError


class RegistryReadingError(LightNodeError):
    """Base of what reading a registry raises.

    Attributes:
        rule: number and name of the rule in `docs/verification.md`.
    """

    code = "REGISTRY-READING"
    advice = "Report this with the code and the block it speaks of."
    rule: ClassVar[str] = "Q0 reading"


class WordsMissingError(RegistryReadingError):
    """Words that a reading needs were not proven."""

    code = "REGISTRY-WORDS"
    advice = "Ask a node that proves every slot asked for."
    rule: ClassVar[str] = "Q1 walk"


class WalkLimitError(RegistryReadingError):
    """A reading would take more slots, rounds, items or bytes than any genuine value."""

    code = "REGISTRY-LIMIT"
    advice = "Ask for a smaller part of the registry; if there is none, report which value is so large."
    rule: ClassVar[str] = "Q1 walk"


class StorageFormError(RegistryReadingError):
    """Proven words are no value of the layout that is pinned for this registry."""

    code = "REGISTRY-STORAGE"
    advice = "Do not rely on this reading; the registry may run another program than the profile says."
    rule: ClassVar[str] = "Q2 layout"


class ProgramChangedError(RegistryReadingError):
    """The program in force at a registry is not the pinned one."""

    code = "REGISTRY-PROGRAM"
    advice = "Ask governance for a new profile; until then nothing that this registry says is proven."
    rule: ClassVar[str] = "Q3 program"


class PinFormError(RegistryReadingError):
    """A registry's pin lacks what its kind of proxy needs."""

    code = "REGISTRY-PIN"
    advice = "Ask governance for a profile that pins this registry whole."
    rule: ClassVar[str] = "Q3 program"


class EventFormError(RegistryReadingError):
    """A log is not the event that its first topic says."""

    code = "REGISTRY-EVENT"
    advice = "Do not rely on this event; the registry may run another program than the profile says."
    rule: ClassVar[str] = "Q4 events"


class CallFormError(RegistryReadingError):
    """Call data is no call that this program knows, or a value does not fit its place."""

    code = "REGISTRY-CALLDATA"
    advice = "Do not sign this; ask who made it."
    rule: ClassVar[str] = "Q5 calls"


class LogRangeError(RegistryReadingError):
    """Logs do not cover the blocks that a question is about, or are no logs of the registry asked for."""

    code = "REGISTRY-RANGE"
    advice = "Scan every block of the range, in order, and ask again."
    rule: ClassVar[str] = "Q7 accreditation by logs"


class DocumentBindingError(RegistryReadingError):
    """A credential is not the one whose hash the registry holds."""

    code = "REGISTRY-DOCUMENT"
    advice = "Ask the issuer for the accreditation exactly as it stands in the registry."
    rule: ClassVar[str] = "Q8 accreditation document"
