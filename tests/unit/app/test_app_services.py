"""One image, several services: each serves its own paths and is given what it needs, no more."""

import sys
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from app.api.application import service_routes
from app.api.health import health_routes
from app.services import HEALTH_PATHS, SERVICES, WORKERS, needs_of, parse_services
from app.settings import SettingsError, read_settings
from estate import files
from infra.tasks import PARTS, service_secrets, service_variables

LEAST = {"APP_ENVIRONMENT": "test", "AWS_REGION": "us-east-1", "OTHER_REGION": "us-west-2", "OPERATIONS_TABLE": "t"}


def paths_of(service: str) -> set[tuple[str, str]]:
    """Return method and path of all that a service serves."""
    backend: Any = SimpleNamespace(settings=SimpleNamespace(services=(service,), identity=None, upload_max_bytes=1))
    routes = [*health_routes(backend), *service_routes(service, backend)]
    return {(method, path) for route in routes for path in route.paths for method in route.http_methods}


@pytest.mark.parametrize(
    ("service", "own"),
    [
        ("gateway", {("GET", "/traffic")}),
        ("auth", {("POST", "/api/auth/signup"), ("POST", "/api/auth/login")}),
        (
            "video",
            {
                ("GET", "/api/videos"),
                ("POST", "/api/videos"),
                ("GET", "/api/videos/{video_id:str}"),
                ("POST", "/api/videos/upload"),
            },
        ),
        ("social", {("POST", "/api/videos/{video_id:str}/like")}),
        ("user", set()),
        ("notification", set()),
        ("search", set()),
    ],
)
def test_a_service_serves_its_own_paths_and_says_what_it_is(service: str, own: set[tuple[str, str]]) -> None:
    asked = {pair for pair in paths_of(service) if pair[0] in {"GET", "POST"}}
    assert asked == own | {("GET", "/livez"), ("GET", "/readyz"), ("GET", HEALTH_PATHS[service])}


@pytest.mark.parametrize("environment", files.list_environments())
def test_the_estate_runs_every_service_and_gives_each_what_it_needs(environment: str) -> None:
    env = files.read_environment(environment)
    assert list(env.services) == list(SERVICES)
    assert list(env.workers) == list(WORKERS)
    for name, config in (*env.services.items(), *env.workers.items()):
        needs = (SERVICES | WORKERS)[name]
        assert (config.pool_max > 0) == needs.database
        assert set(PARTS.get(name, ())) == {part for part in ("cache", "objects", "tokens") if getattr(needs, part)}
        told = service_variables(env, "us-east-1", name, config, database_address="db", cache_address="redis")
        given = {key: str(value) for key, value in told.items()} | dict.fromkeys(service_secrets(name, config), "s")
        settings = read_settings({**LEAST, **given})
        assert settings.services == (name,)
    assert {name: service.probe_path for name, service in env.services.items()} == HEALTH_PATHS


def test_a_service_without_a_database_asks_for_none_of_its_settings() -> None:
    settings = read_settings({**LEAST, "SERVICE": "gateway"})
    assert (settings.database, settings.cache, settings.token_key, settings.video_bucket) == (None, None, None, None)


@pytest.mark.parametrize("text", ["", "backend", "auth,nobody"])
def test_what_is_no_service_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(SettingsError, match="SERVICE"):
        read_settings({**LEAST, "SERVICE": text})


def test_several_services_need_what_each_of_them_needs() -> None:
    needs = needs_of(parse_services("auth, social"))
    assert msgspec.structs.asdict(needs) == {
        "database": True,
        "cache": True,
        "objects": False,
        "tokens": True,
        "passwords": True,
    }


def test_the_modules_of_other_services_are_not_imported() -> None:
    import subprocess

    code = "import app.server, sys; print(*[m for m in ('asyncpg', 'jwt', 'hiredis', 'argon2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
