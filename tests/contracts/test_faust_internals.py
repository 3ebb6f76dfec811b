"""What we override in Faust and aiokafka, and what we rely on inside them, is as it was when we read it.

The batch transport stands on private methods of faust-streaming 0.15.3 and aiokafka 0.14. When one of these
tests fails after an upgrade: read the function again, see whether `agents/transport.py`, `agents/ownership.py`
and `agents/step_writer.py` still hold with it, run `tests/integration`, and only then write down the new value.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.errors import ConcurrentTransactions, KafkaConnectionError
from aiokafka.producer.sender import AddPartitionsToTxnHandler
from faust.app.base import App
from faust.transport.base import Transport
from faust.transport.drivers import aiokafka as driver

from agents.app import WorkerApp
from agents.settings import Settings
from agents.step_writer import BEGIN_AGAIN_SECONDS, StepWriter
from agents.transport import BatchConsumer, BatchConsumerThread, BatchTransport

# Every method of ours that replaces one of Faust's, with the parameters it is called with.
OVERRIDDEN = [
    (BatchConsumer, driver.Consumer, "_new_consumer_thread", []),
    (BatchConsumer, driver.Consumer, "_getmany", ["active_partitions", "timeout"]),
    (BatchConsumer, driver.Consumer, "_to_message", ["tp", "record"]),
    (BatchConsumer, driver.Consumer, "_add_gap", ["tp", "offset_from", "offset_to"]),
    (BatchConsumer, driver.Consumer, "ack", ["message"]),
    (BatchConsumer, driver.Consumer, "_filter_tps_with_pending_acks", ["topics"]),
    (BatchConsumer, driver.Consumer, "_new_offset", ["tp"]),
    (BatchConsumer, driver.Consumer, "perform_seek", []),
    (BatchConsumer, driver.Consumer, "on_partitions_revoked", ["revoked"]),
    (BatchConsumer, driver.Consumer, "wait_empty", []),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "__post_init__", []),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["transport"]),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "close", []),
    (BatchConsumerThread, driver.AIOKafkaConsumerThread, "on_thread_stop", []),
    (
        BatchConsumerThread,
        driver.AIOKafkaConsumerThread,
        "_fetch_records",
        ["consumer", "active_partitions", "timeout", "max_records"],
    ),
    (WorkerApp, App, "on_first_start", []),
]

# The beginning of the SHA-256 of functions whose very steps ours count on.
READ = {
    # One list at a time, in order, none dropped but where a seek follows.
    "faust.transport.consumer:Consumer.getmany": "4b168d84882a",
    "faust.transport.consumer:Consumer._wait_next_records": "6218e1969a63",
    "faust.transport.consumer:Consumer._drain_messages": "44a2500309e8",
    # The offsets that are committed are those `_new_offset` gives.
    "faust.transport.consumer:Consumer._commit_tps": "a20e230b05ae",
    "faust.transport.consumer:Consumer._filter_committable_offsets": "dc5e9baf5d99",
    "faust.transport.consumer:Consumer._should_commit": "5ce941793947",
    # Revoked: flow stopped, queues cleared, `wait_empty`; assigned: all paused until the hook is done.
    "faust.transport.consumer:Consumer.on_partitions_revoked": "d04b7ae72c6f",
    "faust.transport.consumer:Consumer.on_partitions_assigned": "29ce96596f05",
    "faust.app.base:App._on_partitions_revoked": "d5c895bbe57d",
    "faust.app.base:App._on_partitions_assigned": "de932b7927db",
    "faust.app.base:App._stop_consumer": "55854a5de12c",
    "faust.app.base:App.on_stop": "bfe5a933defb",
    "faust.app.base:App._on_rebalance_when_stopped": "1b172d9af8ff",
    # The end of the consumer's thread closes the consumer; aiokafka's fetcher may stop halfway.
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread.on_thread_stop": "8dfc004e258b",
    "mode.threads:ServiceThread._serve": "67809eae0957",
    "aiokafka.consumer.consumer:AIOKafkaConsumer.stop": "bc5da9c98595",
    "aiokafka.consumer.fetcher:Fetcher.close": "1cd24bc1c442",
    # `on_rebalance_complete` is awaited, the generation compared, then seek, then flow.
    "faust.tables.recovery:Recovery._resume_streams": "d986a6710c1a",
    # What our consumer changes after it was made is used only at its start.
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._create_worker_consumer": "c2701bfc3e6f",
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._fetch_records": "39a2c6c79fc1",
    "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread.getmany": "26fc5fc9f3b6",
    "aiokafka.consumer.consumer:AIOKafkaConsumer.start": "2f1ba7044332",
    # No await between taking records and returning them; the position is the one right behind them.
    "aiokafka.consumer.fetcher:Fetcher.fetched_records": "be4348896b9b",
    "aiokafka.consumer.fetcher:FetchResult.getall": "3e717e30de50",
    "aiokafka.consumer.fetcher:PartitionRecords._unpack_records": "b803e6d46480",
    # The time stamp of an answer is set after the end of the partition it tells.
    "aiokafka.consumer.fetcher:Fetcher._proc_fetch_request": "59bf948fff47",
    # Batches as we made them, one after another; a fenced producer says so.
    "aiokafka.producer.producer:AIOKafkaProducer.send_batch": "bf42b0f0c5c0",
    "aiokafka.producer.message_accumulator:MessageAccumulator.add_batch": "5ed1c5b1367a",
    "aiokafka.producer.sender:AddPartitionsToTxnHandler.handle_response": "67266db24da2",
    "aiokafka.producer.sender:EndTxnHandler.handle_response": "89bd9721c28e",
    "aiokafka.producer.sender:SendProduceReqHandler.handle_response": "850323cc8f77",
}


def test_the_versions_are_those_that_were_read() -> None:
    assert version("faust-streaming") == "0.15.3"
    assert version("aiokafka").startswith("0.14.")


@pytest.mark.parametrize(("ours", "theirs", "name", "parameters"), OVERRIDDEN)
def test_what_is_overridden_is_called_as_before(
    ours: type, theirs: type, name: str, parameters: list[str]
) -> None:
    replaced = inspect.unwrap(getattr(theirs, name))

    assert name in vars(ours)
    assert list(inspect.signature(replaced).parameters)[1:] == parameters
    assert inspect.iscoroutinefunction(replaced) == inspect.iscoroutinefunction(getattr(ours, name))


@pytest.mark.parametrize("name", READ)
def test_what_is_relied_on_works_as_it_was_read(name: str) -> None:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)

    source = inspect.getsource(inspect.unwrap(found))

    assert hashlib.sha256(source.encode()).hexdigest()[:12] == READ[name]


def test_the_consumer_has_the_attributes_that_are_set_before_its_start() -> None:
    made = inspect.getsource(AIOKafkaConsumer.__init__)

    for name in ("_partition_assignment_strategy", "_isolation_level", "_fetch_max_wait_ms", "_subscription"):
        assert f"self.{name} = " in made


def test_a_partition_has_position_end_and_time_of_the_last_answer() -> None:
    made = inspect.getsource(TopicPartitionState)

    for name in ("self.lso = None", "self.timestamp = None", "def position", "def has_valid_position"):
        assert name in made


def test_faust_lets_consumer_and_transport_be_replaced() -> None:
    assert BatchTransport.Consumer is BatchConsumer
    assert list(inspect.signature(Transport).parameters) == ["url", "app", "loop"]
    assert isinstance(vars(App)["transport"], property)
    assert vars(App)["transport"].fset is not None


async def test_a_transaction_whose_forerunner_is_being_marked_is_begun_again_soon() -> None:
    writer = StepWriter(Settings(bootstrap_servers="127.0.0.1:1"), 0)
    with pytest.raises(KafkaConnectionError):
        await writer.start()
    await writer.stop()
    sender = SimpleNamespace(_txn_manager=SimpleNamespace(txn_partitions=set()), _retry_backoff=0.1)
    refused = SimpleNamespace(errors=[("sla-state", [(0, ConcurrentTransactions.errno)])])

    wait = AddPartitionsToTxnHandler(sender, {TopicPartition("sla-state", 0)}).handle_response(refused)

    assert wait == BEGIN_AGAIN_SECONDS
