"""docs/cli.md is what the commands, the documents and the error codes are; documents are as they are described."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from breiqctl.cli import cli
from breiqctl.reference.commands import COMMON, WRITING, Described, described
from breiqctl.reference.documents import KINDS, read_documents, undescribed
from breiqctl.reference.error_codes import error_codes
from breiqctl.reference.page import PAGE, reference
from estate.errors import BreiqError
from estate.files import ROOT
from operations.dryrun import describe_plan
from operations.step import Checked, PointOfNoReturn, Refusal, Step

COMMANDS = described(cli)
NOT_PRINTED = {"breiq.journal/1"}
"""Documents that are kept in a file or a bucket, and that no command prints."""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run `make docs`"


@pytest.mark.parametrize("one", COMMANDS, ids=lambda one: one.name)
def test_each_option_of_the_help_is_on_the_page(one: Described) -> None:
    """The help is what a person sees: the page must not know less."""
    shown = CliRunner().invoke(cli, [*one.words, "--help"]).output
    [section] = re.findall(
        rf"^### breiqctl {re.escape(one.name)}\n(.*?)(?=^##)", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    common = {name for parameter in one.command.params if parameter.name in COMMON + WRITING for name in parameter.opts}
    options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", shown, re.MULTILINE)) - common - {"--help"}
    assert {option for option in options if option not in section} == set()


def test_each_command_that_answers_in_json_names_its_documents() -> None:
    printed = {command for document in read_documents().values() for command in document.commands}
    assert {one.name for one in COMMANDS if one.has("json")} == printed


def test_every_leaf_of_the_tree_is_described() -> None:
    def leaves(group: click.Group, words: tuple[str, ...]) -> Iterator[str]:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from leaves(command, (*words, name))
            else:
                yield " ".join((*words, name))

    assert set(leaves(cli, ())) <= {one.name for one in COMMANDS}


def literal_documents() -> Iterator[tuple[str, set[str], bool, Path]]:
    """Yield each document that the code writes as a dictionary: name, keys, whether those are all, file."""
    for package in ("estate", "operations", "review", "releases", "dr", "stackops", "breiqctl"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Dict):
                    continue
                given = {
                    key.value: value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                schema = given.get("schema")
                if isinstance(schema, ast.Constant) and str(schema.value).startswith("breiq."):
                    yield str(schema.value), {*given} - {"schema"}, None not in node.keys, path


def test_each_document_of_the_code_is_described() -> None:
    found = {name for name, *_ in literal_documents()} | {"breiq.deploy/1", "breiq.rollback/1", "breiq.estate-up/1"}
    assert found - NOT_PRINTED == set(read_documents())


def test_each_key_of_the_code_is_described() -> None:
    for name, keys, _, path in literal_documents():
        if name not in NOT_PRINTED:
            described_keys = {re.split(r"[.\[]", field.path)[0] for field in read_documents()[name].fields}
            assert keys - described_keys == set(), f"{name} in {path.relative_to(ROOT)}"


def test_each_field_has_a_type_and_a_meaning() -> None:
    for document in read_documents().values():
        assert document.about.endswith((".", ")")), document.name
        for field in document.fields:
            assert field.kind.rstrip("?") in KINDS and field.meaning, f"{document.name}: {field.path}"


def test_a_document_that_is_not_as_described_is_found() -> None:
    error = BreiqError("code", "refused", "what happened").document()
    assert undescribed(error) == []
    assert undescribed({**error, "more": 1}) == ["breiq.error/1: more is not described"]
    assert undescribed({**error, "retryable": 1}) == ["breiq.error/1: retryable is int, described as flag"]
    assert undescribed({**error, "cause": None, "remedy": "x"}) == []
    assert undescribed({**error, "code": None}) == ["breiq.error/1: code is NoneType, described as text"]
    assert undescribed({"schema": "breiq.nothing/1"}) == ["no document 'breiq.nothing/1' is described"]


def test_parts_of_lists_and_of_names_are_looked_at() -> None:
    steps = [
        Step(name="one", summary="s", calls=("ecs:UpdateService@us-west-2",)),
        Step(name="two", summary="s", undo=PointOfNoReturn("why")),
    ]
    document = describe_plan("deploy", steps, [Checked("gate", Refusal("code", "reason", "remedy"))])
    assert undescribed(document) == []
    document["steps"][1]["new"] = 1
    assert undescribed(document) == ["breiq.steps/1: steps[].new is not described"]
    release = {"schema": "breiq.release_state/1", "primary": "a", "regions": {"a": {"video": {"live": 1}}}}
    assert undescribed(release) == ["breiq.release_state/1: regions.*.*.live is int, described as text?"]


def test_error_codes_are_read_from_the_code() -> None:
    codes = {one.code: one for one in error_codes()}
    assert codes["too_much_loss"].exits == (3,)
    assert codes["credentials_expired"].exits == (3,)
    assert codes["step_broke"].exits == (1,)
    assert codes["stack_locked"].exits == (3,)
    assert "…" in codes["unknown_operation"].message
    assert len(codes) > 150
