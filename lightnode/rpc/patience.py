"""Asking again for what a node announced and does not have yet: behind one address may stand several nodes.

Invariants: only what is missing is asked for again; the pauses are few and short, and all waiting ends with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from lightnode.rpc.errors import MissingAnswerError

PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0)

Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], pauses: Sequence[float] = PAUSES) -> Answer:
    """Ask until there is an answer, at most once more than there are pauses.

    Args:
        ask: puts the question.
        pauses: seconds before each repetition.

    Raises:
        MissingAnswerError: the node still does not have it.
        RpcError: any other trouble, at once.
    """
    for pause in pauses:
        try:
            return ask()
        except MissingAnswerError:
            time.sleep(pause)
    return ask()
