"""A region's clients, made when first used; boto3 is imported then: `breiqctl --help` does not pay for it."""

import threading
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from aws.caller import Caller, is_loopback, refuse_loopback

if TYPE_CHECKING:
    from aws.autoscaling import Autoscaling
    from aws.cloudformation import CloudFormation
    from aws.cloudwatch import CloudWatch
    from aws.dynamodb import Table
    from aws.ecr import Ecr
    from aws.ecs import Ecs
    from aws.elbv2 import Elbv2
    from aws.logs import Logs
    from aws.rds import Rds
    from aws.s3 import S3
    from aws.secretsmanager import SecretsManager
    from aws.ssm import Ssm
    from aws.sts import Sts

CONNECT_TIMEOUT_S: Final = 2
READ_TIMEOUT_S: Final = 5
ATTEMPTS: Final = 2
"""Tries of one call in all. Few: steps have deadlines of their own, and a lost region must be seen soon."""


_MAKING: Final = threading.Lock()
"""Clients are safe for many threads, the session that makes them is not."""


@cache
def _boto3_session() -> Any:
    """Return the one session that makes all clients: it reads each service's model (up to 100 ms) only once."""
    import boto3

    return boto3.session.Session()


def _refuse_pages(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise ForeignAnswer for a web page with status 200: botocore would take it for an answer without content."""
    from aws.classification import foreign, is_foreign

    status, headers = response_dict["status_code"], response_dict["headers"]
    if status < 300 and not operation_model.has_streaming_output and is_foreign(headers, status):
        call = f"{operation_model.service_model.service_name}:{operation_model.name}"
        raise foreign(call, "", f"HTTP {status}, {headers.get('content-type')}")


def _call_of(event_name: str) -> str:
    """Return botocore's name of a call: `elastic-load-balancing-v2:ModifyRule`."""
    return ":".join(event_name.split(".")[1:3])


class Guard(Protocol):
    """What is asked before each request, and told after it."""

    def __call__(self, call: str) -> None:
        """Return when the call may be made; raise what says why not."""

    def returned(self) -> None:
        """Note that the call that this thread was let make has returned."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """How to reach AWS in one region. Without keys, boto3's own chain finds credentials.

    `command` is the one of breiqctl that asks: CloudTrail shows it, and tells operations from people by it. `caller`
    is checked before the first client is made: a session of an environment never speaks to another one's account.
    `guard` is asked right before each request is sent, with the call's name, and raises when this process may send none
    any more; `guard.returned` is told when its answer is in, or none came.
    """

    region: str
    command: str = ""
    endpoint_url: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    caller: Caller | None = field(default=None, repr=False, compare=False)
    guard: Guard | None = field(default=None, repr=False)

    def client(self, service: str) -> Any:
        """Return a new boto3 client of a service, with short time-outs and few tries.

        Raises CallerFault (of aws.errors) when the caller's account is not the environment's, or cannot be told.
        """
        if self.caller is not None:
            self.caller.check()
        client = self._make(service)
        if self.endpoint_url is None:
            refuse_loopback(client.meta.endpoint_url, self.region)
        client.meta.events.register("before-parse", _refuse_pages)
        return client

    def _make(self, service: str) -> Any:
        from botocore.config import Config

        with _MAKING:
            client = _boto3_session().client(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.access_key,
                aws_secret_access_key=self.secret_key,
                config=Config(
                    connect_timeout=CONNECT_TIMEOUT_S,
                    read_timeout=READ_TIMEOUT_S,
                    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                    user_agent_extra=f"breiqctl/{self.command}",
                    proxies={} if self.endpoint_url and is_loopback(self.endpoint_url) else None,
                ),
            )
        if self.guard is not None:
            guard = self.guard
            client.meta.events.register("before-send.*.*", lambda event_name, **_: guard(_call_of(event_name)))
            client.meta.events.register("response-received.*.*", lambda **_: guard.returned())
        return client

    @cached_property
    def cloudformation(self) -> "CloudFormation":
        """CloudFormation of the region."""
        from aws.cloudformation import CloudFormation

        return CloudFormation(self)

    @cached_property
    def cloudwatch(self) -> "CloudWatch":
        """CloudWatch of the region."""
        from aws.cloudwatch import CloudWatch

        return CloudWatch(self)

    @cached_property
    def ecs(self) -> "Ecs":
        """ECS of the region."""
        from aws.ecs import Ecs

        return Ecs(self)

    @cached_property
    def autoscaling(self) -> "Autoscaling":
        """Application Auto Scaling of the region."""
        from aws.autoscaling import Autoscaling

        return Autoscaling(self)

    @cached_property
    def elbv2(self) -> "Elbv2":
        """Elastic Load Balancing of the region."""
        from aws.elbv2 import Elbv2

        return Elbv2(self)

    @cached_property
    def ecr(self) -> "Ecr":
        """ECR of the region."""
        from aws.ecr import Ecr

        return Ecr(self)

    @cached_property
    def rds(self) -> "Rds":
        """RDS of the region."""
        from aws.rds import Rds

        return Rds(self)

    @cached_property
    def logs(self) -> "Logs":
        """CloudWatch Logs of the region."""
        from aws.logs import Logs

        return Logs(self)

    @cached_property
    def ssm(self) -> "Ssm":
        """Parameter Store of the region."""
        from aws.ssm import Ssm

        return Ssm(self)

    @cached_property
    def s3(self) -> "S3":
        """S3 of the region."""
        from aws.s3 import S3

        return S3(self)

    @cached_property
    def secretsmanager(self) -> "SecretsManager":
        """Secrets Manager of the region."""
        from aws.secretsmanager import SecretsManager

        return SecretsManager(self)

    @cached_property
    def sts(self) -> "Sts":
        """STS of the region."""
        from aws.sts import Sts

        return Sts(self)

    def table(self, name: str) -> "Table":
        """Return one DynamoDB table, asked in this region."""
        from aws.dynamodb import Table

        return Table(self, name)
