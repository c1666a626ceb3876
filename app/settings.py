"""Configuration from the environment, parsed once. Secrets do not print themselves."""

from collections.abc import Mapping
from dataclasses import dataclass


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
class Settings:
    """What a serving task needs. Sizes in bytes, times in seconds; an empty `bind_address` is the host name's own."""

    identity: Identity
    other_region: str
    bind_address: str
    port: int
    operations_table: str
    database: DatabaseAddress
    app_password: Secret
    fence_password: Secret
    pool_min: int
    pool_max: int
    redis_host: str
    redis_port: int
    redis_ca_file: str
    cache_token: Secret
    token_key: Secret
    video_bucket: str
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
    """What a smoke test needs: the region's own origin name and the two headers that its load balancer asks for."""

    url: str
    origin_secret: Secret
    preview_header: Secret


def _database(env: Environ) -> DatabaseAddress:
    return DatabaseAddress(
        host=env.text("DB_HOST"),
        port=env.number("DB_PORT", 5432),
        name=env.text("DB_NAME"),
        ca_file=env.text("DB_CA_FILE"),
    )


def read_settings(values: Mapping[str, str]) -> Settings:
    """Return the settings of `serve`, or raise SettingsError with every problem."""
    env = Environ(values)
    settings = Settings(
        identity=Identity(
            service=env.text("SERVICE", "backend"),
            version=env.text("APP_VERSION", "unknown"),
            environment=env.text("APP_ENVIRONMENT"),
            region=env.text("AWS_REGION"),
            colour=env.text("COLOUR", "none"),
        ),
        other_region=env.text("OTHER_REGION"),
        bind_address=values.get("BIND_ADDRESS", ""),
        port=env.number("PORT", 8000),
        operations_table=env.text("OPERATIONS_TABLE"),
        database=_database(env),
        app_password=env.secret("DB_PASSWORD"),
        fence_password=env.secret("DB_FENCE_PASSWORD"),
        pool_min=env.number("DB_POOL_MIN", 1),
        pool_max=env.number("DB_POOL_MAX", 20),
        redis_host=env.text("REDIS_HOST"),
        redis_port=env.number("REDIS_PORT", 6379),
        redis_ca_file=env.text("REDIS_CA_FILE"),
        cache_token=env.secret("CACHE_TOKEN"),
        token_key=env.secret("TOKEN_KEY"),
        video_bucket=env.text("VIDEO_BUCKET"),
        upload_max_bytes=env.number("UPLOAD_MAX_BYTES", 2 * 1024**3),
        stop_grace_s=env.number("STOP_GRACE_S", 30),
    )
    env.check()
    return settings


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
        origin_secret=env.secret("ORIGIN_SECRET"),
        preview_header=env.secret("PREVIEW_HEADER"),
    )
    env.check()
    return settings
