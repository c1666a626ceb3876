"""The smoke test: whom it asks."""

import pytest

from app.settings import read_smoke_settings
from app.smoke import asked_headers, asked_paths

GIVEN = {"SMOKE_URL": "https://lb.test/", "SMOKE_HOST": "site.test", "ORIGIN_SECRET": "o", "PREVIEW_HEADER": "p"}


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({}, {"host": "site.test", "x-origin-secret": "o", "x-preview": "p"}),
        ({"SMOKE_COLOUR": "live"}, {"host": "site.test", "x-origin-secret": "o"}),
    ],
)
def test_it_asks_the_idle_colour_unless_told_to_ask_the_one_that_serves(
    given: dict[str, str], headers: dict[str, str]
) -> None:
    assert asked_headers(read_smoke_settings({**GIVEN, **given})) == headers


def test_each_service_is_asked_and_the_database_through_the_list() -> None:
    settings = read_smoke_settings({**GIVEN, "SMOKE_COLOURS": "auth=green,video=blue"})
    assert [service for _, service in asked_paths(settings)] == ["auth", "video", "video"]
