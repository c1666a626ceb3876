"""What watches an environment, who may work in it, and its backups."""

from typing import Literal

from estate.config.base import Strict


class BackupConfig(Strict, frozen=True):
    """AWS Backup: daily recovery points of the databases and the operations table, each copied to the other region.

    `schedule` is a cron expression, UTC. `lock`: `governance` can be taken off by those who have the right to,
    `compliance` by nobody, AWS included, three days after it was put on: the vault then outlives every mistake.
    """

    schedule: str
    retention: int
    lock: Literal["governance", "compliance"]


class SecurityConfig(Strict, frozen=True):
    """Switches of AWS's watching services, and the sources of trust.

    `trail`: CloudTrail in all regions; `trail_objects`: also each write of a video object ($0.10 per 100,000
    events). `config_rules`: names of managed rules of AWS Config, empty: no
    recorder. `guard_duty`, `security_hub`: in both regions. `account_guards`: no public bucket, encrypted volumes and a
    strict password policy for the whole account, where the environment has one of its own.
    `github_repository` (`owner/name`) is whose pipelines may deploy. `secret_rotation`: days between two rotations.
    """

    trail: bool
    trail_objects: bool
    config_rules: list[str]
    guard_duty: bool
    security_hub: bool
    account_guards: bool
    github_repository: str
    secret_rotation: int
    backup: BackupConfig
