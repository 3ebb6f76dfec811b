"""Histograms of durations in fixed, log-spaced buckets: mergeable, subtractable, in whole numbers.

A bucket is 5 % wide, so the value shown for it is at most (1.05 - 1) / (1.05 + 1) = 2.44 % off, within the
2.5 % of S51. The bound and the choice of value (the harmonic mean of the ends) are those of DDSketch: Masson,
Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", PVLDB 12
(2019). The library of that name (3.0.1) was tried first: it refuses negative weights, so a correction could
not be taken back, counts in floats and places values by a floating-point logarithm. Here the ends come from
an integer recurrence and a value is placed by bisection, so every machine gives the same buckets.

Bucket 0 holds what took no time. Bucket k above it holds the durations in (end[k-1], end[k]] microseconds,
with end[0] = 0 and end[k] = max(end[k-1] + 1, end[k-1] * 21 // 20); it is exact below 41 µs, and one second
falls into bucket 253. A histogram is a `dict` from bucket to count in which nothing is zero.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, TypeVar

from schemas.instants import Micros, as_seconds

Histogram = dict[int, int]
_Key = TypeVar("_Key", int, str)

# What S51 wants stated beside every quantile.
MAX_RELATIVE_ERROR: Final = 0.025


def _ends() -> list[Micros]:
    """The upper ends up to the largest duration that fits 62 bits: no duration of a ticket is beyond."""
    ends = [0]
    while ends[-1] < 1 << 62:
        ends.append(max(ends[-1] + 1, ends[-1] * 21 // 20))
    return ends


_ENDS: Final = _ends()


def bucket_of(duration: Micros) -> int:
    """The number of the bucket a duration falls into; a negative one counts as none."""
    return bisect_left(_ENDS, duration)


def representative(bucket: int) -> Micros:
    """The value that stands for a bucket: within 2.5 % of everything in it, and exact for bucket 0."""
    if bucket == 0:
        return 0
    low, high = _ENDS[bucket - 1] + 1, _ENDS[bucket]
    return (2 * low * high + (low + high) // 2) // (low + high)


def merge(into: dict[_Key, int], other: Mapping[_Key, int], sign: int = 1) -> None:
    """Add another histogram (or any counts) to one in place, or take it away with `sign` -1; zeros leave."""
    for bucket, count in other.items():
        total = into.get(bucket, 0) + sign * count
        if total:
            into[bucket] = total
        else:
            into.pop(bucket, None)


def quantile(histogram: Mapping[int, int], share: float) -> int | float | None:
    """The nearest-rank quantile in seconds, at most 2.5 % off; None without data.

    `share` lies in (0, 1] and is taken to five digits, so that 0.9 of ten values is the ninth and no
    rounding of binary fractions makes it the tenth.
    """
    count = sum(histogram.values())
    if not count:
        return None
    rank = max(1, -(-round(share * 100_000) * count // 100_000))
    for bucket in sorted(histogram):
        rank -= histogram[bucket]
        if rank <= 0:
            return as_seconds(representative(bucket))
    raise ValueError(f"the share {share} is above 1")


def mean(total: Micros, count: int) -> int | float | None:
    """The mean in seconds, rounded to the microsecond, from an exact sum; None without data."""
    return as_seconds((total + count // 2) // count) if count else None
