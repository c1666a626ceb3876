"""Text on a narrow terminal: words stay whole, tables stay tables, a command can be copied."""

import pytest

from breiqctl.views.wrap import wrapped


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_word_is_split_or_lost(width: int) -> None:
    text = "failover   to us-west-2: NOT POSSIBLE: the writer lease is taken, by operation op-20261201-d77a"
    lines = wrapped(text, width).splitlines()
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    assert all(word in text.split() for line in lines for word in line.split())
    assert all(line.startswith(" " * 11) for line in lines[1:])


def test_a_line_that_fits_and_a_row_of_a_table_stay() -> None:
    row = "us-east-1   primary   7 of 7 healthy, 7 tasks   1 running   available, primary"
    assert wrapped(row, 40) == row
    assert wrapped("short  line\n\n  indented", 20) == "short  line\n\n  indented"


def test_a_command_is_continued_so_that_a_shell_takes_it() -> None:
    command = "breiqctl failover --to us-west-2 --accept-data-loss 300 --lag-unknown-accepted"
    lines = wrapped(f"  next: {command}", 60).splitlines()
    assert len(lines) == 2 and lines[0].endswith(" \\")
    assert all(len(line) <= 60 for line in lines)
    assert " ".join(lines).replace("\\", "").split() == ["next:", *command.split()]


def test_a_sentence_about_a_command_is_no_command() -> None:
    text = "  next: breiqctl operation resume op-1; if that does not work, breiqctl operation unlock op-1"
    assert "\\" not in wrapped(text, 40)
