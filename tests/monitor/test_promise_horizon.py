"""A policy that loads gives every ticket a deadline, the ones of the latest year included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.policy_file import PolicyFileError, parse_policy
from monitor.intake import LATEST
from monitor.policies import compile_version

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _policy(days: list[str], minutes: int, target: str) -> str:
    hours = f'"09:00-{9 + minutes // 60:02}:{minutes % 60:02}"'
    week = ", ".join(f"{day}: [{hours}]" for day in days)
    return (
        f"calendars: {{narrow: {{timezone: Pacific/Auckland, hours: {{{week}}}}}}}\n"
        f"policies: [{{name: all, calendar: narrow, objectives: {{resolution: {{target: {target}}}}}}}]\n"
    )


@given(
    st.lists(st.sampled_from(_DAYS), min_size=1, unique=True),
    st.integers(1, 600),
    st.one_of(
        st.integers(1, 87_600).map("{}h".format),
        st.integers(1, 2_500).map("{} working days".format),
    ),
    st.floats(0, 1),
)
def test_s03_a_target_is_refused_or_has_a_deadline_whenever_a_ticket_begins(
    days: list[str], minutes: int, target: str, when: float
) -> None:
    text = _policy(days, minutes, target)
    minutes_a_year = len(days) * minutes * 52
    try:
        file = parse_policy(text, "narrow.yaml").file
    except PolicyFileError:
        amount, _, unit = target.partition(" ") if " " in target else (target[:-1], "", "h")
        open_minutes = int(amount) * 60 if unit == "h" else int(amount) * minutes
        assert open_minutes > 49 * minutes_a_year  # nothing shorter is refused
        return
    (policy,) = compile_version(file).policies
    rule = policy.objectives["resolution"]
    promised, calendar = rule.target_for("P1"), rule.calendar_for("P1")
    assert promised is not None
    start = int(LATEST * when) - 1
    assert calendar.add_open(start, promised.amount(calendar, start)) > start
