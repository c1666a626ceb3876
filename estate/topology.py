"""Names, addresses and ARNs that follow from an environment alone, so that stacks and operations need not ask anyone.

The two regional stacks never reference each other (docs/design.md#four-stacks): what they need of each other is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from estate.config import Environment

PROJECT: Final = "breiq"
"""The project's name in Pulumi.yaml, and the first word of every name."""

APPLY_VARIABLE: Final = "BREIQ_APPLIES"
"""Set while an operation lets Pulumi's CLI apply: locked, journalled, judged by the policies (ADR 0027)."""

Colour = Literal["blue", "green"]
COLOURS: Final[tuple[Colour, Colour]] = ("blue", "green")

ORIGIN_SECRET_HEADER: Final = "x-origin-secret"
"""CloudFront adds it to every request; load balancers forward only what carries it."""

PREVIEW_HEADER: Final = "x-preview"
"""Its secret value leads a request to the idle colour."""


def prefix(env: Environment) -> str:
    """Return the prefix of every name: `breiq-<environment>`."""
    return f"{PROJECT}-{env.environment}"


def stack_names(env: Environment) -> list[str]:
    """Return the four stacks in the order in which they are applied (docs/design.md#four-stacks)."""
    return [f"{env.environment}-{part}" for part in ("foundation", *env.creation_order, "edge")]


def cluster(env: Environment) -> str:
    """Return the ECS cluster's name; the same in each region."""
    return f"{prefix(env)}-cluster"


def ecs_service(env: Environment, service: str, colour: Colour) -> str:
    """Return the ECS service's name of one colour of an app service or worker."""
    return f"{prefix(env)}-{service}-{colour}"


def scalable_resource(env: Environment, service: str, colour: Colour) -> str:
    """Return the id by which autoscaling knows an ECS service."""
    return f"service/{cluster(env)}/{ecs_service(env, service, colour)}"


def target_group(env: Environment, service: str, colour: Colour) -> str:
    """Return the target group's name of one colour of an app service.

    Without the project's name: ELB allows 32 characters, and `breiq-production-notification-green` has 35.
    """
    return f"{env.environment}-{service}-{colour}"


ONE_OFF_TASKS: Final = ("migrate", "smoke")
"""Tasks of the app's image that run once, at a release."""


def task_family(env: Environment, task: str) -> str:
    """Return the task-definition family: `task` is an app service, a worker, `migrate` or `smoke`."""
    return f"{prefix(env)}-{task}"


def load_balancer(env: Environment) -> str:
    """Return the load balancer's name; the same in each region."""
    return prefix(env)


def database_instance(env: Environment, region: str) -> str:
    """Return the RDS instance's identifier. It names the region, never the role: roles swap."""
    return f"{prefix(env)}-{region}"


def database_arn(env: Environment, region: str) -> str:
    """Return the RDS instance's ARN."""
    return f"arn:aws:rds:{region}:{env.account_id}:db:{database_instance(env, region)}"


def database_reader(env: Environment, region: str, number: int) -> str:
    """Return the identifier of a region's read replica beside its own instance; numbers begin at 1."""
    return f"{database_instance(env, region)}-reader-{number}"


def database_log_group(identifier: str) -> str:
    """Return the log group to which RDS exports an instance's PostgreSQL log."""
    return f"/aws/rds/instance/{identifier}/postgresql"


def cache_group(env: Environment) -> str:
    """Return the ElastiCache replication group's id; the same in each region."""
    return prefix(env)


def cache_log_group(env: Environment, kind: Literal["slow", "engine"]) -> str:
    """Return the log group of the cache's slow log or of its engine's log; the same in each region."""
    return f"/aws/elasticache/{prefix(env)}/{kind}"


def search_domain(env: Environment) -> str:
    """Return the OpenSearch domain's name; the same in each region."""
    return f"{prefix(env)}-search"


def search_users(env: Environment) -> list[str]:
    """Return who asks the search domain: the service that searches, first, and the workers that index."""
    return [name for name in (*env.services, *env.workers) if name == "search" or name in env.workers]


