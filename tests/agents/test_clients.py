"""Every client of the process connects with the same credentials."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from agents.clients import client_options, faust_credentials
from agents.settings import Mechanism, Security, Settings


def settings(security: Security, mechanism: Mechanism = "SCRAM-SHA-256") -> Settings:
    return Settings(
        brokers="a:1, b:2",
        kafka_security=security,
        kafka_mechanism=mechanism,
        kafka_username="monitor",
        kafka_password="s3cret",
    )


def test_plain_text_needs_nothing() -> None:
    options = client_options(settings("PLAINTEXT"))

    assert options == {"bootstrap_servers": ["a:1", "b:2"], "security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize("security", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_carries_mechanism_user_and_password(security: Security, mechanism: Mechanism) -> None:
    options = client_options(settings(security, mechanism))

    assert options["sasl_mechanism"] == mechanism
    assert options["sasl_plain_username"] == "monitor"
    assert options["sasl_plain_password"] == "s3cret"
    assert ("ssl_context" in options) == (security == "SASL_SSL")


@pytest.mark.parametrize("security", ["SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_fausts_own_clients_get_the_same(security: Security) -> None:
    ours = client_options(settings(security))
    theirs = dict(credentials_to_aiokafka_auth(faust_credentials(settings(security))))

    del ours["bootstrap_servers"]
    assert (theirs.pop("ssl_context", None) is None) == (ours.pop("ssl_context", None) is None)
    assert theirs == ours


def test_plain_text_has_no_credentials_for_faust() -> None:
    assert faust_credentials(settings("PLAINTEXT")) is None


def test_tls_checks_who_it_talks_to() -> None:
    context: ssl.SSLContext = client_options(settings("SSL"))["ssl_context"]

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("client", [AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient])
async def test_every_kind_of_client_takes_them(client: Any) -> None:
    made = client(**client_options(settings("SASL_SSL")))

    await (made.close() if client is AIOKafkaAdminClient else made.stop())
