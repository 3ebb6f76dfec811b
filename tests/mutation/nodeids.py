"""A pytest plugin for `make mutate`: mutmut 3.7 reads a private name that pytest 9.2 has no more.

Version 3.8 does without it, but asks for a `click` that Faust excludes. Goes when the two agree.
"""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each test the private name for its public `nodeid`."""
    for item in items:
        item.__dict__["_nodeid"] = item.nodeid
