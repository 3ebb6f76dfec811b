"""Event files in, result files out."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.cli.files import STDIN, FileError, lines_of, total_size, write_all


def test_lines_come_without_their_ends(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"a":1}\r\n\n{"b":2}\n{"c":3}')
    assert list(lines_of([file])) == [b'{"a":1}', b"", b'{"b":2}', b'{"c":3}']


def test_gzip_is_recognised_by_its_content_and_files_keep_their_order(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "b.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(b"first\n")
    zipped.write_bytes(gzip.compress(b"second\nthird\n"))
    assert list(lines_of([plain, zipped])) == [b"first", b"second", b"third"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_byte_order_mark_at_the_start_of_each_file_is_no_part_of_a_line(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    marked, plain, empty = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "c.jsonl"
    marked.write_bytes(
        pack(b'\xef\xbb\xbf{"a":1}\r\n\xef\xbb\xbf{"b":2}\r\n')
    )  # a mark further on is content
    plain.write_bytes(pack(b'{"c":3}\n'))
    empty.write_bytes(pack(b"\xef\xbb\xbf"))
    files = [marked, plain, empty, marked]
    amounts: list[int] = []
    read = [b'{"a":1}', b'\xef\xbb\xbf{"b":2}']
    assert list(lines_of(files, amounts.append)) == [*read, b'{"c":3}', b"", *read]
    assert sum(amounts) == total_size(files)


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_a_file_of_utf_16_is_told_once_instead_of_a_dead_letter_a_line(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes('\ufeff{"a":1}\n{"a":2}\n'.encode(mark))
    with pytest.raises(FileError, match=r"events\.jsonl: is UTF-16, .*iconv -f UTF-16 -t UTF-8"):
        list(lines_of([file]))


def test_standard_input_of_utf_16_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO('{"a":1}'.encode("utf-16"))))
    with pytest.raises(FileError, match=r"^standard input: is UTF-16"):
        list(lines_of([STDIN]))


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.touch()
    assert list(lines_of([file])) == []


def test_progress_adds_up_to_the_size_on_disk(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"".join(b'{"number":%d}\n' % number for number in range(5000))))
    amounts: list[int] = []
    assert sum(1 for _ in lines_of([file, file], amounts.append)) == 10_000
    assert sum(amounts) == total_size([file, file]) == 2 * file.stat().st_size


def test_a_dash_is_standard_input_of_unknown_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    assert total_size([STDIN]) is None
    assert list(lines_of([STDIN])) == [b"one", b"two"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(FileError, match=r"missing\.jsonl: No such file"):
        total_size([missing])
    with pytest.raises(FileError, match=r"missing\.jsonl: No such file"):
        list(lines_of([missing]))


def test_a_truncated_gzip_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl.gz"
    file.write_bytes(gzip.compress(b"line\n" * 1000)[:-12])
    with pytest.raises(FileError, match=r"cut\.jsonl\.gz: "):
        list(lines_of([file]))


def test_files_are_written_into_a_new_folder_and_nothing_else_stays(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    write_all(out, {"a.jsonl": [b"1\n", b"2\n"], "b.json": [b"{}\n"]})
    assert sorted(path.name for path in out.iterdir()) == ["a.jsonl", "b.json"]
    assert (out / "a.jsonl").read_bytes() == b"1\n2\n"


def test_a_run_that_fails_leaves_the_former_files(tmp_path: Path) -> None:
    write_all(tmp_path, {"a.jsonl": [b"former\n"]})

    def broken() -> Iterator[bytes]:
        yield b"new\n"
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match="No space left"):
        write_all(tmp_path, {"a.jsonl": [b"new\n"], "b.jsonl": broken()})
    assert (tmp_path / "a.jsonl").read_bytes() == b"former\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="file"):
        write_all(tmp_path / "file" / "out", {"a": [b""]})
