"""What can be wrong with the store, each with its own advice."""

from __future__ import annotations

from lightnode.errors import LightNodeError


class StoreError(LightNodeError):
    """Base of everything the store raises."""

    code = "STORE"
    advice = "Close the program and start it again; if it comes back, send the support file."


class WrongKeyError(StoreError):
    """The passphrase or key does not open this store."""

    code = "STORE-KEY"
    advice = "Enter the passphrase again; nothing was changed."


class DamagedStoreError(StoreError):
    """The database is ours and the key is right, but its content fails its integrity check."""

    code = "STORE-DAMAGED"
    advice = "Restore the store from a backup, or start a new one and import the evidence from the archive."


class NotADatabaseError(StoreError):
    """The file in the store's place was never this store."""

    code = "STORE-FOREIGN"
    advice = "Move the file away, or point the program at the right folder; nothing was changed."


class KeySlotsError(StoreError):
    """The sidecar with the key slots is damaged or of an unknown version."""

    code = "STORE-SLOTS"
    advice = "Restore the file store.key from a backup; without it the database cannot be opened by anyone."


class StoreGoneError(StoreError):
    """The database or its sidecar is missing or empty, though the rest of the store is there."""

    code = "STORE-GONE"
    advice = (
        "Restore the store's whole folder from a backup, or begin a new one with `chancery store begin-anew`; "
        "nothing was overwritten."
    )


class StoreLostError(StoreError):
    """What was committed before is no longer in the database."""

    code = "STORE-LOST"
    advice = (
        "Check with the ledger what was signed before you sign again. Restore the store's whole folder, or go on "
        "without what is lost with `chancery store accept-loss`."
    )


class SchemaTooNewError(StoreError):
    """A newer version of the program laid out this store."""

    code = "STORE-NEWER"
    advice = "Install the version of the program that made this store, or a newer one."


class StoreBusyError(StoreError):
    """Another process holds the store."""

    code = "STORE-BUSY"
    advice = "Close the other window of the program, then try again."


class MissingRowError(StoreError):
    """A row that was asked for by name is not there."""

    code = "STORE-MISSING"
    advice = "Check the number or name; list what is stored to see what there is."


class StoreConflictError(StoreError):
    """A write contradicts what is already stored."""

    code = "STORE-CONFLICT"
    advice = "Load the current state first; another step was stored in the meantime."


class StoreFullError(StoreError):
    """The disk has no space left for what is to be stored."""

    code = "STORE-FULL"
    advice = "Make space on the disk, or prune old headers with `chancery store prune`; nothing was half written."


class StoreReadOnlyError(StoreError):
    """The store lies where nothing can be written."""

    code = "STORE-READ-ONLY"
    advice = "Copy the store's whole folder to a disk that can be written; reading works where it is."


class StoreFolderError(StoreError):
    """The folder or a file in it cannot be made or read."""

    code = "STORE-FOLDER"
    advice = "Check that the folder exists, belongs to you and has space left."
