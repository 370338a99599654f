"""What kind of set-up is wanted, and the token that its signer gets, with a PIN that nobody has to type.

Invariants: a PIN is random and lies in a file that only its owner may read; it reaches the signer through a descriptor.
"""

from __future__ import annotations

import os
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path

from desktop.demo import soft_hsm
from desktop.services.file_access import write_bytes

SOFT_HSM = "softhsm"


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of set-up is wanted.

    Attributes:
        folder: of the set-up.
        rpc: address of a node of a given network; None for a network of our own.
        genesis: genesis file of the given network.
        token: URL of the token behind the signer, or `softhsm` for a new SoftHSM2 token; None for a software token.
        pin_file: holds that token's PIN; None where one is made.
        repository: folder of the program's source, where samples may lie beside it.
        window: show the signer's display in a window of its own.
        way: of recording acts: registry or timestamp.
        max_gas_price: highest fee a unit of gas on a given network, in wei; 0 where gas is free.
    """

    folder: Path
    rpc: str | None = None
    genesis: Path | None = None
    token: str | None = None
    pin_file: Path | None = None
    repository: Path | None = None
    window: bool = False
    way: str = "registry"
    max_gas_price: int = 0


def choose(wish: Wish, folder: Path) -> tuple[Path, str, str]:
    """Give the file with the PIN, the token's URL, and the variables that a shell sets for its signer.

    Args:
        wish: what is wanted.
        folder: of the set-up.

    Raises:
        SoftHsmMissingError: SoftHSM2 is wanted and not installed.
    """
    pin = wish.pin_file or folder / "signer.pin"
    _demand_pin(pin)
    if wish.token != SOFT_HSM:
        return pin, wish.token or f"software:{folder / 'token'}", ""
    officer = folder / "token-officer.pin"
    _demand_pin(officer)
    made = soft_hsm.make(folder / "softhsm", pin.read_text().strip(), officer.read_text().strip())
    os.environ[soft_hsm.VARIABLE] = str(made.configuration)
    return pin, made.url, f"{soft_hsm.VARIABLE}={shlex.quote(str(made.configuration))}"


def _demand_pin(path: Path) -> None:
    if not path.exists():
        write_bytes(path, f"{secrets.randbelow(10**8):08d}".encode(), private=True)
