"""The checkpoint row of a partition: where its state stands, written with every step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from monitor.errors import PolicyError, StateUnreadable
from monitor.policies import ALWAYS
from schemas.instants import Micros

CHECKPOINT_KEY: Final = b"\x00checkpoint"
CHECKPOINT_FORMAT: Final = 1


Reign = tuple[str, Micros]
"""A policy version and from when on it holds: the same text may come back later."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a partition's state stands; `next_offset` -1 when there is no state yet.

    `reigns` are the versions that have begun and that every ticket has followed, each with its start. `turned` is the
    latest turn of the policies that every open ticket has followed, `heard` the latest event of each
    source that may be missed (S39).
    """

    next_offset: int
    watermark: Micros
    reigns: tuple[Reign, ...]
    turned: Micros = ALWAYS
    heard: Mapping[str, Micros] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The row's value."""
        content: dict[str, Any] = {
            "format": CHECKPOINT_FORMAT,
            "next_offset": self.next_offset,
            "watermark": self.watermark,
            "policy_versions": [version for version, _ in self.reigns],
            "policy_starts": [starts for _, starts in self.reigns],
            "turned": self.turned,
        }
        if self.heard:
            content["heard"] = dict(sorted(self.heard.items()))
        return orjson.dumps(content)


def decode_checkpoint(row: bytes, partition: int) -> Checkpoint:
    """The checkpoint in a row's value; raises `StateUnreadable` for another format."""
    saved = orjson.loads(row)
    if saved.get("format") != CHECKPOINT_FORMAT:
        raise StateUnreadable(
            f"the checkpoint of partition {partition} has format {saved.get('format')}, this version "
            f"reads {CHECKPOINT_FORMAT}: run the release that wrote it"
        )
    return Checkpoint(
        saved["next_offset"],
        saved["watermark"],
        _reigns(saved),
        saved.get("turned", ALWAYS),  # left out before versions were followed at their instant
        saved.get("heard", {}),
    )


def _reigns(saved: dict[str, Any]) -> tuple[Reign, ...]:
    versions = saved["policy_versions"]
    # Left out before versions were followed at their instant.
    return tuple(zip(versions, saved.get("policy_starts", [ALWAYS] * len(versions)), strict=True))


def check_policies(partition: int, cited: Iterable[str], known: Iterable[str]) -> None:
    """Raises `PolicyError` when a version that judged is not at hand."""
    missing = sorted(set(cited) - set(known))
    if missing:
        raise PolicyError(
            f"the state of partition {partition} was judged by policy version {', '.join(missing)}, which "
            "was not given: pass its file as well (--policy OLD --policy NEW) and let the newer one begin later "
            "by its `effective`"
        )
