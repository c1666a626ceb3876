"""Keys, secrets, and what watches the account: trail, recorder, threat detection, budgets."""

from collections.abc import Iterator
from typing import Final

from review.charges.base import GLOBAL, Asked, Charge, Charges


def _key(asked: Asked) -> Iterator[Charge]:
    """Each key and each replica of one; a year's rotation adds a key's price for each of the first two."""
    yield from asked.charge("key", "awskms", "KMS-Keys", 1)
    if used := asked.used:
        keys = sum(asked.setting.counts.get((kind, asked.region), 0) for kind in ("kms/Key", "kms/ReplicaKey"))
        requests = used.kms_requests_millions * 1e6 / keys
        yield from asked.charge("requests", "awskms", "KMS-Requests", requests, assumed=True)


def _secret(asked: Asked) -> Iterator[Charge]:
    for region in [asked.region, *(str(row["region"]) for row in asked.resource.records("replicas"))]:
        usage = "AWSSecretsManager-Secrets"
        yield from asked.charge(f"secret in {region}", "AWSSecretsManager", usage, 1, region=region)
    if used := asked.used:
        requests = used.secret_requests_thousands * 1000 / asked.siblings
        yield from asked.charge("requests", "AWSSecretsManager", "AWSSecretsManagerAPIRequest", requests, assumed=True)


def _trail(asked: Asked) -> Iterator[Charge]:
    """The first copy of management events is free; events of objects are not."""
    selectors = [*asked.resource.records("eventSelectors"), *asked.resource.records("advancedEventSelectors")]
    objects = any(
        row.get("dataResources")
        or any("AWS::S3::Object" in (f.get("equals") or ()) for f in row.get("fieldSelectors", ()))
        for row in selectors
    )
    if objects:
        events = sum(used.trail_data_events_millions for used in asked.setting.usage.regions.values()) * 1e6
        yield from asked.charge("events of objects", "AWSCloudTrail", "DataEventsRecorded", events, assumed=True)


def _recorder(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        items = used.config_items / asked.siblings
        yield from asked.charge("changes recorded", "AWSConfig", "ConfigurationItemRecorded", items, assumed=True)


def _config_rule(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        evaluations = used.config_evaluations / asked.siblings
        yield from asked.charge("evaluations", "AWSConfig", "ConfigRuleEvaluations", evaluations, assumed=True)


def _security_hub(asked: Asked) -> Iterator[Charge]:
    """Security Hub evaluates as often as Config does."""
    if used := asked.used:
        yield from asked.charge(
            "checks", "AWSSecurityHub", "PaidComplianceCheck", used.config_evaluations, assumed=True
        )


def _detector(asked: Asked) -> Iterator[Charge]:
    if used := asked.used:
        for what, usage, quantity in (
            ("management events", "PaidEventsAnalyzed", used.guarded_events_millions * 1e6),
            ("flow and DNS logs", "PaidEventsAnalyzed-Bytes", used.guarded_log_gb),
            ("events of objects", "PaidS3DataEventsAnalyzed", used.guarded_object_events_millions * 1e6),
        ):
            yield from asked.charge(what, "AmazonGuardDuty", usage, quantity, assumed=True)


def _budget_action(asked: Asked) -> Iterator[Charge]:
    """A budget is free; one that acts costs by the day."""
    yield from asked.charge("days", "AWSBudgets", "ActionEnabledBudgetsUsage", asked.hours / 24, region=GLOBAL)


CHARGES: Final[dict[str, Charges]] = {
    "kms/Key": _key,
    "kms/ReplicaKey": _key,
    "secretsmanager/Secret": _secret,
    "cloudtrail/Trail": _trail,
    "cfg/Recorder": _recorder,
    "cfg/Rule": _config_rule,
    "guardduty/Detector": _detector,
    "budgets/BudgetAction": _budget_action,
    "securityhub/Account": _security_hub,
}
