"""The settings of every process: environment variables with the prefix `SLA_`, checked once at the start.

A variable `SLA_X` may instead be given as `SLA_X_FILE`, the path of a file that holds the value: this is how
container platforms hand over secrets. Giving both is refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from schemas.topics import Topics

PREFIX = "SLA_"
_NAMES = Topics()

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
Compression = Literal["none", "gzip", "snappy", "lz4", "zstd"]


class FilesSource(PydanticBaseSettingsSource):
    """Reads a setting from the file that `SLA_<NAME>_FILE` names; the final line break is not part of it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The value, the key and whether it still needs decoding; the value is None when no file is named."""
        name = PREFIX + field_name.upper()
        path = os.environ.get(f"{name}_FILE")
        if path is None or f"{field_name}_file" in self.settings_cls.model_fields:
            return None, field_name, False
        if name in os.environ:
            raise ValueError(f"{name} and {name}_FILE are both set: keep one")
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except OSError as error:
            raise ValueError(f"{name}_FILE: {path} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:  # which would show a part of the secret
            raise ValueError(f"{name}_FILE: {path} is no text in UTF-8") from None

    def __call__(self) -> dict[str, Any]:
        """Every setting that is given as a file."""
        fields = self.settings_cls.model_fields.items()
        values = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in values.items() if value is not None}


class Settings(BaseSettings):
    """What an installation chooses; lives as long as the process and never changes in it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    brokers: str = Field("localhost:9092", description="host:port of one or more brokers, with commas")
    group: str = Field("sla-monitor", min_length=1, description="consumer group of the workers")
    instance_id: str | None = Field(
        None, description="fixed name of this worker in the group: a quick restart then moves no partition"
    )

    topic_tickets: str = _NAMES.tickets
    topic_alerts: str = _NAMES.alerts
    topic_results: str = _NAMES.results
    topic_dead_letters: str = _NAMES.dead_letters
    topic_kpis: str = _NAMES.kpis
    topic_state: str = _NAMES.state
    topic_policies: str = _NAMES.policies

    policies: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="policy files, with commas; each is published as a version when it is new or changes"
    )
    policy_lead_seconds: float = Field(
        5.0, ge=0, le=86_400, description="from the publication of a version until it holds at the earliest"
    )
    policy_poll_seconds: float = Field(2.0, gt=0, description="between two looks at the policy files")

    http_host: str = Field("127.0.0.1", description="address of /metrics, /livez and /readyz")
    http_port: int = Field(8080, ge=0, le=65_535, description="0 takes any free port")
    metrics_max_customers: int = Field(
        250, ge=1, description="customers with series of their own; those beyond it are summed up as other"
    )

    kafka_security: Security = "PLAINTEXT"
    kafka_mechanism: Mechanism = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = Field(None, description="PEM; without it the system's roots are trusted")
    kafka_cert_file: Path | None = Field(None, description="PEM, for brokers that ask for one")
    kafka_key_file: Path | None = None
    kafka_key_password: SecretStr | None = None
    kafka_check_crcs: bool = Field(
        default=True, description="verify what is read; the embedded broker's commit markers fail it"
    )

    step_records: int = Field(2_000, ge=1, le=20_000, description="most records of a step in backlog")
    step_records_live: int = Field(250, ge=1, le=20_000, description="most records of a step when caught up")
    fetch_bytes: int = Field(1 << 20, ge=1 << 16, description="most bytes fetched per partition and request")
    fetch_wait_ms: int = Field(
        500,
        ge=10,
        le=1_000,
        description="how long an idle broker holds a fetch: the age of what is known of the end",
    )
    batch_bytes: int = Field(
        1_000_000, ge=1 << 16, le=1_000_000, description="most bytes of a batch; brokers refuse 1,048,589"
    )
    compression: Compression = Field(
        "zstd", description="of all that is written; lz4 takes ten times as long, at the level aiokafka sets"
    )

    commit_seconds: float = Field(1.0, gt=0, description="between commits of the group's offsets")
    session_seconds: float = Field(30.0, gt=0, description="silence after which the group gives a worker up")
    heartbeat_seconds: float = Field(3.0, gt=0)
    rebalance_seconds: float = Field(60.0, gt=0, description="time for all workers to rejoin the group")
    quiesce_seconds: float = Field(10.0, gt=0, description="time for steps in flight when partitions leave")
    restore_seconds: float = Field(900.0, gt=0, description="longest restore the group waits for")
    transaction_seconds: float = Field(15.0, gt=0, description="after which the broker aborts a step")
    watchdog_seconds: float = Field(60.0, gt=0, description="without progress; then the process ends")

    dead_letter_share: float = Field(0.5, gt=0, le=1, description="share of a window that stops the worker")
    dead_letter_window: int = Field(1_000, ge=1, description="records over which the share is taken")
    dead_letter_run: int = Field(200, ge=1, description="dead letters in a row that stop the worker")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and that over files."""
        return init_settings, env_settings, FilesSource(settings_cls)

    @field_validator("policies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.kafka_security.startswith("SASL") and not (self.kafka_username and self.kafka_password):
            raise ValueError(f"{self.kafka_security} needs SLA_KAFKA_USERNAME and SLA_KAFKA_PASSWORD")
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            raise ValueError("SLA_KAFKA_CERT_FILE and SLA_KAFKA_KEY_FILE belong together")
        if self.heartbeat_seconds * 3 > self.session_seconds:
            raise ValueError("SLA_SESSION_SECONDS must be at least three heartbeats (SLA_HEARTBEAT_SECONDS)")
        if self.quiesce_seconds >= self.rebalance_seconds:
            raise ValueError("SLA_QUIESCE_SECONDS must be shorter than SLA_REBALANCE_SECONDS")
        if self.step_records_live > self.step_records:
            raise ValueError("SLA_STEP_RECORDS_LIVE must not be above SLA_STEP_RECORDS")
        return self

    @property
    def topics(self) -> Topics:
        """The names of this installation's topics."""
        return Topics(
            tickets=self.topic_tickets,
            alerts=self.topic_alerts,
            results=self.topic_results,
            dead_letters=self.topic_dead_letters,
            kpis=self.topic_kpis,
            state=self.topic_state,
            policies=self.topic_policies,
        )

    def transactional_id(self, partition: int) -> str:
        """Who writes the steps of a source partition: one name per group, state topic and partition.

        Without the state topic in it, two installations could fence each other by accident.
        """
        return f"{self.group}-{self.topic_state}-{partition}"
