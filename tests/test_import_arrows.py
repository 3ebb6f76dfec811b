"""Who may import whom (agents -> monitor -> schemas), what the rules may not touch, and that importing does nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "monitor", "agents")

# Third parties by room; what has a reason of its own has it here. `agents` and the adapters may use any.
PURE_LIBRARIES = {"holidays", "msgspec", "orjson"}
LIBRARIES = {
    "schemas": {"pydantic", "pydantic_core", "orjson"},
    "monitor": PURE_LIBRARIES,
}
OURS = {
    "schemas": {"schemas"},
    "monitor": {"schemas", "monitor"},
    "monitor.adapters": {"schemas", "monitor"},
    "agents": set(PACKAGES),
}

# Parts of the standard library that do I/O or ask what time it is: the rules are given both as arguments.
IMPURE = {
    "asyncio",
    "http",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
CLOCKS = {"now", "utcnow", "today"}  # of datetime and date


def modules(room: str) -> list[Path]:
    """The modules of a room; those of the adapters are a room of their own."""
    found = sorted((ROOT / room.replace(".", "/")).rglob("*.py"))
    if room == "monitor":
        return [path for path in found if "adapters" not in path.relative_to(ROOT).parts]
    return found


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, anywhere in it; a relative import would come out empty."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module if node.level == 0 and node.module else ""
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def top(module: str) -> str:
    return module.partition(".")[0]


EVERY_MODULE = [(room, path) for room in OURS for path in modules(room)]
RULES = modules("monitor")


def offences(found: Iterator[tuple[Path, object]]) -> list[str]:
    """What to mend, a line each, for the message of a failed assertion."""
    return [f"{path.relative_to(ROOT)}: {what}" for path, what in found if what]


def test_arrows_point_from_agents_over_monitor_to_schemas() -> None:
    assert not offences(
        (path, {top(module) for module in imports(path)} & set(PACKAGES) - OURS[room])
        for room, path in EVERY_MODULE
    )


def test_imports_are_absolute() -> None:
    assert not offences((path, "" in set(imports(path))) for _, path in EVERY_MODULE)


def test_the_rules_do_not_know_the_adapters() -> None:
    assert not offences(
        (path, {of for of in imports(path) if of.startswith("monitor.adapters")}) for path in RULES
    )


def test_rules_and_models_use_pure_libraries_only() -> None:
    known = sys.stdlib_module_names | set(PACKAGES)
    assert not offences(
        (path, {top(module) for module in imports(path)} - known - LIBRARIES[room])
        for room, path in EVERY_MODULE
        if room in LIBRARIES
    )


def test_the_rules_do_no_io_and_ask_for_no_time() -> None:
    assert not offences((path, {top(module) for module in imports(path)} & IMPURE) for path in RULES)
    assert not offences(
        (path, called(path) & {"open", "print", "input", "exec", "eval", *CLOCKS}) for path in RULES
    )


def test_the_rules_leave_nothing_to_chance_that_is_not_seeded() -> None:
    assert not offences(
        (path, {node.attr for node in nodes(path, ast.Attribute) if _is_random(node.value)} - {"Random"})
        for path in RULES
    )


def nodes(path: Path, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kind))


def called(path: Path) -> set[str]:
    """The functions a file calls by name, and those of `CLOCKS` also as methods."""
    functions = [call.func for call in nodes(path, ast.Call)]
    names = {of.id for of in functions if isinstance(of, ast.Name)}
    return names | {of.attr for of in functions if isinstance(of, ast.Attribute)} & CLOCKS


def _is_random(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "random"


def test_a_forbidden_import_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "rule.py"
    module.write_text("def f():\n    from agents import app\n    import socket as s\n", encoding="utf-8")
    assert {"agents", "agents.app", "socket"} <= set(imports(module))


# Run by a fresh interpreter: imports one module and reports what it did on the way besides importing.
WATCH = '''
import importlib, os, sys

folder, module = sys.argv[1:]
sys.path.insert(0, folder)
ROOTS = (folder, os.environ["PYTHONPATH"])
deeds = []

def ours():
    """The first frame that is neither the standard library's nor an import's, if it is one of our modules."""
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return None
        if "site-packages" in name:
            return None
        if name.startswith(ROOTS):
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return None

WATCHED = ("open", "os.", "socket.", "subprocess.", "urllib.", "sqlite3.", "shutil.", "signal.")

def watch(event, arguments):
    if event.startswith(WATCHED) and (where := ours()):
        deeds.append(f"{where} {event}")
    elif event in ("socket.connect", "socket.bind", "socket.getaddrinfo"):
        deeds.append(f"{event} by a library")

read = os._Environ.__getitem__
def watched_read(self, key):
    if where := ours():
        deeds.append(f"{where} reads the variable {key}")
    return read(self, key)
os._Environ.__getitem__ = watched_read

threads = __import__("threading")
before = threads.active_count()
sys.addaudithook(watch)
importlib.import_module(module)
if threads.active_count() != before:
    deeds.append("starts a thread")
import logging
if logging.getLogger().handlers:
    deeds.append("sets up logging")
print("\\n".join(deeds))
'''


def importable() -> list[str]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return sorted({name.removesuffix(".__init__") for name in names})


def watched_import(folder: Path, module: str) -> str:
    """What a module of `folder`, which imports ours, does while it is imported; a line per deed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WATCH, str(folder), module],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_a_module_does_nothing(tmp_path: Path) -> None:
    code = "".join(f"import {name}\n" for name in importable())
    (tmp_path / "everything.py").write_text(code, encoding="utf-8")
    assert watched_import(tmp_path, "everything") == ""


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("open('/dev/null')", "open"),
        ("import os; os.environ['HOME']", "reads the variable HOME"),
        ("import os; os.environ.get('NOT_SET')", "reads the variable NOT_SET"),
        ("import socket; socket.create_server(('127.0.0.1', 0)).close()", "socket.bind"),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "thread"),
        ("import logging; logging.basicConfig()", "logging"),
    ],
)
def test_a_module_that_does_something_would_be_found(tmp_path: Path, line: str, deed: str) -> None:
    (tmp_path / "busy.py").write_text(line + "\n", encoding="utf-8")
    assert deed in watched_import(tmp_path, "busy")
