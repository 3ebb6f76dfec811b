"""How every Kafka client of the process connects: one function, so that no client forgets the credentials."""

from __future__ import annotations

import ssl
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.types.auth import CredentialsT

from agents.settings import Settings


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments that aiokafka's consumers, producers and admin clients take alike.

    Reads the certificate files; `OSError` and `ssl.SSLError` name what is wrong with them.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": server_list(settings),
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_security.endswith("SSL"):
        options["ssl_context"] = ssl_context(settings)
    if settings.kafka_security.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = _password(settings)
    return options


def outside_reader(settings: Settings, role: str, **options: Any) -> Any:
    """An un-grouped aiokafka consumer of committed records, from the beginning; not yet started.

    `options` are further settings of `AIOKafkaConsumer`.
    """
    return AIOKafkaConsumer(
        **client_options(settings),
        client_id=f"{settings.group}-{role}",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        check_crcs=settings.kafka_check_crcs,
        **options,
    )


def faust_credentials(settings: Settings) -> CredentialsT | None:
    """The same credentials in the form Faust takes for its consumer and producer; None means plain text."""
    context = ssl_context(settings) if settings.kafka_security.endswith("SSL") else None
    if settings.kafka_security.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.kafka_username,
            password=_password(settings),
            ssl_context=context,
            mechanism=settings.kafka_mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)


def server_list(settings: Settings) -> list[str]:
    """The brokers' addresses one by one."""
    return [address.strip() for address in settings.brokers.split(",") if address.strip()]


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Trusts the given authority, else the system's; shows the client certificate when there is one."""
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_cert_file is not None:
        secret = settings.kafka_key_password
        password = None if secret is None else secret.get_secret_value()
        context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file, password)
    return context


def _password(settings: Settings) -> str | None:
    return None if settings.kafka_password is None else settings.kafka_password.get_secret_value()
