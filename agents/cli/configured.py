"""The process's settings as the command line needs them: options over environment, errors as sentences."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from agents.settings import PREFIX, Settings
from monitor.errors import SlaMonitorError


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
    message = fault["msg"].removeprefix("Value error, ")
    name = ".".join(str(part) for part in fault["loc"])
    return f"{PREFIX}{name.upper()}: {message}" if name else message
