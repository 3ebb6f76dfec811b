"""The end of `make mutate`: which survivors are known, and which are to be looked at."""

from __future__ import annotations

import pytest
import yaml

from tests.mutation.report import LIST, Change, change_of, function_of, report, reviewed

STOP = "monitor.clocks.x_stop__mutmut_7"
PLAN = "monitor.clocks.x_plan__mutmut_2"
DIFF = """# monitor.clocks.x_stop__mutmut_7: survived
--- monitor/clocks.py
+++ monitor/clocks.py
@@ -5,3 +5,3 @@
     clock.mark = at
-    if missing <= 0:
+    if missing <= 1:
         return
"""
CHANGE = Change("monitor.clocks.stop", "if missing <= 0:", "if missing <= 1:")


def test_a_mutant_is_known_by_its_function_and_lines_and_not_by_its_number() -> None:
    assert change_of(STOP, DIFF) == CHANGE
    assert function_of("monitor.calendars.xǁCalendarǁ_grow__mutmut_12") == "monitor.calendars.Calendar._grow"
    assert function_of("monitor.calendars.x__pairs__mutmut_1") == "monitor.calendars._pairs"
    with pytest.raises(ValueError, match="is no name of a mutant"):
        function_of("monitor.clocks")


def test_survivors_on_the_list_are_counted_out_of_the_score() -> None:
    told = report({STOP: "survived", PLAN: "killed"}, {STOP: CHANGE}, [CHANGE])
    assert told.good
    assert [" ".join(line.split()) for line in told.lines] == [
        "monitor.clocks 100.0 % 1 of 2 killed, 1 change nothing"
    ]


def test_a_survivor_that_is_not_on_the_list_is_shown_and_fails() -> None:
    told = report({STOP: "survived", PLAN: "timeout"}, {STOP: CHANGE}, [])
    assert not told.good
    assert told.lines[0].endswith(" 50.0 %  1 of 2 killed, 0 change nothing")
    assert (
        told.lines[1]
        == f"survived: {STOP}: monitor.clocks.stop\n    - if missing <= 0:\n    + if missing <= 1:"
    )
    assert told.lines[2].startswith("1 survived that are not on survivors.yaml")


def test_an_entry_that_no_survivor_bears_out_is_told_once_its_function_was_run() -> None:
    assert report({STOP: "killed"}, {}, [CHANGE]).lines[1].startswith("killed by now")
    assert len(report({PLAN: "killed", STOP: "not checked"}, {}, [CHANGE]).lines) == 1
    assert (
        len(report({STOP: "timeout"}, {}, [CHANGE]).lines) == 1
    )  # a busy machine may end one that changes nothing


def test_nothing_run_is_no_success() -> None:
    assert not report({STOP: "not checked"}, {}, []).good


def test_each_entry_of_the_list_has_a_reason() -> None:
    assert reviewed(yaml.safe_load(LIST.read_text(encoding="utf-8")))
    with pytest.raises(ValueError, match="has no reason"):
        reviewed({"monitor.clocks.stop": [{"was": "a", "now": "b", "because": " "}]})
