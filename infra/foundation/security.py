"""The foundation's watching services and backups, as far as the configuration switches them on."""

from collections.abc import Mapping

import pulumi

from components.data.backups import Backups, BackupsArgs
from components.observability.audit import Recorder, RecorderArgs, Trail, TrailArgs
from components.observability.log_archive import LogArchive, LogArchiveArgs
from components.security.data_key import DataKey
from components.security.guards import AccountGuards, AccountGuardsArgs, Watch, WatchArgs
from estate import topology
from estate.config import Environment
from infra.foundation.buckets import Buckets


def build_security(
    environment: Environment,
    providers: Mapping[str, pulumi.ProviderResource],
    key: DataKey,
    buckets: Buckets,
) -> None:
    """Declare trail, recorder, watch, guards, log archive and backups."""
    security = environment.security
    home, _ = environment.creation_order
    prefix = topology.prefix(environment)
    LogArchive("log-archive", LogArchiveArgs(environment, buckets.archive, key.arns, providers))
    if security.trail:
        _trail(environment, providers, key, buckets)
    recorders: Mapping[str, pulumi.Resource] = {}
    if security.config_rules:
        recorders = Recorder(
            "recorder",
            RecorderArgs(prefix, home, security.config_rules, buckets.archive, key.arns, providers),
        ).started
    if security.guard_duty or security.security_hub:
        Watch("watch", WatchArgs(security.guard_duty, security.security_hub, recorders, providers))
    if security.account_guards:
        AccountGuards("account", AccountGuardsArgs(environment.account_id, home, providers))
    tables = f"{environment.account_id}:table/{topology.operations_table(environment)}"
    stores = {
        region: [
            topology.database_arn(environment, region),
            *([f"arn:aws:dynamodb:{region}:{tables}"] if region == home else []),
        ]
        for region in environment.creation_order
    }
    Backups("backups", BackupsArgs(environment, stores, key.arns, providers))


def _trail(
    environment: Environment, providers: Mapping[str, pulumi.ProviderResource], key: DataKey, buckets: Buckets
) -> None:
    """Declare the trail of all regions, in the second one; it notes calls on single objects where that is wanted."""
    security, (_, other) = environment.security, environment.creation_order
    objects = [f"arn:aws:s3:::{topology.video_bucket(environment, region)}" for region in environment.regions]
    Trail(
        "trail",
        TrailArgs(
            trail_name=topology.trail(environment),
            bucket=buckets.archive[other],
            key_arn=key.arns[other],
            object_arns=objects if security.trail_objects else [],
            provider=providers[other],
        ),
    )
