"""Whatever a person makes of an environment's file: it is an Environment, or a ConfigError with file, line and key."""

import copy
import math
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estate import files, topology
from estate.config import ConfigError, Environment, parse_environment
from estate.config.warnings import warnings
from estate.yaml_file import parse_document

TEXTS = {name: (files.ENVIRONMENTS / f"{name}.yaml").read_text() for name in files.list_environments()}
DATA = {name: parse_document(text).data for name, text in TEXTS.items()}

Path = tuple[str | int, ...]


def paths(data: Any, above: Path = ()) -> list[Path]:
    """Return the path of every value."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [*([above] if above else []), *(path for key, each in inner for path in paths(each, (*above, key)))]


PATHS = {name: paths(data) for name, data in DATA.items()}

NEAR = st.sampled_from(
    [
        *("", "0", "true", "null", " ", "a" * 300, "-", "x--y", "ä", "10.0.0.0/8", "10.0.0.0/29", "10.0.1.0"),
        *("us-east-1", "us-east-1a", "us-east-9z", "cron(* * * * ? *)", "rate(1 minute)", "breiq_1", "db.r6g.xlarge"),
        *("/*", "/?*?*", "sun:23:00-mon:00:00", "00:00-00:30", "..", "a.b", "primary", "$[0]", "a[1]", "\n", "\x00"),
    ]
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from(
        [-1, 0, 1, 2, 3, 5, 7, 13, 16, 29, 35, 60, 255, 256, 512, 1024, 4096, 65_536, 2**31, 2**63, 10**30]
    ),
    st.floats(),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, NEAR, st.text(max_size=40))
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NEAR, inner, max_size=3)), max_leaves=4
)


def place_of(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An environment with one to three of its values replaced, removed, doubled, renamed or exchanged."""
    name = draw(st.sampled_from(sorted(DATA)))
    data = copy.deepcopy(DATA[name])
    for _ in range(draw(st.integers(1, 3))):
        *outer, last = draw(st.sampled_from(PATHS[name]))
        try:
            place = place_of(data, tuple(outer))
            kind = draw(st.sampled_from(["replace", "like", "remove", "rename", "double", "exchange"]))
            if kind == "replace":
                place[last] = draw(VALUES)
            elif kind == "like":
                place[last] = draw(like(place[last]))
            elif kind == "remove":
                del place[last]
            elif kind == "rename":
                place[draw(NEAR)] = place.pop(last)
            elif kind == "double":
                place.append(place[last])
            else:
                other = draw(st.sampled_from(PATHS[name]))
                place[last] = copy.deepcopy(place_of(data, other))
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change took the place away
    return data


def like(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same type: they come past the first look."""
    match value:
        case bool():
            return st.booleans()
        case int():
            return st.one_of(st.integers(0, 200_000), st.sampled_from([value - 1, value + 1, value * 2, value // 2]))
        case float():
            return st.floats(min_value=0)
        case str():
            return st.one_of(NEAR, st.text("abc019-./_:", max_size=20), st.just(value.upper()), st.just(value + "x"))
        case list():
            return st.lists(st.sampled_from([*value, "10.0.1.0/24", "us-east-1c"]), max_size=8)
        case _:
            return st.just(value)


def judged(data: Any, line_of: Any = lambda key: len(key) + 1) -> Environment | ConfigError:
    """Return what comes of the data; all else that is raised fails the test."""
    try:
        return parse_environment(data, file="x.yaml", line_of=line_of)
    except ConfigError as error:
        assert (error.file, error.line) == ("x.yaml", line_of(error.key))
        assert error.key or not isinstance(data, dict)
        assert error.problem
        assert error.remedy
        assert "\n" not in str(error)
        return error


def used(environment: Environment) -> None:
    """Do what a plan does first with an environment."""
    assert len(topology.stack_names(environment)) == 4
    assert environment.standby_region in environment.regions
    warnings(environment)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_a_mutated_environment_is_one_or_is_refused_by_key_and_line(data: Any) -> None:
    found = judged(data)
    if isinstance(found, Environment):
        used(found)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_it_is_the_same_when_it_comes_from_a_file(data: Any) -> None:
    try:
        text = yaml.safe_dump(data, allow_unicode=True)
        document = parse_document(text)
    except Exception:  # noqa: BLE001 - what cannot be written, or is read otherwise by YAML 1.1, is no file of this test
        return
    found = judged(document.data, document.line_of)
    if isinstance(found, ConfigError):
        assert found.line is not None
        assert 1 <= found.line <= len(text.splitlines())


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(TEXTS)), st.integers(0, 10_000), st.integers(0, 8), st.text(max_size=6))
def test_a_text_that_was_cut_or_typed_into_is_a_document_or_is_refused(
    name: str, start: int, cut: int, typed: str
) -> None:
    text = TEXTS[name]
    start %= len(text)
    path = files.ENVIRONMENTS / "typed.yaml"
    broken = text[:start] + typed + text[start + cut :]
    try:
        document = parse_text(broken, path.name)
    except ConfigError as error:
        assert error.line is None or error.line >= 1
        return
    judged(document.data, document.line_of) if isinstance(document.data, dict) else None


def parse_text(text: str, file: str) -> Any:
    """Return the document of a text as a file that holds it would give it."""
    import tempfile
    from pathlib import Path as FilePath

    from estate.yaml_file import read_document

    with tempfile.NamedTemporaryFile("wb", suffix=".yaml") as stream:
        stream.write(text.encode("utf-8", "surrogatepass"))
        stream.flush()
        return read_document(FilePath(stream.name), file)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_anything_in_place_of_a_whole_environment_is_refused(data: Any) -> None:
    found = judged(data)
    assert isinstance(found, ConfigError)


def test_numbers_that_are_none_are_no_environment() -> None:
    for wrong in (math.nan, math.inf, -math.inf):
        data = copy.deepcopy(DATA["local"])
        data["bake_s"] = wrong
        assert isinstance(judged(data), ConfigError)
