"""The process's settings as the command line needs them: options over environment, errors as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from agents.settings import PREFIX, Settings
from monitor.errors import SlaMonitorError
from schemas.faults import fault_text
from schemas.wording import did_you_mean

_OF_TESTS = frozenset(
    {
        "SLA_REQUIRE_KAFKA",
        "SLA_KAFKA_LIBS",
        "SLA_SHARED_DATA",
        "SLA_PEERS",
        "SLA_ORACLE_CASES",
        "SLA_WHOLE_HISTORIES",
    }
)


class SettingInvalid(SlaMonitorError):
    """A setting that cannot be used: names the variable and what it must be."""


def settings_with(**options: Any) -> Settings:
    """The settings of the environment, overridden by the options that are not None.

    Raises `SettingInvalid` with every problem, one a line.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise SettingInvalid("\n".join(_sentence(fault) for fault in faults)) from None
    except (SettingsError, OSError, ValueError) as error:
        raise SettingInvalid(str(error)) from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each `SLA_` variable that is no setting; the tests' own are known."""
    known = {f"{PREFIX}{name.upper()}{suffix}" for name in Settings.model_fields for suffix in ("", "_FILE")}
    strange = [
        name
        for name in environment
        if name.startswith(PREFIX) and name not in known | _OF_TESTS and not name.startswith(f"{PREFIX}TOPIC")
    ]
    return [f"{name} is no setting{did_you_mean(name, known)}: it is ignored" for name in sorted(strange)]


def librdkafka_options(settings: Settings) -> dict[str, str]:
    """Address and security as librdkafka names them."""
    options: dict[str, str | None] = {
        "bootstrap.servers": settings.brokers,
        "security.protocol": settings.kafka_security,
        "ssl.ca.location": _text(settings.kafka_ca_file),
        "ssl.certificate.location": _text(settings.kafka_cert_file),
        "ssl.key.location": _text(settings.kafka_key_file),
    }
    if settings.kafka_key_password is not None:
        options["ssl.key.password"] = settings.kafka_key_password.get_secret_value()
    if settings.kafka_security.startswith("SASL"):
        options["sasl.mechanism"] = settings.kafka_mechanism
        options["sasl.username"] = settings.kafka_username
        if settings.kafka_password is not None:
            options["sasl.password"] = settings.kafka_password.get_secret_value()
    return {name: value for name, value in options.items() if value is not None}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _sentence(fault: ErrorDetails) -> str:
    message = fault_text(fault)
    name = ".".join(str(part) for part in fault["loc"])
    return f"{PREFIX}{name.upper()}: {message}" if name else message
