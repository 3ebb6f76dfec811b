"""How the command line answers: help at once, errors in a sentence, Ctrl-C quietly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agents.cli import commands
from agents.cli.main import main
from agents.import_guard import ImportNameTaken
from monitor.errors import SlaMonitorError

ROOT = Path(__file__).parents[3]
COMMANDS = ("demo", "run", "replay", "simulate", "produce", "check", "schema", "topics")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert command in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"Usage: sla-monitor {command}" in capsys.readouterr().out


def test_help_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys; from agents.cli.main import main; main(['--help']); "
        "heavy = {'faust', 'aiokafka', 'confluent_kafka', 'pydantic', 'holidays', 'aiohttp'}; "
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_no_command_shows_the_help_as_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage: sla-monitor" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--for", "soon"],
        ["replay"],
        ["unknown"],
        ["demo", "--lang", "xx"],
        ["produce", "-", "--rate", "0"],
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_an_error_of_ours_is_one_message_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def demo() -> None:
        raise SlaMonitorError("the thing is not there: put it there")

    monkeypatch.setattr(commands, "demo", demo)
    assert main(["demo"]) == 1
    assert capsys.readouterr().err == "error: the thing is not there: put it there\n"


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def demo() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "demo", demo)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == ""


def test_a_shared_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def taken() -> None:
        raise ImportNameTaken("other-agents installs `agents`")

    monkeypatch.setattr("agents.cli.main.check_import_names", taken)
    assert main(["--help"]) == 1
    assert "other-agents" in capsys.readouterr().err
