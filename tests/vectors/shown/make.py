"""Write the golden files of `profile show` beside this file; look at every line that changes before keeping it."""

from __future__ import annotations

from tests.unit.desktop.test_profile_show import SHOWN, golden, profiles

if __name__ == "__main__":
    for name in profiles():
        (SHOWN / f"profile-{name}.txt").write_text(golden(name), encoding="utf-8")
