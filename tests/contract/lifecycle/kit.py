"""Rows of the lifecycle tests: what a resource type is given, what is changed of it, and what cannot be observed.

To add a type: a `Row` in ROWS of the file of its service here (any file with ROWS counts: `<service>.py`)::

    ROWS = [
        Row(
            "aws:sqs/queue:Queue",
            inputs=lambda world: {"name": "jobs", "delaySeconds": 5, "kmsMasterKeyId": world.key()},
            changed=lambda world: {"delaySeconds": 6},        # updated in place, all at once
            replaces={"name"},                                # of the inputs above, those that force a replacement
            unseen={"policy": "AWS returns it in another form"},
        )
    ]

`test_handlers_lifecycle.py` then creates it (with tags, if it is taggable), reads it, reads it by its id alone, finds it
as after an interrupted creation, updates it twice, retags it, deletes it twice. Two rows of one type need a `label`.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from localcloud.api.operations import ALIASES, Emulated
from localcloud.services import load_services
from provisioner.aws import Aws, Clients
from provisioner.handlers.common.base import HANDLERS, Created, Properties

REGION: Final = "us-east-1"
LONGEST_WAIT_S: Final = 5.0
STANDBY: Final = "us-west-2"
TAGS: Final = {"Environment": "local", "Owner": "platform"}
EVERYTHING: Final = frozenset({"*"})
"""For `replaces`: the type has no update, so that any change replaces it."""


class _Noted(Clients):
    """Clients that note which operations are called."""

    def __init__(self) -> None:
        super().__init__(None, access_key="x", secret_key="x")
        self.called: set[tuple[str, str]] = set()
        self._hooked: set[int] = set()

    def get(self, service: str, region: str) -> Any:
        client = super().get(service, region)
        if id(client) not in self._hooked:
            self._hooked.add(id(client))
            client.meta.events.register("before-call", self._note)
        return client

    def _note(self, model: Any, **_: Any) -> None:
        signed = model.service_model.signing_name
        self.called.add((ALIASES.get(signed, signed), model.name))


class _Hasty(Aws):
    """AWS that nobody waits for: what moto does not do within seconds, it never does."""

    def wait_for(self, what: str, check: Callable[[], bool], *, deadline_s: float) -> None:
        super().wait_for(what, check, deadline_s=min(deadline_s, LONGEST_WAIT_S))


class World:
    """moto's AWS, and things in it that rows refer to: each is made when it is first asked for."""

    def __init__(self) -> None:
        self._clients = _Noted()
        self._made: dict[tuple[str, str, str], Created] = {}

    def aws(self, region: str = REGION) -> Aws:
        """Return AWS as a handler sees it in a region."""
        return _Hasty(self._clients, region)

    def refused(self) -> list[str]:
        """Return what was called since this was last asked that the local cloud would refuse."""
        emulated, called = Emulated(load_services()), set(self._clients.called)
        self._clients.called.clear()
        return sorted(f"{service}:{name}" for service, name in called if emulated.refusal(service, name))

    def make(self, kind: str, region: str = REGION, /, **inputs: Any) -> Created:
        """Return the resource with these inputs, created by its handler the first time."""
        key = (kind, region, json.dumps(inputs, sort_keys=True))
        if key not in self._made:
            self._made[key] = HANDLERS[kind].create(self.aws(region), inputs)
        return self._made[key]

    def vpc(self, region: str = REGION) -> str:
        """Return the id of a VPC."""
        return self.make("aws:ec2/vpc:Vpc", region, cidrBlock="10.90.0.0/16").id

    def subnets(self, region: str = REGION) -> list[str]:
        """Return the ids of three subnets of the VPC, one a zone."""
        return [
            self.make(
                "aws:ec2/subnet:Subnet",
                region,
                vpcId=self.vpc(region),
                cidrBlock=f"10.90.{number}.0/24",
                availabilityZone=f"{region}{zone}",
            ).id
            for number, zone in enumerate("abc")
        ]

    def group(self, name: str = "group", region: str = REGION) -> str:
        """Return the id of a security group of the VPC."""
        return self.make("aws:ec2/securityGroup:SecurityGroup", region, name=name, vpcId=self.vpc(region)).id

    def key(self, region: str = REGION) -> str:
        """Return the ARN of a multi-Region key."""
        return str(self.make("aws:kms/key:Key", region, description="lifecycle", multiRegion=True).outputs["arn"])

    def role(self, service: str = "ecs-tasks") -> str:
        """Return the ARN of a role that the service assumes."""
        return str(
            self.make(
                "aws:iam/role:Role", name=f"lifecycle-{service}", assumeRolePolicy=trust(f"{service}.amazonaws.com")
            ).outputs["arn"]
        )

    def bucket(self, name: str = "lifecycle-bucket", region: str = REGION) -> str:
        """Return the name of a bucket."""
        return self.make("aws:s3/bucket:Bucket", region, bucket=name).id


@dataclass(frozen=True)
class Row:
    """One resource type (or one way to use it), from its creation to its end."""

    type: str
    inputs: Callable[[World], Properties]
    changed: Callable[[World], Properties] = field(default=lambda _: {})
    """The inputs that an update changes (None: is not given any more); it must not force a replacement. Empty with `replaces=EVERYTHING` only."""
    replaces: Collection[str] = ()
    """Of the inputs above, those whose change replaces the resource; every other must be updated in place."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """Inputs that reading does not show, each with the reason."""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    """Inputs that reading by the id alone shows in another form than the program gives them, each with the reason."""
    tags_unseen: str = ""
    """Why the tags of a taggable type cannot be read."""
    found: str = ""
    """Why an interrupted creation is not found (nothing to find, or AWS makes no two)."""
    stays: str = ""
    """Why the resource is still there after it was deleted."""
    region: str = REGION
    label: str = ""


def trust(*services: str) -> str:
    """Return the policy that lets services assume a role."""
    return policy({"Effect": "Allow", "Principal": {"Service": [*services]}, "Action": "sts:AssumeRole"})


def policy(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@cache
def mend_moto() -> None:
    """Mend moto as the local cloud does, where that needs no processes; once in this process."""
    from moto import settings

    settings.ACM_VALIDATION_WAIT = 0
    for module in load_services().values():
        fix = getattr(module, "fix", None) or (
            None if hasattr(module, "Controller") else getattr(module, "patch", None)
        )
        if fix is not None:
            fix()
