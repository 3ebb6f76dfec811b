"""What `make mutate` ends with: the score of each module, and the survivors that nobody has looked at.

`survivors.yaml` beside this file names those that change nothing, each with the reason. One that is not on that list
is a sentence nobody tests: write the test, or add it to the list with what makes it the same program. An entry
names the lines and not mutmut's number, which shifts whenever a function changes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

LIST: Final = Path(__file__).with_name("survivors.yaml")
MUTMUT: Final = Path(sys.executable).with_name("mutmut")
KILLED: Final = {"killed", "timeout", "segfault"}  # mutmut's words; a loop without end is a difference
NOT_RUN: Final = "not checked"

_RESULT = re.compile(r"\s+(?P<name>\S+): (?P<status>[a-z ]+)")
_NAME = re.compile(r"(?P<module>[\w.]+)\.x(?:ǁ(?P<owner>\w+)ǁ|_)(?P<function>\w+)__mutmut_\d+")


class Change(NamedTuple):
    """What a mutant changes: the lines before and after, without their indentation."""

    function: str  # module and name, for example `monitor.clocks.stop`
    was: str
    now: str


class Report(NamedTuple):
    """What is to be said, and whether all is well."""

    lines: list[str]
    good: bool


def function_of(mutant: str) -> str:
    """The function behind a mutant's name."""
    match = _NAME.fullmatch(mutant)
    if match is None:
        raise ValueError(f"{mutant!r} is no name of a mutant as mutmut 3.7 writes it")
    return ".".join(part for part in match.group("module", "owner", "function") if part)


def change_of(mutant: str, diff: str) -> Change:
    """The change of a mutant, from the diff that `mutmut show` prints."""
    sides: dict[str, list[str]] = {"-": [], "+": []}
    for line in diff.splitlines():
        if line[:1] in sides and not line.startswith(("---", "+++")):
            sides[line[0]].append(line[1:].strip())
    return Change(function_of(mutant), " ".join(sides["-"]), " ".join(sides["+"]))


def reviewed(document: object) -> dict[Change, str]:
    """The entries of `survivors.yaml` with their reasons; raises `ValueError` for one without."""
    known: dict[Change, str] = {}
    assert isinstance(document, dict)
    for function, entries in document.items():
        for entry in entries:
            if not entry.get("because", "").strip():
                raise ValueError(f"{function}: {entry.get('was')!r} has no reason")
            known[Change(function, entry["was"], entry["now"])] = entry["because"]
    return known


def report(statuses: Mapping[str, str], changes: Mapping[str, Change], known: Iterable[Change]) -> Report:
    """The report on mutants by name; `changes` has those that survived."""
    known = set(known)
    alike = {mutant for mutant, change in changes.items() if change in known}
    unknown = [mutant for mutant in changes if mutant not in alike]
    checked = {mutant: status for mutant, status in statuses.items() if status != NOT_RUN}
    lines = [_score(module, checked, alike) for module in sorted({_module(mutant) for mutant in checked})]
    gone = [change for change in sorted(known) if change.function in _settled(statuses)]
    gone = [change for change in gone if change not in changes.values()]
    lines += [f"killed by now, or changed; take it off {LIST.name}: {_told(change)}" for change in gone]
    lines += [f"survived: {mutant}: {_told(changes[mutant])}" for mutant in unknown]
    if unknown:
        lines.append(
            f"{len(unknown)} survived that are not on {LIST.name}: kill each by a test, or give the reason there"
        )
    return Report(lines, good=bool(checked) and not unknown)


def _settled(statuses: Mapping[str, str]) -> set[str]:
    """The functions all of whose mutants were run to an end: a busy machine may stop one that changes nothing."""
    open_still = {
        function_of(mutant) for mutant, status in statuses.items() if status in {NOT_RUN, "timeout"}
    }
    return {function_of(mutant) for mutant in statuses} - open_still


def _module(mutant: str) -> str:
    return mutant.partition(".x")[0]


def _score(module: str, checked: Mapping[str, str], alike: Iterable[str]) -> str:
    mutants = {mutant for mutant in checked if _module(mutant) == module}
    killed = Counter(checked[mutant] in KILLED for mutant in mutants)[True]
    same = len(mutants & set(alike))
    score = 100 * killed / (len(mutants) - same) if len(mutants) > same else 100
    return f"{module:<28} {score:5.1f} %  {killed} of {len(mutants)} killed, {same} change nothing"


def _told(change: Change) -> str:
    return f"{change.function}\n    - {change.was}\n    + {change.now}"


def _mutmut(*words: str) -> str:
    return subprocess.run([MUTMUT, *words], capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Prints the report; 1 if a survivor is not on the list or nothing was run."""
    matches = map(_RESULT.fullmatch, _mutmut("results", "--all", "True").splitlines())
    statuses = {match["name"]: match["status"] for match in matches if match}
    survived = [name for name, status in statuses.items() if status not in KILLED | {NOT_RUN}]
    changes = {name: change_of(name, _mutmut("show", name)) for name in survived}
    told = report(statuses, changes, reviewed(yaml.safe_load(LIST.read_text(encoding="utf-8"))))
    print("\n".join(told.lines))
    return 0 if told.good else 1


if __name__ == "__main__":
    sys.exit(main())
