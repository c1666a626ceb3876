"""Application load balancers and target groups. Listeners and their rules are in `elbv2_listeners`."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, found, given, register
from provisioner.handlers.common.generic import Generic

ACTIVE_DEADLINE_S: Final = 600.0
FREE_DEADLINE_S: Final = 300.0
TAG_CALLS: Final = ("add_tags", "remove_tags", "")


class _Attributed(Generic):
    """Base of what has attributes: keys and texts, set and shown by calls of their own."""

    taggable = True
    service = "elbv2"
    tag_calls = TAG_CALLS
    tagged_by = "id"
    attributes: ClassVar[Mapping[str, str]] = {}
    """Input, or path in one (`accessLogs.bucket`) → the attribute's key."""
    set_call: ClassVar[str]
    show_call: ClassVar[str]
    owner: ClassVar[str]
    """The parameter that takes the ARN."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls.only_here = cls.only_here | {path.partition(".")[0] for path in cls.attributes}

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the attributes, and wait until the resource is ready."""
        self.set_attributes(aws, resource_id, inputs)
        super().complete(aws, resource_id, inputs)

    def set_attributes(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set those attributes that the inputs give."""
        values = {key: _at(inputs, path) for path, key in self.attributes.items()}
        pairs = [{"Key": key, "Value": _text(value)} for key, value in values.items() if value is not None]
        if pairs:
            self.call(aws, self.set_call, **{self.owner: resource_id, "Attributes": pairs})

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; with the attributes and the tags."""
        observed = super().observe(aws, resource_id, document)
        shown = found(lambda: self.call(aws, self.show_call, **{self.owner: resource_id}), *self.missing)
        values = {pair["Key"]: _value(pair["Value"]) for pair in (shown or {}).get("Attributes", [])}
        for path, key in self.attributes.items():
            if key in values:
                name, _, inner = path.partition(".")
                observed = {**observed, name: {**observed.get(name, {}), inner: values[key]} if inner else values[key]}
        return observed

    def _read_tags(self, aws: Aws, resource_id: str, observed: Properties, document: Any) -> dict[str, str] | None:
        return read_tags(self, aws, resource_id)


def read_tags(handler: Generic, aws: Aws, resource_id: str) -> dict[str, str]:
    """Return the tags of anything of the service, by its ARN."""
    answer = handler.call(aws, "describe_tags", ResourceArns=[resource_id])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for one in answer[:1] for tag in one["Tags"] if not tag["Key"].startswith("aws:")}


