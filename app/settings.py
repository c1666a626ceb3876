"""Configuration from the environment, parsed once. Secrets do not print themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.services import Needs, needs_of, parse_services


class SettingsError(Exception):
    """The environment lacks something or holds something wrong. Field: problems, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Secret:
    """A value that is shown to nobody by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


class Environ:
    """Reads variables and collects every problem, so that one start shows them all."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values, self.problems = values, list[str]()

    def text(self, name: str, default: str | None = None) -> str:
        """Return a variable; a missing one without default is a problem."""
        value = self._values.get(name) or default
        if value is None:
            self.problems.append(f"{name} is not set")
        return value or ""

    def number(self, name: str, default: int | None = None) -> int:
        """Return a variable as a whole number of at least 1."""
        text = self.text(name, None if default is None else str(default))
        if text and not (text.isdecimal() and int(text) > 0):
            self.problems.append(f"{name} is not a positive whole number: {text!r}")
            return 1
        return int(text or 1)

    def pairs(self, name: str) -> dict[str, str]:
        """Return a variable like `auth=blue,video=green`; empty when it is not set."""
        parts = [part.partition("=") for part in (self._values.get(name) or "").split(",") if part]
        return {key.strip(): value.strip() for key, _, value in parts}

    def secret(self, name: str) -> Secret:
        """Return a variable that must not be shown."""
        return Secret(self.text(name))

    def check(self) -> None:
        """Raise SettingsError when there was any problem."""
        if self.problems:
            raise SettingsError(self.problems)


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where PostgreSQL is and who signs its certificate."""

    host: str
    port: int
    name: str
    ca_file: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which copy of the app this is; shown in answers and logs."""

    service: str
    version: str
    environment: str
    region: str
    colour: str


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The region's own database, by the app's and the fence's role; the pool's size in connections."""

    address: DatabaseAddress
    app_password: Secret
    fence_password: Secret
    pool_min: int
    pool_max: int


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """The region's own cache and who signs its certificate."""

    host: str
    port: int
    ca_file: str
    token: Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """What a task needs that serves or works; None what none of its services needs.

    Sizes in bytes, times in seconds; an empty `bind_address` is the host name's own.
    """

    identity: Identity
    services: tuple[str, ...]
    other_region: str
    bind_address: str
    port: int
    operations_table: str
    database: DatabaseSettings | None
    cache: CacheSettings | None
    token_key: Secret | None
    video_bucket: str | None
    upload_max_bytes: int
    stop_grace_s: int


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """What a migration needs."""

    database: DatabaseAddress
    owner_password: Secret
    app_password: Secret
    fence_password: Secret


@dataclass(frozen=True, slots=True)
class SmokeSettings:
    """What a smoke test needs: the region's own origin name, the site's name and the two headers that its load balancer
    asks for, and the colour that each service must answer as (none: any colour of any service). `serving`: ask the
    colour that serves, not the idle one.
    """

    url: str
    host: str
    origin_secret: Secret
    preview_header: Secret
    colours: Mapping[str, str]
    serving: bool


def _database(env: Environ) -> DatabaseAddress:
    return DatabaseAddress(
        host=env.text("DB_HOST"),
        port=env.number("DB_PORT", 5432),
        name=env.text("DB_NAME"),
        ca_file=env.text("DB_CA_FILE"),
    )


def read_settings(values: Mapping[str, str]) -> Settings:
    """Return the settings of `serve` and `work`, or raise SettingsError with every problem."""
    env = Environ(values)
    services, needs = _services(env)
    settings = Settings(
        identity=Identity(
            service=",".join(services),
            version=env.text("APP_VERSION", "unknown"),
            environment=env.text("APP_ENVIRONMENT"),
            region=env.text("AWS_REGION"),
            colour=env.text("COLOUR", "none"),
        ),
        services=services,
        other_region=env.text("OTHER_REGION"),
        bind_address=values.get("BIND_ADDRESS", ""),
        port=env.number("PORT", 8000),
        operations_table=env.text("OPERATIONS_TABLE"),
        database=_database_settings(env) if needs.database else None,
        cache=_cache_settings(env) if needs.cache else None,
        token_key=env.secret("TOKEN_KEY") if needs.tokens else None,
        video_bucket=env.text("VIDEO_BUCKET") if needs.objects else None,
        upload_max_bytes=env.number("UPLOAD_MAX_BYTES", 2 * 1024**3),
        stop_grace_s=env.number("STOP_GRACE_S", 30),
    )
    env.check()
    return settings


def _services(env: Environ) -> tuple[tuple[str, ...], Needs]:
    text = env.text("SERVICE")
    try:
        services = parse_services(text) if text else ()
        return services, needs_of(services)
    except ValueError as error:
        env.problems.append(f"SERVICE: {error}")
        return (), Needs()


def _database_settings(env: Environ) -> DatabaseSettings:
    pool_max = env.number("DB_POOL_MAX", 20)
    return DatabaseSettings(
        address=_database(env),
        app_password=env.secret("DB_PASSWORD"),
        fence_password=env.secret("DB_FENCE_PASSWORD"),
        pool_min=min(env.number("DB_POOL_MIN", 1), pool_max),
        pool_max=pool_max,
    )


def _cache_settings(env: Environ) -> CacheSettings:
    return CacheSettings(
        host=env.text("REDIS_HOST"),
        port=env.number("REDIS_PORT", 6379),
        ca_file=env.text("REDIS_CA_FILE"),
        token=env.secret("CACHE_TOKEN"),
    )


def read_migration_settings(values: Mapping[str, str]) -> MigrationSettings:
    """Return the settings of `migrate`, or raise SettingsError with every problem."""
    env = Environ(values)
    settings = MigrationSettings(
        database=_database(env),
        owner_password=env.secret("DB_OWNER_PASSWORD"),
        app_password=env.secret("DB_PASSWORD"),
        fence_password=env.secret("DB_FENCE_PASSWORD"),
    )
    env.check()
    return settings


def read_smoke_settings(values: Mapping[str, str]) -> SmokeSettings:
    """Return the settings of `smoke`, or raise SettingsError with every problem."""
    env = Environ(values)
    settings = SmokeSettings(
        url=env.text("SMOKE_URL").rstrip("/"),
        host=env.text("SMOKE_HOST"),
        origin_secret=env.secret("ORIGIN_SECRET"),
        preview_header=env.secret("PREVIEW_HEADER"),
        colours=env.pairs("SMOKE_COLOURS"),
        serving=env.text("SMOKE_COLOUR", "idle") == "live",
    )
    env.check()
    return settings
