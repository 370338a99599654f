"""Keep the pictures of the display beside this file; look at every one that changes before keeping it."""

from __future__ import annotations

from tests.support.display_pages import FOLDER
from tests.unit.firmware_bridge.test_display_pictures import different, pictures

if __name__ == "__main__":
    made = pictures()
    for name, _, data in different(made, FOLDER):
        (FOLDER / name).write_bytes(data)
    for path in FOLDER.glob("*.png"):
        if path.name not in made:
            path.unlink()