def search_log_group(env: Environment, kind: Literal["application", "index-slow", "search-slow", "audit"]) -> str:
    """Return the log group of one of the search domain's logs; the same in each region."""
    return f"/aws/opensearch/{search_domain(env)}/{kind}"


def queue(env: Environment, name: str) -> str:
    """Return an SQS queue's name; the same in each region. `name` is one of the configuration's queues."""
    return f"{prefix(env)}-{name}"


def dead_letter_queue(env: Environment, name: str) -> str:
    """Return the name of the queue for what nobody could handle; the same in each region."""
    return f"{queue(env, name)}-dead"


def queue_arn(env: Environment, region: str, name: str) -> str:
    """Return a queue's ARN in a region."""
    return f"arn:aws:sqs:{region}:{env.account_id}:{queue(env, name)}"


def evaluation_schedule(env: Environment) -> str:
    """Return the name of the schedule that tries each region's smoke test unasked; the same in each region."""
    return f"{prefix(env)}-recovery-evaluation"


def operations_table(env: Environment) -> str:
    """Return the name of the operations table (a global table: one name in every region)."""
    return f"{prefix(env)}-operations"


def video_bucket(env: Environment, region: str) -> str:
    """Return the video bucket's name in a region."""
    return f"breiq-videos-{env.environment}-{region}"


def audit_bucket(env: Environment, region: str) -> str:
    """Return the bucket (object lock) that keeps the journals of ended operations."""
    return f"breiq-audit-{env.environment}-{region}"


def static_bucket(env: Environment, region: str) -> str:
    """Return the bucket of the site's static assets in a region."""
    return f"breiq-static-{env.environment}-{region}"


def log_bucket(env: Environment, region: str) -> str:
    """Return the bucket that AWS's services write access logs to: prefixes `s3/`, `load-balancer/`,
    `cloudfront/`, and `vpc/` (flow logs)."""
    return f"breiq-logs-{env.environment}-{region}"


def archive_bucket(env: Environment, region: str) -> str:
    """Return the bucket that keeps exported logs (`logs/`) and the audit trail (`audit/`) for long."""
    return f"breiq-archive-{env.environment}-{region}"


def vault_bucket(env: Environment) -> str:
    """Return the bucket (Glacier, object lock) that holds the copy of both video buckets."""
    return f"breiq-vault-{env.environment}-{env.creation_order[1]}"


def state_bucket(env: Environment, region: str) -> str:
    """Return the bucket of Pulumi's state in a region; the bootstrap makes both."""
    return f"breiq-state-{env.environment}-{region}"


def backup_vault(env: Environment) -> str:
    """Return AWS Backup's vault; the same name in each region."""
    return prefix(env)


def trail(env: Environment) -> str:
    """Return the name of the trail of all regions."""
    return prefix(env)


def trail_arn(env: Environment) -> str:
    """Return the trail's ARN. It lives in the region born as replica: it can be reached when us-east-1 is lost."""
    return f"arn:aws:cloudtrail:{env.creation_order[1]}:{env.account_id}:trail/{trail(env)}"


def log_stream(env: Environment) -> str:
    """Return the delivery stream that takes logs to the archive; the same name in each region."""
    return f"{prefix(env)}-logs"


def repository(env: Environment) -> str:
    """Return the ECR repository's name."""
    return f"{prefix(env)}/app"


def image_uri(env: Environment, region: str, digest: str) -> str:
    """Return the image by its digest (`sha256:…`), as a task definition pins it."""
    return f"{env.account_id}.dkr.ecr.{region}.amazonaws.com/{repository(env)}@{digest}"


SECRETS: Final = (
    "database-owner",
    "database-app",
    "database-fence",
    "cache-token",
    "origin-secret",
    "preview-header",
    "token-key",
)
"""Made by the bootstrap in the state's region (in the local cloud: by `local up`), with a replica in the other."""


GIVEN_SECRETS: Final = ("pagerduty-url",)
"""What a third party gave us; whoever bootstraps an environment hands it over. No task may read it."""


