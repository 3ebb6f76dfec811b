"""Rows of notifications: keys that name what they are about, values that read back."""

from __future__ import annotations

from monitor.notice_rows import (
    ChannelRow,
    MuteRow,
    Notice,
    Standing,
    channel_key,
    channel_of,
    mute_key,
    mute_of,
    notice_key,
    notice_of,
    pack,
    unpack,
)


def test_a_key_names_what_its_row_is_about_and_nothing_else() -> None:
    key = notice_key("slack:desk", "INC|1:resolution:1")
    assert notice_of(key) == ("slack:desk", "INC|1:resolution:1")
    assert channel_of(channel_key("slack:desk")) == "slack:desk"
    assert mute_of(mute_key("a|b")) == "a|b"
    assert (channel_of(key), mute_of(key), notice_of(channel_key("a"))) == (None, None, None)


def test_rows_read_back_as_they_were_written() -> None:
    notice = Notice(
        2, 1, 3, opens=True, priority="P1", alert=b"{}", due=5, held_until=7, digest=9, failures=2
    )
    standing = Standing("a", "t", "c", "resolution", revision=2, open=True, told=3, waiting=[notice])
    assert unpack(Standing, b"k", pack(standing)) == standing
    assert unpack(ChannelRow, b"k", pack(ChannelRow(1, 2, 3, 4, 5, 6))) == ChannelRow(1, 2, 3, 4, 5, 6)
    mute = MuteRow(5, "ann", "acme", None, "resolution")
    assert unpack(MuteRow, b"k", pack(mute)) == mute
