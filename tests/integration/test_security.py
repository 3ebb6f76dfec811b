"""A worker on a broker that wants TLS and a password: every one of its clients has both."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.topics import Topics
from tests.integration.counting_desk import CountingDesk
from tests.integration.kafka_broker import KafkaBroker, free_ports, kafka_libs
from tests.requirements import require

pytestmark = pytest.mark.kafka

PASSWORD = "trade-secret"
JAAS = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    f'username="broker" password="{PASSWORD}" user_broker="{PASSWORD}" user_monitor="{PASSWORD}";'
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key store for the broker and the certificate to trust as `ca.pem`."""
    keytool = require(shutil.which("keytool"), "keytool of a JDK")
    folder = tmp_path_factory.mktemp("tls")
    store = ["-keystore", str(folder / "store.p12"), "-storetype", "PKCS12", "-storepass", PASSWORD]
    for command in (
        ["-genkeypair", "-alias", "broker", "-keyalg", "RSA", "-dname", "CN=broker", "-validity", "2",
         "-ext", "san=ip:127.0.0.1,dns:localhost", *store],
        ["-exportcert", "-rfc", "-alias", "broker", "-file", str(folder / "ca.pem"), *store],
    ):  # fmt: skip
        subprocess.run([keytool, *command], check=True, capture_output=True)
    return folder


@pytest.fixture
def secured(certificate: Path, tmp_path: Path) -> Iterator[tuple[KafkaBroker, str]]:
    """A broker with an open listener for the test and a guarded one, whose address is given."""
    (port,) = free_ports(1)
    broker = KafkaBroker(
        kafka_libs(),
        tmp_path,
        {
            "listeners": f"GUARDED://127.0.0.1:{port}",
            "advertised.listeners": f"GUARDED://127.0.0.1:{port}",
            "listener.security.protocol.map": "GUARDED:SASL_SSL",
            "sasl.enabled.mechanisms": "PLAIN",
            # The names of one listener's own settings have `listener` in them and would be joined to others.
            "ssl.keystore.location": str(certificate / "store.p12"),
            "ssl.keystore.type": "PKCS12",
            "ssl.keystore.password": PASSWORD,
            "listener.name.guarded.plain.sasl.jaas.config": JAAS,
        },
    )
    broker.start()
    yield broker, f"127.0.0.1:{port}"
    broker.stop()


def test_a_worker_speaks_sasl_over_tls_with_all_its_clients(
    secured: tuple[KafkaBroker, str], certificate: Path, make_topics: Callable[[], Topics], tmp_path: Path
) -> None:
    broker, guarded = secured
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    desk = CountingDesk(broker.address, make_topics(), tmp_path)
    desk.create_topics()
    desk.send(500)
    try:
        worker = desk.worker(
            "guarded",
            SLA_BROKERS=guarded,
            SLA_KAFKA_SECURITY="SASL_SSL",
            SLA_KAFKA_MECHANISM="PLAIN",
            SLA_KAFKA_USERNAME="monitor",
            SLA_KAFKA_PASSWORD_FILE=str(password),
            SLA_KAFKA_CA_FILE=str(certificate / "ca.pem"),
        )
        desk.await_judged(500)
        assert worker.stop() == 0
    finally:
        desk.end()

    desk.check()
