"""What a person reads while headers are verified."""

from __future__ import annotations

import pytest

from lightnode.light_client.progress import Progress


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(0, 12_400, 60_000, 8.55), "Block 12 400 of 60 000, 1 450 a second, about 33 s left."),
        (Progress(0, 0, 60_000, 0.0), "Block 0 of 60 000."),
        (Progress(0, 0, 60_000, 100.0), "Block 0 of 60 000."),
        (Progress(0, 900, 60_000, 1.9), "Block 900 of 60 000."),
        (Progress(100, 101, 1_000_000, 2.0), "Block 101 of 1 000 000, 0.5 a second, about 555 h left."),
        (Progress(0, 1_000, 1_000_000, 2.0), "Block 1 000 of 1 000 000, 500 a second, about 33 min left."),
        (Progress(0, 1_000, 1_001, 2.0), "Block 1 000 of 1 001, 500 a second, about 1 s left."),
        (Progress(999_000, 1_000_000, 1_000_000, 90.0), "Block 1 000 000 of 1 000 000: done in 90 s."),
    ],
)
def test_one_line(progress: Progress, text: str) -> None:
    assert progress.text() == text


def test_speed_counts_from_where_the_run_began() -> None:
    assert Progress(1_000, 3_000, 5_000, 4.0).speed == 500
    assert Progress(1_000, 3_000, 5_000, 4.0).seconds_left == 4


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(0, 1, 2, 3, "skipping", "http://n:1", 1_031), "skipping, 1 031 headers from http://n:1"),
        (Progress(0, 1, 2, 3, "sequential", "http://n:1"), "sequential, from http://n:1"),
        (Progress(0, 1, 2, 3), ""),
    ],
)
def test_how_and_from_whom(progress: Progress, text: str) -> None:
    assert progress.where() == text
