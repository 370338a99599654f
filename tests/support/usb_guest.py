"""A guest with a USB controller, for tests: QEMU, Debian's kernel and its gadget modules, and this computer's own files.

The guest sees the files of this computer read-only over virtio-9p, so the same environment and the same tests run in it. It
is emulated (no hypervisor is asked for), has no network, and ends by itself or after a time-out.

What it needs: Debian's qemu-system-x86 and busybox-static, and a kernel with its modules, which need not be the one that
runs: `./dev test` unpacks Debian's into build/guest-kernel.
"""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.guest_archive import Entry, Modules, folder, pack

ROOT = Path(__file__).resolve().parents[2]
UNPACKED = ROOT / "build" / "guest-kernel"
MODULES = (
    "virtio_pci", "virtio_rng", "9pnet_virtio", "9p", "configfs", "usbcore", "dummy_hcd", "libcomposite", "usb_f_acm",
    "usb_f_fs", "cdc_acm",
)  # fmt: skip
_QEMU = "qemu-system-x86_64"
_DONE = "GUEST-DONE "

# Everything that must be there before this computer's own files are: then they are the root.
_INIT = """\
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in {modules}; do insmod /modules/$module.ko || echo "guest: no $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 files /files || echo "guest: no files"
for place in proc sys dev; do mount --move /$place /files/$place; done
mount -t tmpfs run /files/run
mkdir /files/run/tmp
mount -t configfs config /files/sys/kernel/config
chroot /files /bin/sh -c {command}
echo "{done}$?"
poweroff -f
"""


class NoGuestError(Exception):
    """No guest can be started here; the text says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command in the guest ended.

    Attributes:
        status: of the command; None where the guest did not get so far.
        output: everything that was written.
    """

    status: int | None
    output: str


def kernels() -> Iterator[tuple[Path, Modules]]:
    """Give each kernel that lies here with its modules, the unpacked one first."""
    for root in (UNPACKED, Path("/")):
        for image in sorted(root.glob("boot/vmlinuz-*"), reverse=True):
            found = Modules(root / "lib" / "modules" / image.name.removeprefix("vmlinuz-"))
            if not found.lacks(MODULES):
                yield image, found


def _parts() -> tuple[str, Path, Path, Modules]:
    if platform.machine() not in {"x86_64", "AMD64"}:
        raise NoGuestError("the guest is made for x86_64")
    qemu, busybox = shutil.which(_QEMU), shutil.which("busybox")
    if qemu is None:
        raise NoGuestError("Debian's qemu-system-x86 is not installed")
    if busybox is None or b"/lib64/ld-linux" in Path(busybox).read_bytes()[:4096]:
        raise NoGuestError("Debian's busybox-static is not installed")
    for image, modules in kernels():
        try:
            image.open("rb").close()
        except OSError:
            continue
        return qemu, Path(busybox), image, modules
    raise NoGuestError("no kernel with dummy_hcd is in build/guest-kernel or /boot; ./dev test fetches Debian's")


def run_in_guest(command: str, work: Path, seconds: int) -> Ended:
    """Run a shell command in a guest, as root, in this computer's files.

    Args:
        command: what to run; /run is writable, and /run/tmp is for temporary files.
        work: folder for the archive that the guest boots from.
        seconds: after which it is ended.

    Raises:
        NoGuestError: there can be no guest on this computer.
    """
    qemu, busybox, image, modules = _parts()
    loaded = modules.in_order(MODULES)
    init = _INIT.format(modules=" ".join(loaded), command=shlex.quote(command), done=_DONE)
    entries = [folder(name) for name in ("bin", "proc", "sys", "dev", "files", "modules")]
    entries += [Entry("bin/busybox", busybox.read_bytes()), Entry("init", init.encode())]
    entries += [Entry(f"modules/{name}.ko", data) for name, data in loaded.items()]
    archive = work / "guest.cpio"
    archive.write_bytes(pack(entries))
    line = [
        qemu,
        "-M",
        "pc",
        "-accel",
        "tcg",
        "-cpu",
        "max",
        "-m",
        "512",
        "-smp",
        "1",
        "-nodefaults",
        "-no-user-config",
    ]
    line += ["-display", "none", "-serial", "stdio", "-nic", "none", "-no-reboot", "-device", "virtio-rng-pci"]
    line += ["-kernel", str(image), "-initrd", str(archive), "-append", "console=ttyS0 quiet panic=-1"]
    line += ["-virtfs", "local,path=/,mount_tag=files,security_model=none,readonly=on,multidevs=remap"]
    if shutil.which("timeout"):
        # Holds also where this process is killed.
        line = ["timeout", "-k", "5", str(seconds), *line]
    done = subprocess.run(
        line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 15, check=False
    )  # fmt: skip
    output = done.stdout.decode("utf-8", "replace").replace("\r\n", "\n")
    _, _, status = output.rpartition(_DONE)
    word = status.split("\n")[0].strip()
    return Ended(int(word) if _DONE in output and word.isdigit() else None, output)
