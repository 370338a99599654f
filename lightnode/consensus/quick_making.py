"""Making frozen dataclasses quickly: setting the fields of a frozen class one by one costs more than reading a header.

Invariants: what is made is an instance of the frozen class like any other, with the same slots; it is frozen before it is
given away. Nothing checks the values, as nothing does in the class's own `__init__`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, TypeVar

Made = TypeVar("Made")


def quickly(frozen: type[Made]) -> Callable[..., Made]:
    """Give a function that makes instances of a frozen dataclass with slots.

    Args:
        frozen: the class, without `__post_init__`.
    """
    twin = make_dataclass(
        f"_Unfrozen{frozen.__name__}",
        [(one.name, Any, _with_default(one)) for one in fields(frozen)],  # type: ignore[arg-type]
        bases=frozen.__bases__,
        eq=False,
        repr=False,
        slots=True,
    )

    def make(*values: Any) -> Made:
        made = twin(*values)
        # Both classes have the same bases and slots, so that an instance of one may become one of the other.
        made.__class__ = frozen
        return made  # type: ignore[no-any-return]

    return make


def _with_default(one: Field[Any]) -> Any:
    return field() if one.default is MISSING else field(default=one.default)
