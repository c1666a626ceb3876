"""What every component does, whichever it is; and that each one is tested here."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pulumi
import pytest

import components
from components.data.bucket import Bucket, BucketArgs
from components.options import child
from provisioner.schema import problems
from tests.unit.components.kit import EAST, SPECIMENS, WEST, Built, Cloud, build

FOLDER = Path(__file__).parent
MODULES = [
    module.name.removeprefix("components.")
    for module in pkgutil.walk_packages(components.__path__, "components.")
    if not module.ispkg
]
TESTS = sorted(path for path in FOLDER.glob("test_*.py") if path != Path(__file__))


def classes_of(module: str) -> list[type[pulumi.ComponentResource]]:
    """Return the components that a module of `components` defines."""
    found = importlib.import_module(f"components.{module}")
    members = [one for _, one in inspect.getmembers(found, inspect.isclass) if one.__module__ == found.__name__]
    return [one for one in members if issubclass(one, pulumi.ComponentResource)]


COMPONENTS = [one for module in MODULES for one in classes_of(module)]
for test in TESTS:
    importlib.import_module(f"tests.unit.components.{test.stem}")


Component = type[pulumi.ComponentResource]


@pytest.fixture(scope="module", params=COMPONENTS, ids=lambda one: one.__name__)
def component(request: pytest.FixtureRequest) -> Component:
    found: Component = request.param
    return found


@pytest.fixture(scope="module")
def made(component: Component) -> Built:
    return build(SPECIMENS[component])


def test_each_component_has_a_specimen() -> None:
    assert [one.__name__ for one in COMPONENTS if one not in SPECIMENS] == []


def test_each_module_of_components_is_looked_at_by_a_test() -> None:
    imported = set()
    for path in (*TESTS, Path(__file__)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                module = (node.module or "").removeprefix("components").removeprefix(".")
                imported |= {module, *(f"{module}.{name.name}".removeprefix(".") for name in node.names)}
    assert set(MODULES) - imported == set()


def test_its_type_is_named_as_its_class(component: Component, made: Built) -> None:
    assert made.component.type == f"breiq:estate:{component.__name__}"


def test_all_it_declares_is_below_it_with_a_provider_of_its_own(made: Built) -> None:
    assert made.children and not made.stray
    assert [str(one) for one in made.children if one.custom and one.region not in (EAST, WEST)] == []


def test_all_inputs_are_those_of_the_schema(made: Built) -> None:
    assert [f"{one}: {wrong}" for one in made.children for wrong in problems(one.type, one.inputs)] == []


def test_it_says_when_it_is_complete(made: Built) -> None:
    assert made.registered_outputs is not None
    assert {name: made.gives[name] for name in made.registered_outputs} == made.registered_outputs


def test_it_may_be_moved_below_another_and_renamed(component: Component, made: Built) -> None:
    def moved(cloud: Cloud) -> pulumi.ComponentResource:
        above = Bucket("above", BucketArgs("above", None, cloud.east))
        return SPECIMENS[component](cloud, pulumi.ResourceOptions(parent=above, aliases=[pulumi.Alias(name="before")]))

    there = build(moved)
    assert (there.component.parent, there.component.aliases) == ("above", ("before",))
    assert there.tree() == made.tree()


def test_a_childs_options_are_those_that_were_said() -> None:
    def one(cloud: Cloud) -> Bucket:
        parent = Bucket("clips", BucketArgs("clips", None, cloud.east))
        options = child(parent, cloud.west)
        assert (options.parent, options.provider) == (parent, cloud.west)
        assert (options.protect, options.ignore_changes, options.depends_on) == (None, None, None)
        options = child(parent, cloud.west, protect=True, ignore_changes=("a",), depends_on=(parent,))
        assert (options.protect, options.ignore_changes, options.depends_on) == (True, ["a"], [parent])
        return parent

    assert build(one).component.name == "clips"
