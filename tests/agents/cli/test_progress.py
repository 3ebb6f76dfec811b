"""Progress where there is no terminal."""

from __future__ import annotations

import pytest

from agents.cli.progress import PlainProgress, progress


def test_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("replaying", 10) as advance:
        advance(10)
    assert capsys.readouterr().err == ""


def test_long_work_says_its_share_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    advance = PlainProgress("replaying", 200, lambda: next(times))
    for _ in range(4):
        advance(50)
    assert capsys.readouterr().err == "replaying: 50%\nreplaying: 100%\n"


def test_work_of_unknown_size_says_how_much_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 6.0])
    PlainProgress("producing", None, lambda: next(times))(12_000)
    assert capsys.readouterr().err == "producing: 12,000\n"
