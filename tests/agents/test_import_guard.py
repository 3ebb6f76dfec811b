"""The start stops beside another project's `monitor`, `agents` or `schemas`, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.import_guard import ImportNameTaken, check_import_names


def install(folder: Path, name: str, *files: str) -> None:
    """What pip leaves of a wheel that is named so and holds these files."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files), encoding="utf-8")
    for file in files:  # since Python 3.12 a distribution owns only what is there
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()


def test_another_project_with_our_import_name_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "other-agents", "agents/__init__.py", "agents/run.py")
    install(tmp_path, "sla-monitor", "agents/__init__.py", "monitor/__init__.py", "schemas/__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        ImportNameTaken, match=r"`agents` also belongs to other-agents\..*environment of its own"
    ):
        check_import_names()


def test_our_own_installation_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "SLA_Monitor", "agents/__init__.py", "monitor/__init__.py", "schemas/__init__.py")
    install(tmp_path, "bystander", "bystander/agents.py")
    monkeypatch.syspath_prepend(tmp_path)
    check_import_names()


def test_names_without_an_owner_are_fine_as_in_a_checkout() -> None:
    check_import_names({"pytest": ["pytest"]})


def test_every_clash_is_named() -> None:
    owners = {"schemas": ["b-lib", "a-lib", "sla-monitor"], "monitor": ["c-lib"]}
    with pytest.raises(ImportNameTaken) as caught:
        check_import_names(owners)
    assert "`schemas` also belongs to a-lib and b-lib" in str(caught.value)
    assert "`monitor` also belongs to c-lib" in str(caught.value)
