"""`./dev fuzz [--seconds N]`: fuzz every decoder for a while; `--into DIR` keeps what reached new code, `--merge DIR` takes it
into the corpus.

Runs as a process of its own, because the fuzzer never returns. A defect ends it with exit status 77 and the input's place.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
MAX_BYTES = 4096
DEFECT = 77


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for how long (60)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the fuzzer's chance (1)")
    parser.add_argument("--into", type=Path, metavar="DIR", help="keep every input that reached new code there")
    parser.add_argument(
        "--merge",
        type=Path,
        metavar="DIR",
        help="only take from there into the corpus what it lacks, without the seeds",
    )
    parser.add_argument("--only", type=int, action="append", default=[], metavar="N", help="this target; repeatable")
    given = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=["lightnode", "hsm", "firmware_bridge"]):
        from tests.fuzz import targets
    from tests.fuzz.seeds import seeds

    first = [data for data in seeds() if len(data) <= MAX_BYTES]
    if given.merge is not None:
        _merge(given.merge, frozenset(first))
        return
    work = given.into or Path(tempfile.mkdtemp(prefix="chancery-fuzz."))
    work.mkdir(exist_ok=True)
    for data in first:
        (work / _name(data)).write_bytes(data)
    for path in CORPUS.iterdir() if CORPUS.exists() else ():
        shutil.copy(path, work)
    wanted = frozenset(given.only) or frozenset(targets.BY_NUMBER)

    def one(data: bytes) -> None:
        if int.from_bytes(data[:2], "big") in wanted:
            targets.run(data)

    options = [
        f"-max_total_time={given.seconds}", f"-seed={given.seed}", f"-max_len={MAX_BYTES}", "-timeout=10",
        "-rss_limit_mb=1500", f"-error_exitcode={DEFECT}", f"-artifact_prefix={work}/defect-", "-verbosity=0",
        "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(work)], one)
    atheris.Fuzz()


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _merge(folder: Path, without: frozenset[bytes]) -> None:
    CORPUS.mkdir(exist_ok=True)
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        if data not in without and not path.name.startswith("defect-"):
            (CORPUS / _name(data)).write_bytes(data)


if __name__ == "__main__":
    main()
