"""The house rules that a tool can hold: nothing grows too long, and nothing mentions where it was made."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "monitor", "agents")
FOLDERS = (*PACKAGES, "tests")

LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

# By file, or by file and function: why this one may be longer. Empty is how it should be.
LONGER: dict[str, str] = {}


def python_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a file with their lengths in lines, from `def` to the end."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name(path)}::{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_longer_than_it_can_be_read_at_once() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {of: lines for of, lines in lengths.items() if lines > LONGEST_MODULE and of not in LONGER} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = dict(pair for path in python_files() for pair in functions(path))
    assert {of: lines for of, lines in lengths.items() if lines > LONGEST_FUNCTION and of not in LONGER} == {}


def test_what_may_be_longer_has_a_reason_and_still_exists() -> None:
    known = {name(path) for path in python_files()}
    known |= {function for path in python_files() for function, _ in functions(path)}
    assert all(reason.strip() for reason in LONGER.values())
    assert set(LONGER) <= known


def test_a_long_function_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "long.py"
    path.write_text("@cache\ndef f(a: int) -> int:\n" + "    a += 1\n" * 40, encoding="utf-8")
    assert list(functions(path)) == [("long.py::f", 41)]


def test_every_module_says_what_it_is() -> None:
    silent = [
        name(path)
        for path in python_files()
        if not path.is_relative_to(ROOT / "tests")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def tracked() -> list[Path]:
    """The files under version control, or of a source distribution all there are."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [ROOT / file for file in listed.stdout.split("\0") if file]
    return [path for path in ROOT.rglob("*") if path.is_file() and not path.is_symlink()]


# What must not stand in any file, and why; written so that this file does not find itself.
FORBIDDEN = {
    "a promise in place of a deed": re.compile("TO" + r"DO\b|FIX" + r"ME\b"),
    "a path of one machine": re.compile(r"(?<![\w./~-])/(?:ro" + "ot|wo" + r"rk|home/\w+)/"),
    "the host of a package registry": re.compile(
        r"https?://(?:[\w-]+\.)*(?:py" + r"pi\.org|pythonho" + r"sted\.org|mav" + r"en\.org|np" + r"mjs\.org)"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in tracked():
        if path.exists() and path.suffix not in {".png", ".gz", ".ico"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name(path)}: {match.group()}" for match in FORBIDDEN[what].finditer(text)]
    assert found == []
