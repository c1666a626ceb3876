"""A small estate in one region for tests of the local cloud: a load balancer, two colours, a cluster, the tiny app."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tests.local.localcloud.tiny_app import pack
from tests.local.running_cloud import RunningCloud

COLOURS = ("blue", "green")
SECRET = {"x-secret": "s3cret"}
T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], what: str, deadline_s: float = 15) -> T:
    """Return the condition's first true value; fail with `what` after the deadline."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline_s} s: {what}")


@dataclass(frozen=True)
class Answered:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """What the tiny app said."""
        document: dict[str, Any] = json.loads(self.text)
        return document


def ask(
    address: str, host: str, path: str, *, tls: ssl.SSLContext | None, headers: dict[str, str] | None = None
) -> Answered:
    """GET a path from an address under a host name; without TLS on port 80."""
    with socket.create_connection((address, 443 if tls else 80), 5) as plain:
        connection = http.client.HTTPConnection(address, timeout=5)
        connection.sock = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        try:
            connection.request("GET", path, headers={"Host": host, **(headers or {})})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, names, answer.read().decode())
        finally:
            connection.close()


@dataclass
class Estate:
    """What `build` made in a region of an instance."""

    instance: RunningCloud
    host: str
    region: str
    digests: dict[str, str]
    load_balancer: dict[str, Any]
    groups: dict[str, str]
    listener: str
    rule: str
    network: dict[str, Any]
    task_definition: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client of the estate's region."""
        if service not in self._clients:
            self._clients[service] = self.instance.client(service, self.region)
        return self._clients[service]

    @cached_property
    def address(self) -> str:
        """Where the load balancer listens."""
        return str(self.instance.processes()[f"alb-tiny.{self.region}"]["address"])

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """A context that trusts the instance's authority."""
        return ssl.create_default_context(cafile=self.instance.endpoints["ca_file"])

    def get(
        self,
        path: str = "/",
        *,
        headers: dict[str, str] | None = None,
        port: int = 443,
        tls: ssl.SSLContext | None = None,
    ) -> Answered:
        """GET a path from the load balancer."""
        context = None if port == 80 else tls or self.tls
        return ask(self.address, self.host, path, tls=context, headers=headers)

    @contextmanager
    def sick(self, address: str) -> Iterator[None]:
        """Have the task of an address answer its health check with 503."""
        mark = Path(f"/tmp/ip-{address.replace('.', '-')}.sick")
        mark.touch()
        try:
            yield
        finally:
            mark.unlink()

    def remove(self) -> None:
        """Delete services, listeners and the load balancer; their processes end."""
        for colour in COLOURS:
            self.client("ecs").delete_service(cluster="tiny", service=f"tiny-{colour}", force=True)
        self.client("elbv2").delete_load_balancer(LoadBalancerArn=self.load_balancer["LoadBalancerArn"])

        def gone() -> bool:
            own = [each for each in self.instance.processes().values() if each["region"] == self.region]
            return not [each for each in own if each["kind"] in ("task", "alb")]

        wait_for(gone, "tasks and load balancer have ended", 30)
        for group in self.groups.values():
            self.client("elbv2").delete_target_group(TargetGroupArn=group)

    def set_weights(self, blue: int, green: int) -> None:
        """Change the production rule's weights."""
        self.client("elbv2").modify_rule(RuleArn=self.rule, Actions=forward(self.groups, blue, green))

    def update(self, colour: str, **changes: Any) -> None:
        """Update the service of a colour."""
        self.client("ecs").update_service(cluster="tiny", service=f"tiny-{colour}", **changes)

    def service(self, colour: str) -> dict[str, Any]:
        """Return the service of a colour."""
        found = self.client("ecs").describe_services(cluster="tiny", services=[f"tiny-{colour}"])
        service: dict[str, Any] = found["services"][0]
        return service

    def health(self, colour: str) -> list[dict[str, Any]]:
        """Return the target health of a colour."""
        found = self.client("elbv2").describe_target_health(TargetGroupArn=self.groups[colour])
        return [{**each["Target"], **each["TargetHealth"]} for each in found["TargetHealthDescriptions"]]

    def scale(self, colour: str, count: int) -> None:
        """Set a colour's desired count and wait until so many targets are there and healthy."""
        self.update(colour, desiredCount=count)
        self.wait_until_healthy(colour, count)

    def scale_in(self, colour: str) -> None:
        """Set a colour's desired count to 0 and wait until its tasks no longer run; their targets may still drain."""
        self.update(colour, desiredCount=0)
        wait_for(lambda: self.service(colour)["runningCount"] == 0, f"no task of {colour} runs")

    def wait_until_healthy(self, colour: str, count: int) -> None:
        """Wait until so many targets are registered, all healthy, and the service counts as many; others may drain."""

        def there() -> bool:
            states = [target["State"] for target in self.health(colour) if target["State"] != "draining"]
            return states == ["healthy"] * count and self.service(colour)["runningCount"] == count

        wait_for(there, f"{count} healthy targets of {colour} in {self.region}", 30)

    def register(self, tag: str, environment: dict[str, str] | None = None, **container: Any) -> str:
        """Register a revision of the task definition for an image's tag; return its ARN."""
        image = f"123456789012.dkr.ecr.{self.region}.amazonaws.com/tiny@{self.digests[tag]}"
        return register(self.client("ecs"), image, environment or {}, **container)