@register
class LoadBalancer(_Attributed):
    """An application load balancer. Its id is its ARN."""

    type = "aws:lb/loadBalancer:LoadBalancer"
    create_call = "create_load_balancer"
    read_call = "describe_load_balancers"
    delete_call = "delete_load_balancer"
    set_call, show_call = "modify_load_balancer_attributes", "describe_load_balancer_attributes"
    owner = "LoadBalancerArn"
    id_output = "LoadBalancers[0].LoadBalancerArn"
    id_parameter = "LoadBalancerArn"
    read_parameter = "LoadBalancerArns[]"
    names: ClassVar = {"name": "Name", "loadBalancerType": "Type"}
    only_here = frozenset({"internal"})
    missing = ("LoadBalancerNotFound",)
    document = "LoadBalancers[0]"
    ready = "State.Code == 'active'"
    failed = "State.Code == 'failed'"
    deadline_s = ACTIVE_DEADLINE_S
    outputs: ClassVar = {
        "arn": "LoadBalancerArn",
        "dnsName": "DNSName",
        "zoneId": "CanonicalHostedZoneId",
        "vpcId": "VpcId",
        "name": "LoadBalancerName",
        "internal": "Scheme == 'internal'",
        "subnets": "AvailabilityZones[].SubnetId",
    }
    attributes: ClassVar = {
        "idleTimeout": "idle_timeout.timeout_seconds",
        "clientKeepAlive": "client_keep_alive.seconds",
        "enableDeletionProtection": "deletion_protection.enabled",
        "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
        "enableHttp2": "routing.http2.enabled",
        "desyncMitigationMode": "routing.http.desync_mitigation_mode",
        "preserveHostHeader": "routing.http.preserve_host_header.enabled",
        "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
        "enableXffClientPort": "routing.http.xff_client_port.enabled",
        "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "enableWafFailOpen": "waf.fail_open.enabled",
        "enableZonalShift": "zonal_shift.config.enabled",
        "accessLogs.enabled": "access_logs.s3.enabled",
        "accessLogs.bucket": "access_logs.s3.bucket",
        "accessLogs.prefix": "access_logs.s3.prefix",
        "connectionLogs.enabled": "connection_logs.s3.enabled",
        "connectionLogs.bucket": "connection_logs.s3.bucket",
        "connectionLogs.prefix": "connection_logs.s3.prefix",
    }
    replace_on = frozenset({"name", "internal", "loadBalancerType"})
    setters: ClassVar[Mapping[str, tuple[str, str]]] = {
        "subnets": ("set_subnets", "Subnets"),
        "securityGroups": ("set_security_groups", "SecurityGroups"),
        "ipAddressType": ("set_ip_address_type", "IpAddressType"),
    }

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        scheme = "internal" if inputs.get("internal") else "internet-facing"
        return {**super().create_arguments(aws, inputs), "Scheme": scheme}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; each setting has a call of its own."""
        for name, (call, parameter) in self.setters.items():
            if name in changed and new.get(name):
                self.call(aws, call, **{self.owner: resource_id, parameter: new[name]})
        self.set_attributes(aws, resource_id, _changed_or_off(new, changed))
        self.wait_ready(aws, resource_id)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        suffix = resource_id.partition(":loadbalancer/")[2]
        return {**super().observe(aws, resource_id, document), "arnSuffix": suffix}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        answer = found(lambda: self.call(aws, self.read_call, Names=[inputs["name"]]), *self.missing)
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"]) if answer else None


@register
class TargetGroup(_Attributed):
    """A target group. Its id is its ARN. It can go once listeners have let it go."""

    type = "aws:lb/targetGroup:TargetGroup"
    create_call = "create_target_group"
    read_call = "describe_target_groups"
    update_call = "modify_target_group"
    delete_call = "delete_target_group"
    set_call, show_call = "modify_target_group_attributes", "describe_target_group_attributes"
    owner = "TargetGroupArn"
    id_output = "TargetGroups[0].TargetGroupArn"
    id_parameter = "TargetGroupArn"
    read_parameter = "TargetGroupArns[]"
    only_here = frozenset({"healthCheck"})
    missing = ("TargetGroupNotFound",)
    busy = ("ResourceInUse",)
    deadline_s = FREE_DEADLINE_S
    document = "TargetGroups[0]"
    outputs: ClassVar = {"arn": "TargetGroupArn", "name": "TargetGroupName"}
    attributes: ClassVar = {
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
        "slowStart": "slow_start.duration_seconds",
        "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
        "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
        "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
        "stickiness.enabled": "stickiness.enabled",
        "stickiness.type": "stickiness.type",
        "stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds",
    }
    health: ClassVar[Mapping[str, str]] = {
        "enabled": "HealthCheckEnabled",
        "path": "HealthCheckPath",
        "protocol": "HealthCheckProtocol",
        "port": "HealthCheckPort",
        "interval": "HealthCheckIntervalSeconds",
        "timeout": "HealthCheckTimeoutSeconds",
        "healthyThreshold": "HealthyThresholdCount",
        "unhealthyThreshold": "UnhealthyThresholdCount",
    }
    replace_on = frozenset({"name", "port", "protocol", "protocolVersion", "targetType", "vpcId", "ipAddressType"})

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; the health check's settings lie beside the group's own."""
        return {**super().create_arguments(aws, inputs), **self._check(inputs)}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        return self._check(new)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self.set_attributes(aws, resource_id, _changed_or_off(new, changed))
        if "healthCheck" in changed:
            return super().update(aws, resource_id, old, new, changed)
        return self.seen(aws, resource_id, new, tags=False) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        check = {name: document.get(member) for name, member in self.health.items()}
        check["matcher"] = (document.get("Matcher") or {}).get("HttpCode")
        return {
            **super().observe(aws, resource_id, document),
            "healthCheck": given(**check),
            "arnSuffix": resource_id.rpartition(":")[2],
        }

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        answer = found(lambda: self.call(aws, self.read_call, Names=[inputs["name"]]), *self.missing)
        return str(answer["TargetGroups"][0]["TargetGroupArn"]) if answer else None

    def _check(self, inputs: Properties) -> dict[str, Any]:
        check = dict(inputs.get("healthCheck") or {})
        matcher = check.pop("matcher", None)
        named = {self.health[name]: str(value) if name == "port" else value for name, value in check.items()}
        return given(**named, Matcher=None if matcher is None else {"HttpCode": matcher})


def _changed_or_off(new: Properties, changed: frozenset[str]) -> Properties:
    """Return the inputs that changed; protection and logs that are no longer given are turned off."""
    off: Properties = {
        "enableDeletionProtection": False,
        "accessLogs": {"enabled": False},
        "connectionLogs": {"enabled": False},
    }
    return {name: new.get(name, off.get(name)) for name in changed}


def _at(inputs: Properties, path: str) -> Any:
    name, _, inner = path.partition(".")
    value = inputs.get(name)
    return (value or {}).get(inner) if inner else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(text: str) -> Any:
    return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)
