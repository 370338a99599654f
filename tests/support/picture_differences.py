"""Kept pictures of the display: reading them, and a page of HTML that shows what differs."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from pathlib import Path

from firmware_bridge.signer.display.frame_buffer import InColour, Monochrome
from firmware_bridge.signer.display.picture_file import png

Pixels = tuple[tuple[tuple[int, int, int], ...], ...]
LIT, DARK = (255, 255, 255), (0, 0, 0)


def pixels_of(frame: Monochrome | InColour) -> Pixels:
    """Give a frame's pixels, row by row."""
    if isinstance(frame, Monochrome):
        return tuple(tuple(LIT if frame.pixel(x, y) else DARK for x in range(frame.width)) for y in range(frame.height))
    return tuple(tuple(frame.pixel(x, y) for x in range(frame.width)) for y in range(frame.height))


def read_png(data: bytes) -> Pixels:
    """Read a picture that `picture_file.png` wrote: one bit or eight bits of three colours, no filter."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        parts[name] = body
        at += 12 + length
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert rest == [0, 0, 0] and (depth, kind) in ((1, 0), (8, 2))
    raw = zlib.decompress(parts[b"IDAT"])
    stride = -(-width // 8) if depth == 1 else 3 * width
    rows = [raw[row * (stride + 1) : (row + 1) * (stride + 1)] for row in range(height)]
    assert len(raw) == height * (stride + 1) and all(row[0] == 0 for row in rows)
    if depth == 1:
        return tuple(tuple(LIT if row[1 + x // 8] >> (7 - x % 8) & 1 else DARK for x in range(width)) for row in rows)
    return tuple(tuple((row[3 * x + 1], row[3 * x + 2], row[3 * x + 3]) for x in range(width)) for row in rows)


def marked(kept: Pixels | None, made: Pixels) -> bytes:
    """Give a picture in which the pixels that differ are red on a pale ground."""
    frame = InColour(len(made[0]), len(made), (255, 255, 255))
    same_size = kept is not None and (len(kept), len(kept[0])) == (len(made), len(made[0]))
    for y, row in enumerate(made):
        for x, colour in enumerate(row):
            if kept is None or not same_size or kept[y][x] != colour:
                frame.fill(x, y, 1, 1, (200, 0, 40))
            elif sum(colour) > 380:
                frame.fill(x, y, 1, 1, (205, 205, 205))
    return png(frame)


def write_page(path: Path, found: list[tuple[str, bytes | None, bytes]]) -> None:
    """Write a page of HTML that shows kept, drawn and what differs, each three times as large.

    Args:
        path: of the page.
        found: name, kept picture (None where there is none) and drawn one.
    """
    rows = []
    for name, kept, made in found:
        shown = marked(None if kept is None else read_png(kept), read_png(made))
        pictures = "".join(
            f"<figure>{_picture(data)}<figcaption>{what}</figcaption></figure>"
            for what, data in (("kept", kept), ("drawn now", made), ("differs", shown))
        )
        rows.append(f"<section><h2>{html.escape(name)}</h2>{pictures}</section>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "<!doctype html><meta charset='utf-8'><title>Pictures of the display that differ</title>"
        "<style>body{font-family:sans-serif;background:#888}figure{display:inline-block;margin:8px}"
        "img{image-rendering:pixelated;min-width:384px}</style>"
        f"<h1>{len(found)} pictures of the display differ</h1>{''.join(rows)}",
        encoding="utf-8",
    )


def _picture(data: bytes | None) -> str:
    if data is None:
        return "(none)"
    return f"<img alt='' src='data:image/png;base64,{base64.b64encode(data).decode()}'>"
