"""What `explain` says about hand-made tickets, word for word, in both languages.

After a change of the text that is meant: look at the new one, whose path a failure names, and put it in place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cli.main import main
from agents.cli.texts import LANGUAGES
from monitor.adapters.policy_file import load_book
from tests.agents.cli.explain_cases import CASES, POLICY
from tests.builders import lines

GOLDEN = Path(__file__).parent / "explain_golden"


def written(folder: Path, name: str) -> list[str]:
    """The files of a case in a folder, and the arguments that explain it."""
    case = CASES[name]
    (folder / "events.jsonl").write_bytes(b"\n".join(lines(case.timeline)))
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    arguments = ["explain", "INC-1", "--events", "events.jsonl", "--policy", "policy.yaml"]
    return [*arguments, *(["--until", case.until] if case.until else [])]


Explained = Callable[[str, str], list[str]]
"""What is printed of a case in a language: its lines, without the blanks at their ends."""


@pytest.fixture
def explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Explained:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)

    def explain(name: str, language: str) -> list[str]:
        assert main([*written(tmp_path, name), "--lang", language]) == 0
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    return explain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_the_account_reads_as_it_was_agreed(
    name: str, language: str, tmp_path: Path, explained: Explained
) -> None:
    said = "\n".join(explained(name, language)) + "\n"
    # The version depends on the holidays that the installed library knows.
    said = said.replace(load_book([Path("policy.yaml")]).current_version, "0bd36e030ecb")
    new = tmp_path / f"{name}.{language}.txt"
    new.write_text(said, encoding="utf-8")
    expected = (GOLDEN / new.name).read_text(encoding="utf-8")
    assert said == expected, f"the new text is {new}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_on_80_columns_no_row_breaks_or_loses_a_column(
    name: str, language: str, monkeypatch: pytest.MonkeyPatch, explained: Explained
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = explained(name, language)
    assert max(map(len, lines)) <= 80
    head, total = {"en": ("day ", "sum "), "es": ("día ", "suma ")}[language]
    heads = [line for line in lines if line.startswith(head)]
    sums = [line for line in lines if line.startswith(total)]
    assert len(heads) == len(sums)
    assert all(line.endswith(("counted", "contado")) for line in heads)
    assert [len(line) for line in heads] == [len(line) for line in sums]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "by the last terms:"), ("es", "según las últimas condiciones:")],
)
def test_warnings_of_a_clock_whose_terms_changed_are_said_to_follow_the_last_ones(
    language: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*written(tmp_path, "changed_retroactively"), "--lang", language]) == 0
    assert said in capsys.readouterr().out


def test_no_agreed_text_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{name}.{lang}.txt" for name in CASES for lang in LANGUAGES
    }


def test_the_readme_shows_one_of_them() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    begin = readme.index("resolution · cycle 1 ·")
    shown = readme[begin : readme.index("```", begin)]
    assert shown in (GOLDEN / "holds_over_closing_time.en.txt").read_text(encoding="utf-8")
