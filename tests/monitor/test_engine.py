"""The engine of one partition: steps, time, restarts, and what is set aside."""

from __future__ import annotations

import orjson
import pytest

from monitor import ticket_rows
from monitor.checkpoint import CHECKPOINT_KEY, Checkpoint
from monitor.engine import Engine
from monitor.errors import PolicyError, StateUnreadable
from monitor.intake import StoredRecord
from monitor.policies import ALWAYS
from monitor.tickets import NEVER
from schemas.instants import iso
from tests.builders import book
from tests.monitor.engine_desk import Desk, at, reasons

PLAIN = """
retention: 10 days
policies:
  - name: plain
    objectives:
      first_response: {target: 1h, warn_at: [50%]}
      resolution: {target: 8h}
"""
CREATED = "2026-03-02T10:00:00Z created INC-1"


@pytest.fixture
def desk() -> Desk:
    return Desk(book(PLAIN))


class TestRestart:
    def test_without_state_there_is_no_checkpoint(self) -> None:
        policies = book(PLAIN)
        assert Engine(0, policies).start() == Checkpoint(-1, -NEVER, ())

    def test_the_checkpoint_is_the_last_row_of_each_step(self, desk: Desk) -> None:
        step = desk.tell(CREATED, "2026-03-02T10:05:00Z responded INC-1")
        key, row = step.state[-1]
        assert (key, orjson.loads(row or b"")) == (
            CHECKPOINT_KEY,
            {
                "format": 1,
                "next_offset": 2,
                "watermark": at("2026-03-02T10:05:00Z"),
                "policy_versions": [desk.policies.current_version],
                "policy_starts": [ALWAYS],
                "turned": ALWAYS,
            },
        )

    def test_it_starts_at_the_checkpoint_with_what_was_due(self, desk: Desk) -> None:
        desk.tell(CREATED)
        again = desk.restarted()
        assert (again.engine.next_offset, again.engine.watermark) == (1, at("2026-03-02T10:00:00Z"))
        assert again.engine.next_due == desk.engine.next_due == at("2026-03-02T10:30:00Z")
        again.tick("2026-03-02T11:30:00Z")
        assert again.announced() == ["first_response breached"]

    def test_a_checkpoint_of_another_format_says_what_to_do(self) -> None:
        engine = Engine(0, book(PLAIN))
        engine.restore([(CHECKPOINT_KEY, b'{"format":9}')])
        with pytest.raises(
            StateUnreadable, match="has format 9, this version reads 1: run the release that wrote it"
        ):
            engine.start()

    def test_a_policy_that_judged_must_be_given_again(self, desk: Desk) -> None:
        desk.tell(CREATED)
        other = Engine(0, book(PLAIN.replace("8h", "9h")))
        other.restore(desk.state.items())
        with pytest.raises(
            PolicyError,
            match=rf"was judged by policy version {desk.policies.current_version}, which was not given",
        ):
            other.start()

    def test_no_more_tickets_are_decoded_than_are_in_use_and_nothing_shows_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        timeline = [
            f"2026-03-02T1{hour}:00:00Z {kind} INC-{ticket}"
            for hour, kind in enumerate(
                ("created", "held", "resumed", "responded", "resolved", "reopened", "closed")
            )
            for ticket in range(4)
        ]
        desks = [Desk(book(PLAIN)), Desk(book(PLAIN))]
        for desk, limit in zip(desks, (8192, 1), strict=True):
            monkeypatch.setattr(ticket_rows, "IN_USE", limit)
            for line in timeline:
                desk.tell(line)
        assert desks[0].state == desks[1].state
        assert desks[0].results == desks[1].results
        assert desks[0].kpis == desks[1].kpis


