"""Lists and creates the topics on a broker, through aiokafka's admin client.

`options` are the keyword arguments all aiokafka clients share (`agents.clients.client_options`): the brokers'
addresses and the security.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from agents.topic_check import IN_SYNC, FoundTopic, check_topics, require_topics
from monitor.errors import BrokerUnreachable, SlaMonitorError
from schemas.topics import Topics, TopicSpec, topic_specs

DEFAULT_PARTITIONS: Final = 6
"""For a new `tickets`: up to six workers; it cannot be raised later without re-keying."""

_CONFIGS: Final = ("cleanup.policy", "retention.ms", "message.timestamp.type", "min.insync.replicas")
_REQUEST_MS: Final = 15_000
_VISIBLE_SECONDS: Final = 15.0  # from the answer "created" until every broker's metadata shows it


class TopicsNotCreated(SlaMonitorError):
    """The broker refused to create a topic: whoever runs Kafka must see to the reason it gave."""


@dataclass(frozen=True, slots=True)
class Creation:
    """What `create` did about one topic."""

    topic: str
    partitions: int
    replication: int
    created: bool


class TopicAdmin:
    """A connection for administering topics; lives inside `async with`.

    Every method raises `BrokerUnreachable` when the broker stops answering.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._client = AIOKafkaAdminClient(request_timeout_ms=_REQUEST_MS, **options)

    async def __aenter__(self) -> Self:
        try:
            await self._client.start()
        except (KafkaError, OSError) as error:
            await self._client.close()
            raise BrokerUnreachable(f"no Kafka broker answers: {error}") from error
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._client.close()

    async def brokers(self) -> int:
        """How many brokers the cluster has now."""
        return len((await self._client.describe_cluster())["brokers"])

    async def found(self, names: Iterable[str]) -> dict[str, FoundTopic]:
        """Those of the named topics that exist."""
        # All topics are asked for: asking for a missing one by name makes some brokers create it.
        described = {topic["topic"]: topic for topic in await self._client.describe_topics(None)}
        there = [name for name in names if name in described]
        configs = await self._configs(there)
        return {
            name: FoundTopic(
                name,
                partitions=len(described[name]["partitions"]),
                replication=min(len(of["replicas"]) for of in described[name]["partitions"]),
                config=configs.get(name),
            )
            for name in there
        }

    async def create(
        self, topics: Topics, *, partitions: int | None = None, replication: int | None = None
    ) -> list[Creation]:
        """Create what is missing, like `tickets` in its partition count (but the policies); what exists stays.

        `partitions` holds for a new `tickets` only (`DEFAULT_PARTITIONS` if None) and must agree with one
        that exists; `replication` is three if None, or the number of brokers where they are fewer. Raises
        `TopicsNotCreated`.
        """
        specs = topic_specs(topics)
        replicas = replication or min(3, await self.brokers())
        # First `tickets` alone: should someone else be creating it just now, theirs is the count to follow.
        made = await self._create(specs[:1], partitions or DEFAULT_PARTITIONS, replicas)
        source = (await self._visible(topics.all()[:1]))[topics.tickets]
        if partitions not in (None, source.partitions):
            raise TopicsNotCreated(
                f"{source.name} exists with {source.partitions} partitions, and all others must have as "
                "many: "
                "leave out --partitions. (More partitions later would move tickets away from their state.)"
            )
        made |= await self._create(specs[1:], source.partitions, replicas)
        found = await self._visible(topics.all())
        return [
            Creation(topic.name, topic.partitions, topic.replication, created=topic.name in made)
            for topic in found.values()
        ]

    async def _create(self, specs: Sequence[TopicSpec], partitions: int, replication: int) -> set[str]:
        """Create what is missing of these and return its names."""
        there = await self.found(spec.name for spec in specs)
        specs = [spec for spec in specs if spec.name not in there]
        if not specs:
            return set()
        await self._require_controller()
        in_sync = {"min.insync.replicas": str(IN_SYNC)} if replication >= 3 else {}
        wanted = [
            NewTopic(
                spec.name,
                spec.partitions or partitions,
                replication,
                topic_configs={**spec.config(), **in_sync},
            )
            for spec in specs
        ]
        answer = await self._client.create_topics(wanted)
        made, refused = set(), []
        for name, code, reason in answer.topic_errors:
            if code == 0:
                made.add(name)
            elif code != TopicAlreadyExistsError.errno:
                refused.append(f"{name}: {reason or for_code(code).description}")
        if refused:
            raise TopicsNotCreated("The broker did not create " + "; ".join(refused))
        return made

    async def _require_controller(self) -> None:
        cluster = await self._client.describe_cluster()
        if cluster["controller_id"] not in {broker["node_id"] for broker in cluster["brokers"]}:
            raise TopicsNotCreated(
                "This broker cannot create topics on request (the embedded one of `sla-monitor demo` "
                "cannot: it "
                "creates them on first use); for more than a demo, point SLA_BROKERS at an Apache Kafka"
            )

    async def _visible(self, names: Sequence[str]) -> dict[str, FoundTopic]:
        """The named topics, in that order, once the metadata shows all of them."""
        retrying = AsyncRetrying(
            retry=retry_if_result(lambda found: len(found) < len(names)),
            stop=stop_after_delay(_VISIBLE_SECONDS),
            wait=wait_fixed(0.1),
        )
        try:
            found: dict[str, FoundTopic] = await retrying(self.found, names)
        except RetryError:
            raise TopicsNotCreated(
                f"The broker says that {', '.join(names)} exist but does not list all of them; if that "
                "lasts, this "
                "user may not describe them (ACL)"
            ) from None
        return found

    async def _configs(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        """The settings we care about, by topic; nothing where the broker or the permissions do not tell."""
        if not names:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_CONFIGS)) for name in names]
        try:
            answers = await self._client.describe_configs(asked)
        except IncompatibleBrokerVersion:
            return {}
        return {
            resource[3]: {entry[0]: entry[1] for entry in resource[4] if entry[1] is not None}
            for answer in answers
            for resource in answer.resources
            if resource[0] == 0
        }


async def verify_topics(options: Mapping[str, Any], topics: Topics) -> list[str]:
    """Raise `TopicsMissing` when a worker must not start on these topics; else what it should warn of."""
    async with TopicAdmin(options) as admin:
        findings = check_topics(topics, await admin.found(topics.all()), await admin.brokers())
    require_topics(topics, findings)
    return [finding.message for finding in findings]
