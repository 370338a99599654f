"""Every kind of page, in both sizes and the four reviewed languages, is a picture that a person has looked at.

What differs is shown in build/display/differences.html; `python -m tests.vectors.display.make` keeps the pictures anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.signer.display.picture_file import png
from firmware_bridge.signer.display.render import DisplaySize, render
from tests.support.display_pages import FOLDER, REVIEWED, pages
from tests.support.picture_differences import marked, pixels_of, read_png, write_page

DIFFERENCES = Path(__file__).resolve().parents[3] / "build" / "display" / "differences.html"


def pictures() -> dict[str, bytes]:
    return {
        f"{kind}-{language}-{size.value[0]}x{size.value[1]}.png": png(render(page, size))
        for language in REVIEWED
        for kind, page in pages(language).items()
        for size in DisplaySize
    }


def different(made: dict[str, bytes], folder: Path) -> list[tuple[str, bytes | None, bytes]]:
    """Compare pixels, not files: another zlib packs otherwise."""
    found: list[tuple[str, bytes | None, bytes]] = []
    for name, data in made.items():
        path = folder / name
        kept = path.read_bytes() if path.exists() else None
        if kept is None or read_png(kept) != read_png(data):
            found.append((name, kept, data))
    return found


def test_every_page_looks_as_it_was_reviewed() -> None:
    made = pictures()
    assert len(made) == (len(REVIEWED) * 9 + 1) * 2
    found = different(made, FOLDER)
    if found:
        write_page(DIFFERENCES, found)
    assert [name for name, _, _ in found] == [], f"look at {DIFFERENCES}"


def test_no_picture_is_kept_that_nothing_draws() -> None:
    assert {path.name for path in FOLDER.glob("*.png")} == set(pictures())


def test_one_pixel_is_a_difference_and_shown(tmp_path: Path) -> None:
    page = pages("en")["act"]
    for size in DisplaySize:
        frame = render(page, size)
        name = f"{size.name}.png"
        (tmp_path / name).write_bytes(png(frame))
        assert different({name: png(frame)}, tmp_path) == []
        before = pixels_of(frame)
        if size is DisplaySize.SMALL:
            frame.rows[40] ^= 1 << 100
        else:
            frame.data[3 * (40 * 320 + 100)] ^= 0x80
        found = different({name: png(frame)}, tmp_path)
        assert [item[0] for item in found] == [name]
        red = [pixel for row in read_png(marked(before, pixels_of(frame))) for pixel in row if pixel == (200, 0, 40)]
        assert len(red) == 1
        write_page(tmp_path / "x" / "page.html", found)
        assert (tmp_path / "x" / "page.html").read_text().count("<img") == 3


@pytest.mark.parametrize("size", list(DisplaySize))
def test_a_picture_file_holds_the_frames_pixels(size: DisplaySize) -> None:
    frame = render(pages("bg")["closing"], size)
    assert read_png(png(frame)) == pixels_of(frame)
