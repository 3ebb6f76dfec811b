"""A pytest plugin for `make mutate`: an example that fails is enough, nobody waits for the smallest one.

Without it a killed mutant may run on until its time is over, while Hypothesis looks for a smaller example.
"""

from __future__ import annotations

from hypothesis import Phase, settings


def pytest_configure() -> None:
    """Takes the phase of shrinking out of the profile that `tests/conftest.py` has loaded by now."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("unshrunk", parent=settings.get_profile("unhurried"), phases=phases)
    settings.load_profile("unshrunk")
