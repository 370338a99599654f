"""The file with the token: private from its first byte, never replaced, refused where others may know it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lightnode.node.errors import NodeTokenError
from lightnode.node.token_file import load_or_make


def test_it_is_made_once_and_private_whatever_the_mask(tmp_path: Path) -> None:
    path = tmp_path / "token"
    before = os.umask(0)
    try:
        first = load_or_make(path, lambda count: bytes(range(count)))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert load_or_make(path, lambda count: b"\xff" * count) == first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    load_or_make(path, os.urandom)
    path.chmod(mode)
    with pytest.raises(NodeTokenError, match="Others"):
        load_or_make(path, os.urandom)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 200, b"a" * 40 + b"\n" + b"b" * 40, b"\xff" * 40])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(NodeTokenError, match="something else"):
        load_or_make(path, os.urandom)


def test_a_link_a_folder_and_a_missing_folder(tmp_path: Path) -> None:
    target = tmp_path / "target"
    load_or_make(target, os.urandom)
    link = tmp_path / "link"
    link.symlink_to(target)
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in (link, folder, tmp_path / "none" / "token"):
        with pytest.raises(NodeTokenError):
            load_or_make(path, os.urandom)
