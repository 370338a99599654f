"""`./dev` on machines that lack something: one clear sentence, nothing half made left behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with its environments elsewhere."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    module.VENV = tmp_path / ".venv"
    return module


class Programs:
    """Stands in for `subprocess.run`: keeps what is called, and lets chosen programs fail."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.calls: list[list[str]] = []

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.calls.append(command)
        line = " ".join(command)
        if " -m venv " in line:
            bin_folder = Path(command[-1]) / "bin"
            bin_folder.mkdir(parents=True)
            (bin_folder / "python").touch()
        return subprocess.CompletedProcess(command, int(any(word in line for word in self.failing)), "", "")


def fails(capsys: pytest.CaptureFixture[str], call: Any, *given: Any) -> str:
    with pytest.raises(SystemExit) as left:
        call(*given)
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def without_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)


def test_without_venv_an_ordinary_user_gets_the_one_line(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_ensurepip(monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    said = fails(capsys, dev.ensure_environment, dev.VENV, ROOT / "packaging" / "requirements" / "dev.txt")
    name = f"python3.{sys.version_info[1]}-venv"
    assert said.rstrip().endswith(f"sudo apt-get install -y --no-install-recommends {name}")
    assert not dev.VENV.exists()


def test_without_venv_root_has_it_installed(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    without_ensurepip(monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    programs = Programs()

    def install(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        if "install" in command:
            monkeypatch.delitem(sys.modules, "ensurepip")
        return programs(command, **more)

    monkeypatch.setattr(dev.subprocess, "run", install)
    dev.ensure_venv()
    assert programs.calls[-1][-1] == f"python3.{sys.version_info[1]}-venv"


def test_without_venv_and_without_apt_it_names_the_python(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_ensurepip(monkeypatch)
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    assert sys.executable in fails(capsys, dev.ensure_venv)


@pytest.mark.parametrize("failing", [" -m venv ", " -m pip "])
def test_half_an_environment_is_removed_and_the_python_named(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    monkeypatch.setattr(dev.subprocess, "run", Programs(failing))
    said = fails(capsys, dev.ensure_environment, dev.VENV, ROOT / "packaging" / "requirements" / "dev.txt")
    assert sys.executable in said
    assert sys.version.split()[0] in said
    assert not dev.VENV.exists()


def test_an_environment_of_another_python_is_made_anew(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    (dev.VENV / "bin").mkdir(parents=True)
    (dev.VENV / "bin" / "python").touch()
    programs = Programs()

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        if "-c" in command:
            return subprocess.CompletedProcess(command, 0, "3.12.0 (another)\n", "")
        programs.calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dev.subprocess, "run", run)
    dev.ensure_environment(dev.VENV, ROOT / "packaging" / "requirements" / "dev.txt")
    assert "--clear" in programs.calls[0]


def test_an_older_python_is_told_so(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert "needs Python 3.11 or newer" in fails(capsys, dev.main, ["chancery", "version"])


@pytest.mark.parametrize("task", [["chancery", "version"], ["demo", "folder"]])
def test_the_program_knows_the_launcher_and_makes_no_window_that_nobody_sees(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, task: list[str]
) -> None:
    become: list[tuple[list[str], dict[str, str]]] = []
    masked: list[object] = []
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(dev, "setup", lambda **_: None)
    monkeypatch.setattr(dev.signal, "pthread_sigmask", lambda how, which: masked.append((how, which)))
    monkeypatch.setattr(os, "execve", lambda _, command, values: become.append((command, values)))
    dev.main(task)
    ((command, values),) = become
    assert command[1:4] == ["-m", "desktop.cli", "version" if task[0] == "chancery" else "demo"]
    assert values["CHANCERY_COMMAND"] == f"{ROOT}/dev chancery"
    assert "QT_QPA_PLATFORM" not in values
    # Ctrl-C waits for the program, which answers it with one line.
    assert masked == [(dev.signal.SIG_BLOCK, {dev.signal.SIGINT})]


def made_kernel(folder: Path) -> Path:
    """A package such as Debian's, with files that a guest needs and others."""
    root = folder / "made"
    for name in ("boot/vmlinuz-6", "boot/System.map-6", "lib/modules/6/modules.builtin",
                 "lib/modules/6/kernel/drivers/usb/dummy_hcd.ko", "lib/modules/6/kernel/drivers/gpu/big.ko"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        "Package: linux-image-6\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <n@n>\nDescription: made\n"
    )
    package = folder / "linux-image-6_1_amd64.deb"
    subprocess.run(["dpkg-deb", "--build", "--nocheck", str(root), str(package)], check=True, capture_output=True)
    return package


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not there")
def test_of_a_guests_kernel_only_what_it_may_load_is_kept(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = made_kernel(tmp_path)
    dev.GUEST_KERNEL = tmp_path / "build" / "guest-kernel"
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev.platform, "machine", lambda: "x86_64")

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "apt-get":
            shutil.copy(package, more["cwd"])
        listed = "linux-image-amd64\n  Depends: linux-image-6\n" if command[0] == "apt-cache" else ""
        return subprocess.CompletedProcess(command, 0, listed, "")

    monkeypatch.setattr(dev.subprocess, "run", run)
    dev.ensure_guest_kernel()
    kept = sorted(path.name for path in dev.GUEST_KERNEL.rglob("*") if path.is_file())
    assert kept == ["dummy_hcd.ko", "modules.builtin", "vmlinuz-6"]
    assert [path.name for path in dev.GUEST_KERNEL.parent.iterdir()] == ["guest-kernel"]


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not there")
@pytest.mark.parametrize("given", [None, b"no package"])
def test_without_a_guests_kernel_one_line_says_so_and_nothing_half_made_stays(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: bytes
) -> None:
    dev.GUEST_KERNEL = tmp_path / "build" / "guest-kernel"
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev.platform, "machine", lambda: "x86_64")

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "apt-get" and given is not None:
            (Path(more["cwd"]) / "linux-image-6_1_amd64.deb").write_bytes(given)
        listed = "linux-image-amd64\n  Depends: linux-image-6\n" if command[0] == "apt-cache" else ""
        return subprocess.CompletedProcess(command, 0, listed, "")

    monkeypatch.setattr(dev.subprocess, "run", run)
    dev.ensure_guest_kernel()
    assert "apt-get download linux-image-6" in capsys.readouterr().err
    assert list(dev.GUEST_KERNEL.parent.iterdir()) == []
