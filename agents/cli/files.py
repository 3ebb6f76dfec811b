"""Reading event files line by line (plain, gzip or standard input) and writing files whole or not at all."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from monitor.errors import SlaMonitorError

STDIN: Final = Path("-")
_GZIP_MAGIC: Final = b"\x1f\x8b"
_REPORT_EVERY: Final = 512  # lines between two reports of progress
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileError(SlaMonitorError):
    """An input that cannot be read, or an output that cannot be written; names the path."""


def total_size(paths: Sequence[Path]) -> int | None:
    """The bytes on disk of all files, None when standard input is among them; a missing file raises."""
    if STDIN in paths:
        return None
    try:
        return sum(path.stat().st_size for path in paths)
    except OSError as error:
        raise _unreadable(error) from None


def lines_of(paths: Iterable[Path], advance: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
    """The lines of all files in order, without their line ends; blank ones too, for lines are counted.

    The byte order mark that some programs put before UTF-8 is no part of a file's first line. Raises `FileError` for
    a file that cannot be read, and for one of UTF-16, in which no line would be an event.

    `advance` is told the bytes read from disk since the last call, compressed ones for gzip, so that they add
    up to `total_size`.
    """
    for path in paths:
        try:
            with sys.stdin.buffer if path == STDIN else path.open("rb") as raw:
                lines = _lines(raw, advance)
                for first in lines:
                    yield _without_mark(first, path)
                    yield from lines
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise _unreadable(error, path) from None


@dataclass(slots=True)
class NumberedFiles:
    """Files read as one, that can tell a line's own file and number afterwards."""

    paths: Sequence[Path]
    begins: list[int] = field(default_factory=list)

    def lines(self, advance: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """The lines of all files in order."""
        total = 0
        for path in self.paths:
            self.begins.append(total)
            for line in lines_of([path], advance):
                total += 1
                yield line

    def place(self, index: int) -> str:
        """`file:line`, the line counted from 1, of the line with this index from 0 among all that were read."""
        number = bisect_right(self.begins, index) - 1
        return f"{self.paths[number]}:{index - self.begins[number] + 1}"


def write_all(folder: Path, contents: Mapping[str, Iterable[bytes]]) -> None:
    """Write the named files into a folder, which is made when missing.

    Each is written beside its place first and they are renamed together at the end, so that a reader never
    sees half a file and an interrupted run leaves the former ones.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, chunks in contents.items():
            temporary = folder / f".{name}.{os.getpid()}"
            ready.append((temporary, folder / name))
            _write(temporary, chunks)
        for temporary, place in ready:
            temporary.replace(place)
    except OSError as error:
        raise _unreadable(error) from None
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _lines(raw: BinaryIO, advance: Callable[[int], None]) -> Iterator[bytes]:
    counted = _Counted(raw)
    buffered = io.BufferedReader(counted, 1 << 17)
    zipped = buffered.peek(2)[:2] == _GZIP_MAGIC
    told = 0
    for number, line in enumerate(gzip.GzipFile(fileobj=buffered) if zipped else buffered):
        yield line.rstrip(b"\r\n")
        if number % _REPORT_EVERY == 0:
            advance(counted.read_bytes - told)
            told = counted.read_bytes
    advance(counted.read_bytes - told)


def _without_mark(first: bytes, path: Path) -> bytes:
    """The first line of a file without its byte order mark."""
    if first.startswith(_UTF_16):
        name = "standard input" if path == STDIN else path
        raise FileError(f"{name}: is UTF-16, events are read as UTF-8: convert it (iconv -f UTF-16 -t UTF-8)")
    return first.removeprefix(codecs.BOM_UTF8)


class _Counted(io.RawIOBase):
    """Bytes that pass from a stream, counted; works where `tell` does not, as on a pipe."""

    def __init__(self, inner: BinaryIO) -> None:
        self.inner = inner
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.inner.read(len(buffer))
        buffer[: len(data)] = data
        self.read_bytes += len(data)
        return len(data)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


def _unreadable(error: BaseException, path: Path | None = None) -> FileError:
    if isinstance(error, OSError) and error.strerror:
        return FileError(f"{error.filename or path}: {error.strerror}")
    return FileError(f"{path}: {error}")
