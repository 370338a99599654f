"""What a set-up begins with beside its network: sample fields and document, invented operators, a token with its PIN.

Invariants: what is there already stays, but for the samples, which are the same each time; PINs are readable by the owner
only and appear in no output.
"""

from __future__ import annotations

from pathlib import Path

from desktop.demo import given_network, sample_record, token_choice
from desktop.demo.token_choice import Wish
from desktop.services.data_folder import private_folder
from desktop.services.file_access import write_bytes, write_json


def write(wish: Wish) -> dict[str, Path]:
    """Write the files that the other commands of a set-up read.

    Args:
        wish: what is wanted.

    Returns:
        The files by name, those with PINs among them.

    Raises:
        SoftHsmMissingError: SoftHSM2 is wanted and not installed.
        OutputFileError: the folder cannot be written.
    """
    folder = private_folder(wish.folder)
    record = sample_record.sample(wish.repository)
    made = [token_choice.choose(wish, folder)[0], folder / "fields.json", folder / record.document_name]
    write_json(made[1], record.fields)
    write_bytes(made[2], record.document)
    genesis = folder / "network" / "genesis.json"
    if genesis.exists():
        made.append(folder / "operators.json")
        write_json(made[3], given_network.invented_operators(genesis))
    return {path.name: path for path in made}
