"""The shape of the tree: import contracts, names, sizes, docstrings, locks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lightnode", "hsm", "firmware_bridge", "desktop")
MAX_LINES = 300
MAX_FUNCTION_LINES = 50
# May only shrink: modules that hold one concept and are longer all the same.
LONGER_MODULES: dict[str, int] = {}
LONGER_FUNCTIONS: dict[str, int] = {}


def modules() -> list[Path]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > 20, "the search for modules is broken"
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in modules():
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_import_contracts() -> None:
    script = "import sys; from importlinter.cli import lint_imports_command as f; sys.argv = ['lint-imports']; f()"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " 0 broken" in done.stdout


def test_packaging_is_no_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import packaging.version"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, "the library named packaging is shadowed"


def test_top_level_holds_only_what_was_agreed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line}
    assert folders <= {*PACKAGES, "packaging", "tests", "docs", ".ci"}


VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "serial", "stuff"}


def vague(path: str) -> bool:
    """Whether a file, or a folder that it lies in, is named after nothing."""
    return any(part.split(".")[0].strip("_") in VAGUE for part in Path(path).parts)


def test_no_module_and_no_folder_is_named_after_nothing() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [path for path in listed.splitlines() if vague(path)] == []
    assert [name(path) for path in modules() if vague(name(path))] == []
    for path in ("desktop/helpers/__init__.py", "lightnode/utils.py", "docs/misc/x.md", "tests/common/_util.py"):
        assert vague(path), path


def test_modules_are_small() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    too_long = {path: lines for path, lines in sizes.items() if lines > LONGER_MODULES.get(path, MAX_LINES)}
    assert too_long == {}
    assert {path for path in LONGER_MODULES if sizes.get(path, 0) <= MAX_LINES} == set(), (
        "the list may shrink: shorten it"
    )


def test_functions_are_short() -> None:
    too_long = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                key = f"{name(path)}:{node.name}"
                if lines > LONGER_FUNCTIONS.get(key, MAX_FUNCTION_LINES):
                    too_long[key] = lines
    assert too_long == {}


def _public(nodes: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{prefix}{node.name}.")


def _overrides(node: ast.AST) -> bool:
    """A method that fills in a documented contract or a Qt event needs no text of its own."""
    decorators = getattr(node, "decorator_list", [])
    return any(
        getattr(item, "id", getattr(item, "attr", "")) in {"override", "setter", "overload"} for item in decorators
    )


def test_every_module_and_public_name_says_what_it_is_for() -> None:
    missing = []
    for path, tree in trees():
        if not ast.get_docstring(tree):
            missing.append(name(path))
        for label, node in _public(tree.body, ""):
            if not _overrides(node) and not ast.get_docstring(node):  # type: ignore[arg-type]
                missing.append(f"{name(path)}:{label}")
    assert missing == []


def test_verification_never_answers_with_a_bare_bool() -> None:
    found = []
    for path, tree in trees():
        for label, node in _public(tree.body, ""):
            if label.split(".")[-1].startswith("verify") and isinstance(node, ast.FunctionDef):
                returns = ast.unparse(node.returns) if node.returns else ""
                if returns == "bool":
                    found.append(f"{name(path)}:{label}")
    assert found == []


# Time and randomness come in as arguments wherever meaning is decided.
PURE = ("lightnode/wire/", "lightnode/consensus/", "lightnode/evidence/", "lightnode/verdict/", "lightnode/recording/")
IMPURE = {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today", "os.urandom", "random.random"}


def test_cores_take_time_and_randomness_as_arguments() -> None:
    found = []
    for path, tree in trees():
        if not name(path).startswith(PURE):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if (
                    any(called == bad or called.endswith("." + bad) for bad in IMPURE)
                    or called.startswith("secrets.")
                    or called == "open"
                ):
                    found.append(f"{name(path)}:{node.lineno} {called}")
    assert found == []


def test_source_is_ascii() -> None:
    found = [name(path) for path in modules() if not path.read_bytes().isascii()]
    allowed = ("lightnode/templates/", "desktop/qt/")
    assert [path for path in found if not path.startswith(allowed)] == []


def locked() -> dict[str, dict[str, set[str]]]:
    """Every lock's requirements with their hashes."""
    found: dict[str, dict[str, set[str]]] = {}
    for lock in sorted((ROOT / "packaging" / "requirements").glob("*.txt")):
        text = lock.read_text().replace("\\\n", " ")
        assert "://" not in text, f"{lock.name} names a host"
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        found[lock.name] = {}
        for line in lines:
            pinned = re.match(r"([a-z0-9._-]+==[^ ;]+)", line)
            assert pinned, f"{lock.name}: {line[:60]} is pinned to nothing"
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})(?= |$)", line)
            assert hashes, f"{lock.name}: {line[:60]} has no hash"
            assert line.count("--hash") == len(hashes) == len(set(hashes)), f"{lock.name}: {line[:60]}"
            found[lock.name].setdefault(pinned[1], set()).update(hashes)
    return found


def test_locks_name_no_host_and_hash_everything() -> None:
    locks = locked()
    assert set(locks) == {"base.txt", "dev.txt", "engine.txt", "clients.txt"}
    assert min(len(requirements) for requirements in locks.values()) > 10


def test_locks_agree_with_each_other() -> None:
    """One file of one version has one set of hashes: where one lock lacks a hash, another one tells."""
    locks = locked()
    base, dev = locks["base.txt"], locks["dev.txt"]
    assert set(base) <= set(dev), "what is installed is not what is tested"
    for one in locks.values():
        for other in locks.values():
            for requirement in set(one) & set(other):
                assert one[requirement] == other[requirement], requirement


QT = ("pyside", "shiboken", "pyqt", "qt", "python-lucide", "segno")


def test_base_install_pulls_no_qt() -> None:
    base = (ROOT / "packaging" / "requirements" / "base.txt").read_text().lower()
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    named = [*base.splitlines(), *(requirement.lower() for requirement in project["dependencies"])]
    assert [line for line in named if line.startswith(QT)] == []
    assert any(line.lower().startswith("pyside6") for line in project["optional-dependencies"]["desktop"])


def test_dead_namesakes_are_never_dependencies() -> None:
    for lock in (ROOT / "packaging" / "requirements").glob("*.txt"):
        names = {line.split("==")[0].strip() for line in lock.read_text().splitlines() if "==" in line}
        assert not names & {"desktop", "hsm", "rusty-rlp"}


def test_four_packages_are_listed_explicitly() -> None:
    """What they hold in a wheel is held by test_wheel.py."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        found = tomllib.load(file)["tool"]["setuptools"]["packages"]["find"]
    assert found["include"] == [pattern for package in PACKAGES for pattern in (package, f"{package}.*")]
    assert found["namespaces"] is False
