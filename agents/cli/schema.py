"""The JSON Schema of what travels and of the policy file, for editors and other programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
import typer
from pydantic import create_model

from schemas.alerts import Alert
from schemas.dead_letters import DeadLetterLine
from schemas.events import TICKET_EVENT
from schemas.explanations import Explanation
from schemas.kpis import KpiKey, KpiValue
from schemas.policy import PolicyFile
from schemas.policy_versions import PublishedPolicy
from schemas.results import Result
from schemas.simulations import Simulation

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def _kpi_row() -> dict[str, Any]:
    row = create_model(
        "KpiRow",
        __doc__="A record of the KPI topic; the key's window says which of the values it has.",
        key=(KpiKey, ...),
        value=(KpiValue, ...),
    )
    return row.model_json_schema(mode="serialization")


# What others write to us is described as it is read, what we write as it is written: with every field.
SCHEMAS: Final[Mapping[str, tuple[Callable[[], dict[str, Any]], str]]] = {
    "event": (TICKET_EVENT.json_schema, "what happened to a ticket: the records of the source topic"),
    "alert": (
        lambda: Alert.model_json_schema(mode="serialization"),
        "a transition of an alert: the records of the alerts topic",
    ),
    "result": (
        lambda: Result.model_json_schema(mode="serialization"),
        "a verdict with its evidence: the records of the results topic",
    ),
    "kpi": (_kpi_row, "a KPI row, key and value: the records of the KPI topic"),
    "dead-letter": (
        lambda: DeadLetterLine.model_json_schema(mode="serialization"),
        "a line of a replay's dead_letters.jsonl",
    ),
    "simulation": (
        lambda: Simulation.model_json_schema(mode="serialization"),
        "what `simulate` compares: its --json and simulation.json",
    ),
    "explanation": (
        lambda: Explanation.model_json_schema(mode="serialization"),
        "what `explain --json` prints: every clock of a ticket, accounted for",
    ),
    "policy-version": (
        lambda: PublishedPolicy.model_json_schema(mode="serialization"),
        "a published policy: the records of the policies topic",
    ),
    "policy": (PolicyFile.model_json_schema, "the policy file, as JSON or YAML"),
}


def print_schema(name: str | None) -> None:
    """Print the schema of that name, or all names; another name is wrong usage."""
    if name is None:
        for known, (_, what) in SCHEMAS.items():
            typer.echo(f"{known:<16}{what}")
    elif name in SCHEMAS:
        typer.echo(schema_text(name))
    else:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(SCHEMAS)}", param_hint="NAME")


def schema_text(name: str) -> str:
    """The schema of that name as indented JSON; `KeyError` when there is none."""
    build, _ = SCHEMAS[name]
    return orjson.dumps({"$schema": _DIALECT, **build()}, option=orjson.OPT_INDENT_2).decode()
