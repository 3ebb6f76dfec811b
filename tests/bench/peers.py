"""The peers: other stream processors on the same job, run by their own scripts as they are.

`SLA_PEERS` names their folder, or `../shared/peers` beside the checkout. A peer that cannot run is told of and left
out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from tests.bench.desk import REPOSITORY, UCI, data
from tests.bench.report import say

_LIMIT: Final = 420  # seconds; the peers' own limit is 240 after the start


def folder() -> Path | None:
    """Where the peers are; None when they are not there."""
    given = os.environ.get("SLA_PEERS")
    path = Path(given) if given else REPOSITORY.parent / "shared" / "peers"
    return path if (path / "run.py").exists() else None


def run(peer: str, address: str, topic: str, copies: int, work: Path) -> Mapping[str, Any] | None:
    """Runs a peer once over a loaded topic; what it reports, None (and a line that says why) when it fails."""
    scripts = folder()
    if scripts is None:
        say(f"{peer}: left out, no peers in SLA_PEERS or ../shared/peers")
        return None
    environment = {
        **os.environ,
        "BOOTSTRAP": address,
        "EVENTS": str(data() / UCI / "events.jsonl.gz"),
        "WORK": str(work),
        "KAFKA_LIBS": os.environ.get("SLA_KAFKA_LIBS", str(REPOSITORY / ".cache" / "kafka-4.3.0" / "libs")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, str(scripts / "run.py"), peer, "--topic", topic, "--copies", str(copies)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        say(f"{peer}: left out, it did not end within {_LIMIT} s")
        return None
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        say(f"{peer}: left out, it failed: {(done.stderr or done.stdout)[-300:]}")
        return None
    found: Mapping[str, Any] = orjson.loads(lines[-1])
    if not found["correct"]:
        say(f"{peer}: its results were wrong or incomplete: {found.get('note', 'no note')}")
        return None
    return found