def register(ecs: Any, image: str, environment: dict[str, str], **container: Any) -> str:
    """Register a task definition of the family `tiny`; return its ARN."""
    definition = {
        "name": "app",
        "image": image,
        "portMappings": [{"containerPort": 8000}],
        "environment": [{"name": name, "value": value} for name, value in environment.items()],
        "stopTimeout": 10,
        **container,
    }
    answer = ecs.register_task_definition(
        family="tiny", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[definition],
    )  # fmt: skip
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def forward(groups: dict[str, str], blue: int, green: int) -> list[dict[str, Any]]:
    """Return a weighted forward."""
    weights = zip(COLOURS, (blue, green), strict=True)
    listed = [{"TargetGroupArn": groups[colour], "Weight": weight} for colour, weight in weights]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": listed}}]


def build(instance: RunningCloud, region: str, names: list[str], environment: dict[str, str] | None = None) -> Estate:
    """Make the estate, both colours at 0, blue with all weight; `names` are in the listener's certificate."""
    digests = {tag: pack(instance.registry, "tiny", tag) for tag in ("v1", "v2")}
    ec2, elb, ecs, acm = (instance.client(service, region) for service in ("ec2", "elbv2", "ecs", "acm"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=region + zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    guard = ec2.create_security_group(GroupName=f"tiny-{vpc}", Description="tiny", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name="tiny", Subnets=subnets, SecurityGroups=[guard])["LoadBalancers"][0]
    groups = {colour: _target_group(elb, vpc, colour) for colour in COLOURS}
    certificate = acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=names)["CertificateArn"]
    listener = _listeners(elb, balancer["LoadBalancerArn"], certificate)
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "x-secret", "Values": ["s3cret"]}}
    traffic = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/traffic"]}}
    weighted = forward(groups, 100, 0)
    elb.create_rule(ListenerArn=listener, Priority=1, Conditions=[traffic], Actions=weighted)
    rule = elb.create_rule(ListenerArn=listener, Priority=10, Conditions=[header], Actions=weighted)["Rules"][0]
    ecs.create_cluster(clusterName="tiny")
    image = f"123456789012.dkr.ecr.{region}.amazonaws.com/tiny@{digests['v1']}"
    definition = register(ecs, image, environment or {})
    network = {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [guard]}}
    for colour in COLOURS:
        target = {"targetGroupArn": groups[colour], "containerName": "app", "containerPort": 8000}
        ecs.create_service(
            cluster="tiny",
            serviceName=f"tiny-{colour}",
            taskDefinition=definition,
            desiredCount=0,
            launchType="FARGATE",
            networkConfiguration=network,
            loadBalancers=[target],
            healthCheckGracePeriodSeconds=10,
        )
    made = Estate(instance, names[0], region, digests, balancer, groups, listener, rule["RuleArn"], network, definition)
    wait_for(lambda: f"alb-tiny.{region}" in instance.processes(), "the load balancer runs")
    return made


def _target_group(elb: Any, vpc: str, colour: str) -> str:
    group = elb.create_target_group(
        Name=f"tiny-{colour}",
        Protocol="HTTP",
        Port=8000,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
    return str(group)


def _listeners(elb: Any, balancer: str, certificate: str) -> str:
    """Make both listeners; return the ARN of that with TLS."""
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403", "MessageBody": "no"}}
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )
    listener = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[fixed],
    )
    return str(listener["Listeners"][0]["ListenerArn"])
