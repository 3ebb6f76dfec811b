"""What the README says is so: its commands, names, links and examples exist."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
import yaml

from agents.cli.main import main
from agents.settings import Settings
from schemas.events import EVENT_TYPES, decode_event
from schemas.topics import Topics

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.es.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(params=READMES)
def readme(request: pytest.FixtureRequest) -> str:
    path: Path = ROOT / request.param
    return path.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_every_command_it_names_exists(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = set(re.findall(r"(?:^|`)sla-monitor ([a-z]+)", readme, flags=re.MULTILINE))
    assert commands
    for command in commands:
        assert main([command, "--help"]) == 0, capsys.readouterr().err


def test_every_option_it_names_exists(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("demo", "run", "replay", "produce", "check", "explain"):
        main([command, "--help"])
    known = capsys.readouterr().out
    for option in set(re.findall(r"(?<=[ `\"])--[a-z][a-z-]+", readme)):
        assert option in known


def test_every_make_target_it_names_exists(readme: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^|`)make ([a-z]+)", readme, flags=re.MULTILINE)):
        assert f"\n{target}:" in makefile


def test_every_setting_it_names_exists(readme: str) -> None:
    for name in set(re.findall(r"SLA_([A-Z_]*[A-Z])", readme)):
        fields = Settings.model_fields
        assert name.lower() in fields or name.removesuffix("_FILE").lower() in fields


def test_every_file_it_links_to_exists(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (ROOT / target).exists(), target


def test_it_names_every_event_type_and_topic() -> None:
    for kind in EVENT_TYPES:
        assert f"`{kind}`" in README
    for topic in Topics().all():
        assert f"`{topic}`" in README


def test_its_event_is_a_valid_event() -> None:
    examples = blocks("json")
    assert examples
    for example in examples:
        assert decode_event(orjson.dumps(orjson.loads(example))).ticket_id == "INC-1042"


def test_its_timeline_is_the_one_that_is_tested() -> None:
    scenario = ROOT / "tests/scenarios/s15_the_hold_of_the_readme.yaml"
    expected = yaml.safe_load(scenario.read_text(encoding="utf-8"))["timeline"]
    assert [yaml.safe_load(block)["timeline"] for block in blocks("yaml")] == [expected]
