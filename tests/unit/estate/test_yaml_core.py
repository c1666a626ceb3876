"""Scalars are YAML 1.2's; what the two versions read differently is refused; aliases, merges and lines."""

import math
from pathlib import Path
from typing import Any

import pytest

from estate.config import ConfigError
from estate.yaml_file import NODES_MAX, read_document, read_yaml


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    return read_yaml(path, "x.yaml")


def refusal(tmp_path: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return caught.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("1:30", "1:30"),
        ("01:00-02:00", "01:00-02:00"),
        ("190:20:30", "190:20:30"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("2026-11-30", "2026-11-30"),
        ("2026-13-45", "2026-13-45"),
        ("=", "="),
        ("'035'", "035"),
        ('"0x1F42"', "0x1F42"),
        ("!!str 035", "035"),
        ("!!str true", "true"),
        ("!!int 12", 12),
        ("!!float 3", 3.0),
        ("&anchored 12", 12),
        ("|-\n  12", "12"),
    ],
)
def test_scalars_are_those_of_the_core_schema(tmp_path: Path, written: str, value: Any) -> None:
    found = read(tmp_path, f"a: {written}\n")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "readings"),
    [
        ("035", ("35 in YAML 1.2", "29 in YAML 1.1")),
        ("-010", ("-10 in YAML 1.2", "-8 in YAML 1.1")),
        ("089", ("89 in YAML 1.2", "text in YAML 1.1")),
        ("0x1F42", ("8002 in YAML 1.2",)),
        ("0o17", ("15 in YAML 1.2", "text in YAML 1.1")),
        ("0b11", ("text in YAML 1.2", "3 in YAML 1.1")),
        ("012345678901", ("12345678901 in YAML 1.2",)),
    ],
)
def test_a_number_that_is_not_plainly_decimal_is_refused_with_both_readings(
    tmp_path: Path, written: str, readings: tuple[str, ...]
) -> None:
    found = refusal(tmp_path, f"a: 1\nb:\n  c: [1, {written}]\n")
    assert (found.line, found.key) == (3, "b.c[1]")
    assert all(each in found.problem for each in readings)
    assert "in quotes" in found.remedy


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, ""),
        ("x:\n  a: 1\n  a: 2\n", 3, "x"),
        ("x: {<<: {a: 1}, <<: {b: 1}}\n", 1, "x"),
        ("x: {a: 1, 'a': 2}\n", 1, "x"),
        ("x:\n  1: y\n", 2, "x"),
        ("x:\n  true: y\n", 2, "x"),
        ("x:\n  <<: 3\n", 2, "x"),
        ("x: &x\n  y: *x\n", 1, "x"),
        ("x: &x\n  <<: *x\n", 1, "x"),
        ("x: !!set {a}\n", 1, "x"),
        ("x: !!int abc\n", 1, "x"),
        ("x: !!binary aGk=\n", 1, "x"),
    ],
)
def test_what_can_be_misread_is_refused_by_line_and_key(tmp_path: Path, text: str, line: int, key: str) -> None:
    found = refusal(tmp_path, text)
    assert (found.line, found.key) == (line, key)


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "a:\n\t- 1\n", "a: *nobody\n", "%YAML 3.0\n---\na: 1\n"])
def test_what_is_no_yaml_is_told_by_its_line(tmp_path: Path, text: str) -> None:
    found = refusal(tmp_path, text)
    assert "it is no YAML" in found.problem
    assert "unicode string" not in found.problem
    assert found.line is not None


def test_a_merged_mapping_that_an_alias_names_again_is_read_as_it_stands(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, y: 3}\nc: *b\nd: {<<: [*b, *a], z: 4}\ne: {<<: *b, y: 5}\n"
    assert read(tmp_path, text) == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1, "y": 3},
        "d": {"x": 1, "y": 3, "z": 4},
        "e": {"x": 1, "y": 5},
    }


@pytest.mark.parametrize("form", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_of_aliases_end(tmp_path: Path, form: str) -> None:
    lines = ["a0: &a0 " + ("[1]" if form[0] == "[" else "{k: 1}")]
    lines += [f"a{n}: &a{n} " + form.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 40)]
    if form[0] == "{":
        assert read(tmp_path, "\n".join(lines))["a39"] == {"k": 1}
        return
    assert str(NODES_MAX) in refusal(tmp_path, "\n".join(lines)).problem


def test_a_document_knows_the_line_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: &a\n  b: 1\nc:\n  <<: *a\n  d:\n    - 1\n    - {e: 2}\nf.g: 3\n")
    line_of = read_document(path, "x.yaml").line_of
    found = {key: line_of(key) for key in ("a.b", "c.b", "c.d[1].e", "c.d[9]", "c.none", "f.g", "")}
    assert found == {"a.b": 2, "c.b": 2, "c.d[1].e": 7, "c.d[9]": 5, "c.none": 3, "f.g": 8, "": 1}


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffa: 1\n") == {"a": 1}
