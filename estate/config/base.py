"""What all sections share: strict structs, and the error that names file, key and remedy."""

import msgspec


class ConfigError(Exception):
    """An environment file is wrong. Fields: file, key (a path like `regions.us-east-1.vpc_cidr`), problem, remedy."""

    def __init__(self, *, file: str, key: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}. {remedy}")
        self.file, self.key, self.problem, self.remedy = file, key, problem, remedy


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all configuration: frozen, keyword only, unknown keys refused."""
