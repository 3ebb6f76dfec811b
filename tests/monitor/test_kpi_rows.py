from __future__ import annotations

import pytest

from monitor.errors import StateUnreadable
from monitor.kpi_rows import (
    ClosedPeriodsRow,
    ClosedRow,
    CorrectionRow,
    OpenRow,
    StockRow,
    StockValue,
    Tally,
    TallyRow,
    VolumeCorrectionRow,
    VolumeRow,
    correction_head,
    key_head,
    key_tail,
    read_row,
    read_rows,
)
from schemas.instants import parse_iso

MARCH = parse_iso("2016-03-01T00:00:00Z")
ACME = ("acme", "P2", 1)


def test_each_window_is_read_as_its_row() -> None:
    rows = {
        key_head("month", 0, MARCH) + key_tail(ACME): b'{"counts":{"created":1}}',
        key_head("day", 0, MARCH) + key_tail(("acme", "queue", 'the "desk"')): b'{"counts":{"created":2}}',
        key_head("stock", 0, MARCH) + key_tail(ACME): b'{"open":3,"ages":{"0-1":3}}',
        key_head("open", 0, MARCH) + key_tail(ACME): b'{"open":4}',
        key_head("closed", 7): b'{"through":"2016-03-01T00:00:00Z","zone":"UTC"}',
        key_head("closed_periods", 7): b'{"through":"2016-03-01T00:00:00Z","zone":"UTC"}',
        correction_head("week", 0, MARCH) + key_tail(ACME): b'{"waived":{"counts":{"met:resolution":-1}}}',
        correction_head("day", 0, MARCH)
        + key_tail(("acme", "queue", "vpn")): b'{"rated":{"counts":{"a":1}}}',
    }
    assert list(read_rows(rows.items())) == [
        TallyRow("month", MARCH, *ACME, Tally({"created": 1})),
        VolumeRow("day", MARCH, "acme", "queue", 'the "desk"', {"created": 2}),
        StockRow(MARCH, *ACME, StockValue(3, {"0-1": 3})),
        OpenRow(MARCH, *ACME, 4),
        ClosedRow(7, MARCH),
        ClosedPeriodsRow(7, MARCH),
        CorrectionRow("week", MARCH, *ACME, {"waived": Tally({"met:resolution": -1})}),
        VolumeCorrectionRow("day", MARCH, "acme", "queue", "vpn", {"rated": Tally({"a": 1})}),
    ]


def test_of_a_log_the_last_value_of_a_key_stands() -> None:
    key, other = key_head("open", 0, MARCH) + key_tail(ACME), key_head("open", 1, MARCH) + key_tail(ACME)
    log = [(key, b'{"open":1}'), (other, b'{"open":2}'), (key, b'{"open":3}'), (other, None)]
    assert list(read_rows(log)) == [OpenRow(MARCH, *ACME, 3)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"not json", b"{}"),
        (b'{"window":"hour"}', b"{}"),
        (b'{"window":"hour","partition":0,"start":"soon"}', b"{}"),
        (b'{"window":"hour","partition":0,"start":"2016-03-01T00:00:00Z"}', b'{"counts":[]}'),
        (b'{"window":"decade","partition":0,"start":"2016-03-01T00:00:00Z"}', b"{}"),
        (b'{"window":"closed","partition":0}', b'{"through":"never","zone":"UTC"}'),
    ],
)
def test_a_row_that_is_none_of_ours_is_refused(key: bytes, value: bytes) -> None:
    with pytest.raises(StateUnreadable):
        read_row(key, value)
