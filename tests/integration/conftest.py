"""The set-up that the tests of an office share: made once by each worker, on a network that makes a block for each act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.training_set_up import SetUp, on_demand


@pytest.fixture(scope="session")
def office_set_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUp]:
    """A set-up on the act registry. Tests add acts and jobs to it; what makes a home newer is done in a home of its own."""
    with on_demand(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture
def made(office_set_up: SetUp) -> SetUp:
    """The shared set-up, with a block of now and a signer that signs."""
    office_set_up.mine()
    office_set_up.wake()
    return office_set_up
