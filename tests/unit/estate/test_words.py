"""A name that does not exist: what was probably meant, and the rest in short."""

import pytest

from estate.words import known_names


@pytest.mark.parametrize(
    ("given", "names", "said"),
    [
        ("us-west2", ["us-east-1", "us-west-2"], "did you mean us-west-2? one of: us-east-1, us-west-2"),
        ("mars", ["us-east-1"], "one of: us-east-1"),
        ("a", [], "one of: there is none"),
    ],
)
def test_the_near_one_comes_first(given: str, names: list[str], said: str) -> None:
    assert known_names(given, names) == said


def test_many_names_are_counted() -> None:
    said = known_names("x", [f"name{number}" for number in range(20)], listing="breiqctl local logs")
    assert said.endswith("name7, and 12 more (breiqctl local logs lists them)")
