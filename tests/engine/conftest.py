"""One engine at Istanbul for each file of tests, and a registry of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lightnode.devnet.engine import Engine, engine_python
from lightnode.devnet.errors import EngineMissingError
from tests.support.act_registry import Registry


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        engine_python()
    except EngineMissingError:
        pytest.skip(".venv-engine is absent")
    with Engine("istanbul") as running:
        yield running


@pytest.fixture(scope="module")
def prepared(engine: Engine) -> Registry:
    return Registry(engine).prepare()


@pytest.fixture
def registry(prepared: Registry) -> Registry:
    return prepared.again()
