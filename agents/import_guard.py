"""Refuses to start beside another project that installs a package called `monitor`, `agents` or `schemas`.

pip installs such a pair without a word, their folders merge file by file, and the program then runs on
modules of the other one. In an editable installation and in a checkout the names belong to nobody: fine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from typing import Final

from monitor.errors import SlaMonitorError

DISTRIBUTION: Final = "sla-monitor"
IMPORT_NAMES: Final = ("monitor", "agents", "schemas")


class ImportNameTaken(SlaMonitorError):
    """Another distribution owns one of our import names: whoever installs must separate the two."""


def check_import_names(owners: Mapping[str, list[str]] | None = None) -> None:
    """Raise `ImportNameTaken` when a distribution other than ours owns one of our import names.

    `owners` is the answer of `importlib.metadata.packages_distributions` (asked if None; some 50 ms).
    """
    owners = packages_distributions() if owners is None else owners
    taken = {
        name: others
        for name in IMPORT_NAMES
        if (others := sorted({other for other in owners.get(name, []) if not _is_ours(other)}))
    }
    if not taken:
        return
    claims = "; ".join(f"`{name}` also belongs to {' and '.join(others)}" for name, others in taken.items())
    raise ImportNameTaken(
        f"This Python environment is shared with a project that uses our import names: {claims}. "
        f"Either could load the other's code. Install {DISTRIBUTION} in an environment of its own, "
        f"for example with `pipx install {DISTRIBUTION}` or from its container image."
    )


def _is_ours(distribution: str) -> bool:
    return re.sub(r"[-_.]+", "-", distribution).lower() == DISTRIBUTION
