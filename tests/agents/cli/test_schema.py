"""`sla-monitor schema`: what it prints is JSON Schema that says what the models say."""

from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from agents.cli.schema import SCHEMAS, schema_text
from agents.cli.topic_commands import schema

NAMES = tuple(SCHEMAS)


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(schema)
    return CliRunner().invoke(app, arguments)


def parsed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(schema_text(name))
    return document


def test_without_a_name_the_names_are_listed() -> None:
    listed = [line.split()[0] for line in run().stdout.splitlines()]
    assert listed == [
        "event",
        "alert",
        "result",
        "kpi",
        "dead-letter",
        "simulation",
        "explanation",
        "policy-version",
        "policy",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_is_a_schema(name: str) -> None:
    done = run(name)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["$schema"].startswith("https://json-schema.org/")
    assert {"properties", "oneOf", "anyOf"} & set(document)


def test_an_unknown_name_is_wrong_usage_and_names_those_there_are() -> None:
    done = run("ticket")
    assert done.exit_code == 2
    assert "dead-letter" in done.output


def test_an_event_is_told_apart_by_its_type() -> None:
    assert "created" in parsed("event")["discriminator"]["mapping"]


def test_a_result_writes_its_intervals_from_and_to() -> None:
    assert "from" in parsed("result")["$defs"]["Interval"]["properties"]


def test_what_we_write_always_has_all_its_fields() -> None:
    document = parsed("alert")
    assert set(document["required"]) == set(document["properties"])


def test_a_kpi_row_has_a_key_and_a_value() -> None:
    assert set(parsed("kpi")["properties"]) == {"key", "value"}