WRITTEN_SECRETS: Final = ("token-key", *GIVEN_SECRETS)
"""Those that CloudFormation cannot make: an RSA key, and what is handed over. `bootstrap apply` writes them."""


def secret(env: Environment, name: str) -> str:
    """Return a secret's name in Secrets Manager; the same in each region: one of SECRETS or GIVEN_SECRETS."""
    return f"{prefix(env)}/{name}"


def kms_alias(env: Environment, purpose: str) -> str:
    """Return a KMS key's alias; the same in each region. `purpose` is `data`, or `bootstrap` for state and secrets."""
    return f"alias/{prefix(env)}-{purpose}"


def log_group(env: Environment, service: str) -> str:
    """Return the log group of a service's tasks."""
    return f"/aws/ecs/{prefix(env)}-{service}"


def site_name(env: Environment) -> str:
    """Return the public name that users ask for."""
    return env.domain


def origin_name(env: Environment) -> str:
    """Return the name that CloudFront asks for: the failover record of docs/design.md#traffic."""
    return f"origin.{env.domain}"


def regional_origin_name(env: Environment, region: str) -> str:
    """Return the plain alias of one region's load balancer."""
    return f"{region}.origin.{env.domain}"


def served_hosts(env: Environment) -> str:
    """Return the pattern of the hosts that load balancers serve: the site, and the origins below it (one value: a rule
    may compare five)."""
    return f"*{site_name(env)}"


def manifest_path(env: Environment) -> str:
    """Return the SSM path under which each stack writes its part of the manifest."""
    return f"/breiq/{env.environment}/manifest"


def role(env: Environment, name: str) -> str:
    """Return an IAM role's name: `execution`, or `task-<service>`."""
    return f"{prefix(env)}-{name}"


def role_arn(env: Environment, name: str) -> str:
    """Return an IAM role's ARN."""
    return f"arn:aws:iam::{env.account_id}:role/{role(env, name)}"


def alarm(env: Environment, region: str, alert: str, subject: str = "") -> str:
    """Return an alarm's name: `alert` is an id of `alerts.yaml`, `subject` what it watches, if there are several."""
    return "-".join(filter(None, (prefix(env), region, alert, subject)))


def alarm_topic(env: Environment, severity: str) -> str:
    """Return the SNS topic of alarms of a severity (`critical`, `warning`); the same name in each region."""
    return f"{prefix(env)}-{severity}"


def alarm_topic_arn(env: Environment, region: str, severity: str) -> str:
    """Return the ARN of a region's alarm topic."""
    return f"arn:aws:sns:{region}:{env.account_id}:{alarm_topic(env, severity)}"


def metric_namespace(env: Environment) -> str:
    """Return the namespace of the metrics that are made of the app's logs."""
    return f"Breiq/{env.environment}"


def canary(env: Environment, region: str) -> str:
    """Return the canary's name in a region: at most 255 of a-z, 0-9, - and _."""
    return f"{prefix(env)}-{region}"


def dashboard(env: Environment, name: str) -> str:
    """Return a dashboard's name. Dashboards belong to no region."""
    return f"{prefix(env)}-{name}"


def web_acl(env: Environment) -> str:
    """Return the web ACL's name."""
    return prefix(env)


def web_acl_log_group(env: Environment) -> str:
    """Return the log group of the web ACL; AWS wants the name to begin so."""
    return f"aws-waf-logs-{prefix(env)}"


def boundary(env: Environment) -> str:
    """Return the name of the policy beyond which no role of ours reaches; the bootstrap makes it."""
    return f"{prefix(env)}-boundary"


def boundary_arn(env: Environment) -> str:
    """Return that policy's ARN."""
    return f"arn:aws:iam::{env.account_id}:policy/{boundary(env)}"


def bootstrap_stack(env: Environment, part: str) -> str:
    """Return the name of one of the bootstrap's CloudFormation stacks: `key`, `replica` or `base`."""
    return f"{prefix(env)}-bootstrap-{part}"


def rotation_function(env: Environment) -> str:
    """Return the name of the function that rotates secrets."""
    return f"{prefix(env)}-rotation"
