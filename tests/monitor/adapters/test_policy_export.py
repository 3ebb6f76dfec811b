"""Exported files are the versions they came from: same content, same start."""

from __future__ import annotations

import pytest

from monitor.adapters.policy_export import exported
from monitor.adapters.policy_file import book_of, parse_policy
from monitor.adapters.policy_records import Announcement, publication_record, read_publication
from monitor.policies import compile_version
from monitor.policy_history import PolicyHistory
from schemas.instants import HOUR, parse_iso

NOW = parse_iso("2026-11-25T12:00:00Z")
BLOCK = """\
# What we promise.
effective: 2026-01-01  # the old day
policies:
  - {name: all, effective: 2020-01-01, objectives: {resolution: {target: 1h}}}
"""
TEXTS = {
    "block": BLOCK,
    "without an effective": BLOCK.replace("effective: 2026-01-01  # the old day\n", ""),
    "quoted key": BLOCK.replace("effective: 2026", '"effective": 2026'),
    "JSON": '{"effective": "2026-01-01", "policies": [{"name": "all", "objectives": {}}]}',
    "begins with dashes": "---\n" + BLOCK,
    "holidays": BLOCK + "calendars: {office: {hours: 24x7, holidays: [{country: ES}]}}\n",
}


def history(*texts: str) -> PolicyHistory:
    """What these texts come to, each published an hour after the one before."""
    found = PolicyHistory()
    for number, text in enumerate(texts):
        loaded = parse_policy(text, "policy.yaml")
        compiled = compile_version(loaded.file)
        now = NOW + number * HOUR
        starts, at_once = found.plan(compiled.starts, now, 1)
        said = Announcement(starts, at_once, now, "desk/1", f"p{number}")
        found = found.after(read_publication(publication_record(loaded, compiled, said)))
    return found


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_s22_a_book_of_the_exported_files_is_the_book_that_judged(text: str) -> None:
    published = history(text, BLOCK.replace("1h", "2h"), text)
    files = [exported(number, entry) for number, entry in enumerate(published.standing)]
    book = book_of([parse_policy(file.text, file.name) for file in files])
    assert [(of.version, of.starts) for of in book.versions] == [
        (of.version, of.starts) for of in published.book().versions
    ]
    assert all(file.same for file in files)


def test_comments_are_kept() -> None:
    [entry] = history(BLOCK).standing
    text = exported(1, entry).text
    assert "# What we promise." in text
    assert text.startswith(
        f"# version {entry.version.version}: policy.yaml, published 2026-11-25T12:00:00+00:00"
    )
    assert text.count("effective: 2026") == 1


def test_other_public_holidays_than_the_librarys_are_told() -> None:
    [entry] = history(TEXTS["holidays"]).standing
    record = entry.publication.record.model_copy(update={"holidays": {"ES": []}})
    [other] = PolicyHistory().after(read_publication(record.model_dump_json().encode())).standing
    assert not exported(1, other).same
