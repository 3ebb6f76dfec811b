from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.kpis import (
    Closed,
    ClosedPeriodsKey,
    CorrectionKey,
    Corrections,
    KpiKey,
    KpiValue,
    Stock,
    StockKey,
    Tally,
    VolumeKey,
    parse_kpi_row,
)
from schemas.reasons import CorrectionReason

START = '"start":"2016-02-29T23:00:00Z"'
WHO = '"customer":"acme","priority":"P2","tier":1'


def test_a_row_of_each_window_is_told_by_its_key() -> None:
    key, value = parse_kpi_row(
        f'{{"window":"hour","partition":3,{START},{WHO}}}'.encode(),
        b'{"counts":{"created":1},"times":{"resolution_time":'
        b'{"open":{"337":1},"open_us":60000000,"wall":{"337":1},"wall_us":60000000}}}',
    )
    assert isinstance(value, Tally)
    assert value.times["resolution_time"].open == {337: 1}
    assert key.partition == 3
    assert getattr(key, "start", None) == datetime(2016, 2, 29, 23, tzinfo=UTC)


def test_a_volume_is_told_from_a_tally_of_the_same_window() -> None:
    key, _ = parse_kpi_row(
        f'{{"window":"day","partition":3,{START},"customer":"acme","dimension":"queue","name":"desk"}}'.encode(),
        b'{"counts":{"created":1}}',
    )
    assert isinstance(key, VolumeKey)


def test_a_stock_has_its_age_bands() -> None:
    key, value = parse_kpi_row(
        f'{{"window":"stock","partition":3,{START},{WHO}}}'.encode(), b'{"open":3,"ages":{"0-1":1,">30":2}}'
    )
    assert isinstance(key, StockKey)
    assert value == Stock(open=3, ages={"0-1": 1, ">30": 2})


def test_s57_a_correction_has_its_period_and_signed_changes_by_reason() -> None:
    key, value = parse_kpi_row(
        f'{{"window":"correction","partition":0,"of":"month",{START},{WHO}}}'.encode(),
        b'{"waived":{"counts":{"met:resolution":-1}},"reopened":{"times":{"resolution_time":'
        b'{"open":{"337":-1},"open_us":-60000000,"wall":{"337":-1},"wall_us":-60000000}}}}',
    )
    assert isinstance(key, CorrectionKey)
    assert isinstance(value, Corrections)
    assert value.root[CorrectionReason.WAIVED].counts == {"met:resolution": -1}
    assert value.root[CorrectionReason.REOPENED].times["resolution_time"].open == {337: -1}


def test_s57_a_row_says_how_far_periods_are_closed() -> None:
    key, value = parse_kpi_row(
        b'{"window":"closed_periods","partition":3}',
        b'{"through":"2016-02-29T23:00:00Z","zone":"Europe/Madrid"}',
    )
    assert isinstance(key, ClosedPeriodsKey)
    assert isinstance(value, Closed)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (f'{{"window":"correction","partition":0,"of":"decade",{START},{WHO}}}', "{}"),
        (
            f'{{"window":"correction","partition":0,"of":"day",{START},{WHO}}}',
            '{"because":{"counts":{"a":1}}}',
        ),
        (f'{{"window":"correction","partition":0,"of":"day",{START},{WHO}}}', '{"rated":{"counts":{"a":0}}}'),
        (f'{{"window":"decade","partition":3,{START},{WHO}}}', "{}"),
        (f'{{"window":"stock","partition":3,{START},{WHO}}}', '{"open":3,"ages":{"2-9":3}}'),
        (f'{{"window":"open","partition":3,{START},{WHO}}}', '{"open":0}'),
        (f'{{"window":"day","partition":3,{START},{WHO}}}', '{"counts":{"created":1},"more":1}'),
    ],
)
def test_what_the_topic_never_holds_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        parse_kpi_row(key.encode(), value.encode())


def test_the_schema_can_be_exported() -> None:
    keys: TypeAdapter[KpiKey] = TypeAdapter(KpiKey)
    values: TypeAdapter[KpiValue] = TypeAdapter(KpiValue)
    assert "sum over all of them" in json.dumps(keys.json_schema())
    assert "met:<objective>" in json.dumps(values.json_schema())
