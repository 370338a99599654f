"""What can be wrong with a transfer file."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class TransferError(LightNodeError):
    """A transfer file cannot be used."""

    code = "TRANSFER"
    advice = "Copy the file again, or have it made again."


class TransferCutError(TransferError):
    """The file ends before its end, or its digest is another: it was cut short or changed on the way."""

    code = "TRANSFER-CUT"


class TransferFormError(TransferError):
    """A piece of the file is not in its one form."""

    code = "TRANSFER-FORM"


class TransferVersionError(TransferError):
    """A newer program made the file."""

    code = "TRANSFER-VERSION"
    advice = "Use a newer version of this program."


class TransferNetworkError(TransferError):
    """The file is about another network, or made under other rules for this one."""

    code = "TRANSFER-NETWORK"
    advice = "Give the profile that the file was made with, or a file of this network."


class TransferStartError(TransferError):
    """The file begins above where this office stands."""

    code = "TRANSFER-START"
    advice = "Have a file made that begins where this office stands; or confirm the file's own checkpoint with --confirm, after comparing its fingerprint with governance by another way."


class TransferLackError(TransferError):
    """The file does not hold what verification needs next."""

    code = "TRANSFER-LACKS"
    advice = "Have the file made again, with the proofs of every change of the validator contract."


class TransferFileError(TransferError):
    """The file cannot be read from, or written to, this disk."""

    code = "TRANSFER-DISK"
    advice = "Look whether the disk or stick is there, writable and not full."