class TestSteps:
    def test_a_step_counts_what_it_did(self, desk: Desk) -> None:
        step = desk.tell(
            CREATED,
            "2026-03-02T10:10:00Z responded INC-1",
            "2026-03-02T10:05:00Z held INC-1",
            "2026-03-02T10:20:00 resolved INC-1",
        )
        assert dict(step.counters) == {
            ("events", "created"): 1,
            ("events", "responded"): 1,
            ("events", "held"): 1,
            ("late_events",): 1,
            ("results", "first_response", "met"): 1,
            ("dead_letters", "no_offset_in_time"): 1,
        }
        assert (step.records, step.next_offset, step.watermark) == (4, 4, at("2026-03-02T10:10:00Z"))

    def test_a_step_without_records_writes_its_checkpoint_only(self, desk: Desk) -> None:
        desk.tell(CREATED)
        step = desk.take()
        assert ([key for key, _ in step.state], step.records, step.next_offset) == ([CHECKPOINT_KEY], 0, 1)

    def test_s30_a_duplicate_is_counted_and_changes_nothing(self, desk: Desk) -> None:
        record = desk.record(CREATED)
        desk.take(record)
        before = dict(desk.state)
        step = desk.take(record._replace(offset=7), record._replace(offset=8))
        assert step.counters["duplicates",] == 2
        assert {key: desk.state[key] for key in before if key != CHECKPOINT_KEY} == {
            key: row for key, row in before.items() if key != CHECKPOINT_KEY
        }
        assert desk.engine.next_offset == 9

    def test_the_gauges_tell_the_size_of_the_state(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:00:00Z created INC-2", "2026-03-02T10:05:00Z resolved INC-2")
        gauges = desk.engine.gauges()
        assert (gauges.tickets, gauges.open_tickets, gauges.next_offset) == (2, 1, 3)
        assert gauges.watermark == at("2026-03-02T10:05:00Z")
        assert gauges.deadlines >= 2
        assert gauges.kpi_rows > 0


class TestTime:
    def test_s36_behind_everything_due_fires_before_the_record_in_the_order_of_its_time(
        self, desk: Desk
    ) -> None:
        desk.tell(
            "2026-03-02T10:00:00Z created INC-2",
            "2026-03-02T10:10:00Z created INC-1",
            "2026-03-02T11:30:00Z responded INC-2",
        )
        assert [(alert["ticket_id"], alert["state"]) for alert in desk.alerts] == [
            ("INC-2", "at_risk"),
            ("INC-1", "at_risk"),
            ("INC-2", "breached"),
            ("INC-1", "breached"),
            ("INC-2", "resolved"),
        ]

    def test_s36_a_response_still_in_the_queue_causes_no_false_breach(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:59:59Z responded INC-1", "2026-03-02T20:00:00Z created INC-2")
        assert not any("first_response breached" in line for line in desk.announced())

    def test_s36_what_is_due_exactly_now_has_not_passed(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T11:00:00Z created INC-2")
        assert desk.announced() == ["first_response at_risk"]
        desk.tick("2026-03-02T11:00:00Z")
        assert desk.announced() == ["first_response at_risk"]
        desk.tick("2026-03-02T11:00:00.000001Z")
        assert desk.announced() == ["first_response at_risk", "first_response breached"]

    def test_s36_an_event_late_for_the_partition_is_judged_by_its_time_at_once(self, desk: Desk) -> None:
        desk.tell("2026-03-02T15:00:00Z created INC-2", CREATED)
        assert desk.announced() == ["first_response breached"]
        desk.tell("2026-03-02T10:10:00Z held INC-1", "2026-03-02T10:10:00Z customer_replied INC-1")
        assert desk.clock("first_response").breached == at("2026-03-02T11:00:00Z")

    def test_s36_caught_up_wall_time_fires_also_where_nothing_arrives(self, desk: Desk) -> None:
        desk.tell(CREATED)
        step = desk.tick("2026-03-02T11:00:01Z")
        assert (len(step.alerts), len(step.results), step.watermark) == (1, 1, at("2026-03-02T11:00:01Z"))

    def test_s36_time_never_goes_back(self, desk: Desk) -> None:
        desk.tell(CREATED)
        desk.tick("2026-03-02T12:00:00Z")
        assert desk.tick("2026-03-02T11:00:00Z").watermark == at("2026-03-02T12:00:00Z")
        assert desk.tell("2026-03-02T11:30:00Z created INC-2").watermark == at("2026-03-02T12:00:00Z")

    def test_a_tick_that_fires_nothing_writes_nothing(self, desk: Desk) -> None:
        desk.tell(CREATED)
        step = desk.tick("2026-03-02T10:20:00Z")
        assert (step.empty, step.more, step.next_offset) == (True, False, 1)

    def test_a_tick_is_cut_by_its_limit_and_goes_on(self, desk: Desk) -> None:
        desk.tell(*[f"2026-03-02T10:00:00Z created INC-{number}" for number in range(5)])
        steps = [desk.tick("2026-03-02T10:45:00Z", limit=2) for _ in range(3)]
        assert [(len(step.alerts), step.more) for step in steps] == [(2, True), (2, True), (1, False)]

    def test_s54_the_close_of_a_day_is_written_also_where_nothing_arrives(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:05:00Z responded INC-1")
        desk.tick("2026-03-02T20:00:00Z")
        assert desk.engine.next_due == at("2026-03-03T00:00:00Z")
        step = desk.tick("2026-03-03T00:00:00Z")
        assert not step.empty
        assert any(b'"window":"stock"' in key for key, _ in step.kpis)

    def test_in_a_replay_the_clock_that_runs_on_fires_each_thing_at_its_time(self) -> None:
        desk = Desk(book(PLAIN), replay=True)
        desk.tell(CREATED)
        desk.tick("2026-03-03T10:00:00Z")
        assert desk.announced() == [
            "first_response at_risk",
            "first_response breached",
            "resolution breached",
        ]

    def test_nothing_is_due_in_an_empty_partition(self) -> None:
        assert Engine(0, book(PLAIN)).next_due is None


class TestSetAside:
    def test_a_dead_letter_keeps_the_headers_it_came_with(self, desk: Desk) -> None:
        class Headed(StoredRecord):
            headers = (("trace", b"1"),)

        step = desk.take(Headed("tickets", 0, 0, None, b"INC-1", b"{"))
        assert step.dead_letters[0].headers[0] == ("trace", b"1")
        assert (reasons(step), step.counters["dead_letters", "not_json"]) == (["not_json"], 1)

    def test_s35_an_event_from_the_future_moves_no_clock(self, desk: Desk) -> None:
        step = desk.tell(
            CREATED,
            "2026-03-02T10:05:00Z responded INC-1",
            "2026-03-02T10:05:01Z resolved INC-1",
            "2027-03-02T10:00:00Z created INC-2",
            stamp="2026-03-02T10:00:00Z",
        )
        assert reasons(step) == ["from_the_future", "from_the_future"]
        assert step.watermark == at("2026-03-02T10:05:00Z")
        assert desk.ticket().resolved is None

    def test_a_key_that_is_not_the_ticket_is_set_aside(self, desk: Desk) -> None:
        assert reasons(desk.take(desk.record(CREATED)._replace(key=b"INC-9"))) == ["key_mismatch"]

    def test_s32_two_systems_with_one_id_clash(self, desk: Desk) -> None:
        step = desk.tell(
            "2026-03-02T10:00:00Z created INC-1 source=zammad",
            "2026-03-02T10:01:00Z created INC-1 source=jira",
            "2026-03-02T10:02:00Z created INC-1",
            "2026-03-02T10:03:00Z created INC-1 source=zammad priority=P1",
        )
        assert reasons(step) == ["identity_clash", "identity_clash"]
        assert (desk.ticket().source, desk.ticket().priority) == ("zammad", "P1")

    def test_s32_orphans_are_set_aside_whole_when_the_retention_is_over(self, desk: Desk) -> None:
        records = [
            desk.record("2026-03-02T10:00:00Z responded INC-1", "2026-03-02T10:00:05Z"),
            desk.record("2026-03-02T11:00:00Z resolved INC-1"),
        ]
        desk.take(*records)
        assert desk.ticket().provisional
        assert desk.tick("2026-03-12T11:00:00Z").dead_letters == []
        step = desk.tick("2026-03-12T11:00:00.000001Z")
        assert reasons(step) == ["orphan", "orphan"]
        assert [(letter.key, letter.value) for letter in step.dead_letters] == [
            (b"INC-1", one.value) for one in records
        ]
        assert [dict(letter.headers)["sla-source-offset"] for letter in step.dead_letters] == [b"0", b"1"]
        assert dict(step.dead_letters[0].headers)["sla-time"] == b"2026-03-02T10:00:05Z"
        assert (b"INC-1", None) in step.state

    def test_s32_created_takes_in_what_came_before_it(self, desk: Desk) -> None:
        desk.tell("2026-03-02T10:30:00Z responded INC-1")
        again = desk.restarted()
        step = again.tell(CREATED)
        assert step.counters["late_events",] == 0
        assert (again.clock("first_response").outcome, again.ticket().pending) == (1, [])

    def test_s38_more_than_is_kept_before_created_is_set_aside_at_once(self) -> None:
        desk = Desk(book(f"history_events: 10{PLAIN}"))
        step = desk.tell(*[f"2026-03-02T10:{n:02}:00Z held INC-1 reason=r{n}" for n in range(30)])
        assert set(reasons(step)) == {"orphan"}
        kept = 30 - len(step.dead_letters)
        assert 10 < kept < 20
        desk.tell(CREATED)
        assert len(desk.ticket().holds) == kept
        large = Desk(book(PLAIN))
        padding = "x" * 40_000
        step = large.tell(*[f"2026-03-02T10:{n:02}:00Z rated INC-1 score=1 note={padding}" for n in range(4)])
        assert reasons(step) == ["orphan", "orphan"]
        assert max(len(row or b"") for _, row in step.state) < 256 * 1024

    def test_s34_an_ended_ticket_goes_when_its_retention_is_over(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:05:00Z closed INC-1", "2026-03-02T10:00:00Z created INC-2")
        assert (b"INC-1", None) not in desk.tick("2026-03-12T10:05:00Z").state
        step = desk.tick("2026-03-12T10:05:00.000001Z")
        assert (b"INC-1", None) in step.state
        assert desk.engine.gauges().tickets == 1  # an open ticket is kept however old

    def test_s34_a_late_event_for_a_ticket_that_went_is_too_late_in_the_same_step_as_in_the_next(
        self,
    ) -> None:
        for cut in (1, 4):
            desk = Desk(book(PLAIN))
            records = [
                desk.record(line)
                for line in (
                    CREATED,
                    "2026-03-02T10:05:00Z closed INC-1",
                    "2026-03-20T10:00:00Z created INC-2",
                    "2026-03-02T10:06:00Z reopened INC-1",
                )
            ]
            steps = [desk.take(*records[n : n + cut]) for n in range(0, 4, cut)]
            assert reasons(steps[-1]) == ["too_late"]
            assert desk.engine.gauges().tickets == 1

    def test_s34_its_last_deadline_is_judged_before_a_ticket_goes(self) -> None:
        late = PLAIN.replace(
            "first_response: {target: 1h,", "first_response: {target: 216h, requires_response: true,"
        )
        desk = Desk(book(late))
        desk.tell(CREATED, "2026-03-02T10:05:00Z resolved INC-1")
        desk.tick("2026-06-01T00:00:00Z")
        assert [(one["objective"], one["outcome"]) for one in desk.results] == [
            ("resolution", "met"),
            ("first_response", "missed"),
        ]
        assert desk.engine.gauges().tickets == 0

    def test_s38_what_is_older_than_the_base_is_too_late_and_a_forgotten_duplicate_is_none(self) -> None:
        desk = Desk(book(f"history_events: 2{PLAIN}"))
        records = [
            desk.record(f"2026-03-02T10:0{n}:00Z {'held' if n else 'created'} INC-1") for n in range(8)
        ]
        desk.take(*records)
        ticket = desk.ticket()
        assert (ticket.base is not None, ticket.history_count < 4) == (True, True)
        step = desk.take(records[1]._replace(offset=50), desk.record("2026-03-02T10:00:30Z resumed INC-1"))
        assert (step.counters["duplicates",], reasons(step)) == (1, ["too_late"])

    def test_s38_a_breach_after_the_last_event_is_filed_once_when_the_history_is_shortened(self) -> None:
        desk = Desk(book(f"history_events: 1{PLAIN}"))
        desk.tell("2026-03-02T15:00:00Z created INC-2", CREATED)
        for minute in range(1, 6):
            desk.tell(f"2026-03-02T10:0{minute}:00Z held INC-1 reason=r{minute}")
        desk.tell("2026-03-02T16:00:00Z created INC-3")
        told = [one for one in desk.results if one["objective"] == "first_response"]
        assert [(one["ticket_id"], one["revision"], one["outcome"]) for one in told] == [
            ("INC-1", 1, "missed")
        ]
        missed = [
            orjson.loads(row)["counts"].get("missed:first_response")
            for key, row in desk.kpis.items()
            if b'"day"' in key
        ]
        assert missed == [1]


class TestTombstones:
    def test_s24_a_deleted_ticket_ends_and_stays_in_volume(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:40:00Z deleted INC-1")
        assert desk.ticket().ended == "deleted"
        assert [(one["outcome"], one["reason"]) for one in desk.results] == [("cancelled", "deleted")] * 2
        assert desk.announced() == ["first_response at_risk", "first_response cancelled"]
        assert desk.facts() == ["created 2026-03-02T10:00:00Z acme P2 1"]

    def test_s24_settled_verdicts_stay(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:20:00Z responded INC-1", "2026-03-02T10:40:00Z deleted INC-1")
        assert "met:first_response 2026-03-02T10:20:00Z acme P2 1" in desk.facts()

    def test_s24_a_tombstone_for_nothing_deletes_nothing(self, desk: Desk) -> None:
        step = desk.tell("2026-03-02T10:00:00Z deleted INC-1")
        assert ([key for key, _ in step.state], step.counters["events", "deleted"]) == ([CHECKPOINT_KEY], 1)

    def test_s24_a_tombstone_for_a_ticket_long_gone_is_too_late(self, desk: Desk) -> None:
        assert reasons(desk.tell(CREATED, "2026-02-01T10:00:00Z deleted INC-2")) == ["too_late"]

    def test_s24_a_tombstone_ends_the_wait_for_created(self, desk: Desk) -> None:
        step = desk.tell("2026-03-02T10:00:00Z responded INC-1", "2026-03-02T10:01:00Z deleted INC-1")
        assert reasons(step) == ["orphan"]
        assert desk.engine.gauges().tickets == 0

    def test_s24_a_tombstone_moves_the_partitions_time(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T12:00:00Z deleted INC-2")
        assert desk.announced() == ["first_response at_risk", "first_response breached"]

    def test_s24_a_tombstone_without_a_time_is_as_of_the_partitions_time(self, desk: Desk) -> None:
        desk.tell(CREATED, "2026-03-02T10:20:00Z created INC-2")
        for timestamp in (None, -1):
            desk.take(desk.record("2026-03-02T10:00:00Z deleted INC-1")._replace(timestamp=timestamp))
        assert iso(desk.clock("resolution").stopped or 0) == "2026-03-02T10:20:00Z"
