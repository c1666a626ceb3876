"""Application load balancers: balancers, target groups, listeners, rules."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

ACTIVE_DEADLINE_S: Final = 600.0
FREE_DEADLINE_S: Final = 300.0

LOAD_BALANCER_ATTRIBUTES: Final = {
    "idleTimeout": "idle_timeout.timeout_seconds",
    "clientKeepAlive": "client_keep_alive.seconds",
    "enableDeletionProtection": "deletion_protection.enabled",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableHttp2": "routing.http2.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
TARGET_GROUP_ATTRIBUTES: Final = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
}


@register
class LoadBalancer(Handler):
    """An application load balancer. Its id is its ARN."""

    type = "aws:lb/loadBalancer:LoadBalancer"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        elb = aws.client("elbv2")
        balancer = elb.create_load_balancer(
            **given(
                Name=inputs["name"],
                Type=inputs.get("loadBalancerType"),
                Scheme="internal" if inputs.get("internal") else "internet-facing",
                Subnets=inputs.get("subnets"),
                SecurityGroups=inputs.get("securityGroups"),
                IpAddressType=inputs.get("ipAddressType"),
                Tags=tag_list(inputs) or None,
            )
        )["LoadBalancers"][0]
        self.complete(aws, balancer["LoadBalancerArn"], inputs)
        return Created(balancer["LoadBalancerArn"], self._outputs(balancer))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the attributes, and wait until the balancer is active."""
        elb = aws.client("elbv2")
        attributes = _attributes(inputs, LOAD_BALANCER_ATTRIBUTES)
        if attributes:
            elb.modify_load_balancer_attributes(LoadBalancerArn=resource_id, Attributes=attributes)

        def active() -> bool:
            state = elb.describe_load_balancers(LoadBalancerArns=[resource_id])["LoadBalancers"][0]["State"]["Code"]
            return bool(state == "active")

        aws.wait_for(f"load balancer {inputs['name']} active", active, deadline_s=ACTIVE_DEADLINE_S)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        answer = found(
            lambda: aws.client("elbv2").describe_load_balancers(Names=[inputs["name"]]), "LoadBalancerNotFound"
        )
        return str(answer["LoadBalancers"][0]["LoadBalancerArn"]) if answer else None

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("elbv2").describe_load_balancers(LoadBalancerArns=[resource_id]), "LoadBalancerNotFound"
        )
        return self._outputs(answer["LoadBalancers"][0]) if answer and answer["LoadBalancers"] else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("LoadBalancerNotFound"):
            aws.client("elbv2").delete_load_balancer(LoadBalancerArn=resource_id)

    @staticmethod
    def _outputs(balancer: dict[str, Any]) -> Properties:
        arn = balancer["LoadBalancerArn"]
        return {
            "arn": arn,
            "arnSuffix": arn.partition(":loadbalancer/")[2],
            "dnsName": balancer["DNSName"],
            "zoneId": balancer["CanonicalHostedZoneId"],
            "vpcId": balancer.get("VpcId"),
        }


@register
class TargetGroup(Handler):
    """A target group. Its id is its ARN."""

    type = "aws:lb/targetGroup:TargetGroup"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        elb = aws.client("elbv2")
        check = inputs.get("healthCheck") or {}
        matcher = check.get("matcher")
        port = check.get("port")
        group = elb.create_target_group(
            **given(
                Name=inputs["name"],
                Protocol=inputs.get("protocol"),
                ProtocolVersion=inputs.get("protocolVersion"),
                Port=inputs.get("port"),
                VpcId=inputs.get("vpcId"),
                TargetType=inputs.get("targetType"),
                HealthCheckEnabled=check.get("enabled"),
                HealthCheckPath=check.get("path"),
                HealthCheckProtocol=check.get("protocol"),
                HealthCheckPort=None if port is None else str(port),
                HealthCheckIntervalSeconds=check.get("interval"),
                HealthCheckTimeoutSeconds=check.get("timeout"),
                HealthyThresholdCount=check.get("healthyThreshold"),
                UnhealthyThresholdCount=check.get("unhealthyThreshold"),
                Matcher=None if matcher is None else {"HttpCode": matcher},
                Tags=tag_list(inputs) or None,
            )
        )["TargetGroups"][0]
        self.complete(aws, group["TargetGroupArn"], inputs)
        return Created(group["TargetGroupArn"], self._outputs(group))

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Set the attributes."""
        attributes = _attributes(inputs, TARGET_GROUP_ATTRIBUTES)
        if attributes:
            aws.client("elbv2").modify_target_group_attributes(TargetGroupArn=resource_id, Attributes=attributes)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        answer = found(
            lambda: aws.client("elbv2").describe_target_groups(Names=[inputs["name"]]), "TargetGroupNotFound"
        )
        return str(answer["TargetGroups"][0]["TargetGroupArn"]) if answer else None

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("elbv2").describe_target_groups(TargetGroupArns=[resource_id]), "TargetGroupNotFound"
        )
        return self._outputs(answer["TargetGroups"][0]) if answer and answer["TargetGroups"] else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler. Waits until listeners have let it go."""
        elb = aws.client("elbv2")

        def gone() -> bool:
            with ignoring("ResourceInUse"):
                with ignoring("TargetGroupNotFound"):
                    elb.delete_target_group(TargetGroupArn=resource_id)
                return True
            return False

        aws.wait_for(f"target group {resource_id} unused", gone, deadline_s=FREE_DEADLINE_S)

    @staticmethod
    def _outputs(group: dict[str, Any]) -> Properties:
        arn = group["TargetGroupArn"]
        return {"arn": arn, "arnSuffix": arn.rpartition(":")[2]}


@register
class Listener(Handler):
    """A listener. Its id is its ARN."""

    type = "aws:lb/listener:Listener"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        certificate = inputs.get("certificateArn")
        listener = aws.client("elbv2").create_listener(
            **given(
                LoadBalancerArn=inputs["loadBalancerArn"],
                Port=inputs.get("port"),
                Protocol=inputs.get("protocol"),
                SslPolicy=inputs.get("sslPolicy"),
                Certificates=[{"CertificateArn": certificate}] if certificate else None,
                DefaultActions=[_action(action) for action in inputs["defaultActions"]],
                Tags=tag_list(inputs) or None,
            )
        )["Listeners"][0]
        return Created(listener["ListenerArn"], {"arn": listener["ListenerArn"]})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("elbv2").describe_listeners(ListenerArns=[resource_id]), "ListenerNotFound")
        return {"arn": resource_id} if answer and answer["Listeners"] else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("ListenerNotFound"):
            aws.client("elbv2").delete_listener(ListenerArn=resource_id)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by load balancer and port."""
        listeners = aws.client("elbv2").describe_listeners(LoadBalancerArn=inputs["loadBalancerArn"])["Listeners"]
        return next((str(one["ListenerArn"]) for one in listeners if one.get("Port") == inputs.get("port")), None)


@register
class ListenerRule(Handler):
    """A rule of a listener. Its id is its ARN."""

    type = "aws:lb/listenerRule:ListenerRule"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        rule = aws.client("elbv2").create_rule(
            **given(
                ListenerArn=inputs["listenerArn"],
                Priority=inputs["priority"],
                Conditions=[_condition(condition) for condition in inputs["conditions"]],
                Actions=[_action(action) for action in inputs["actions"]],
                Tags=tag_list(inputs) or None,
            )
        )["Rules"][0]
        return Created(rule["RuleArn"], {"arn": rule["RuleArn"]})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(
            lambda: aws.client("elbv2").describe_rules(RuleArns=[resource_id]), "RuleNotFound", "ListenerNotFound"
        )
        return {"arn": resource_id} if answer and answer["Rules"] else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("RuleNotFound"):
            aws.client("elbv2").delete_rule(RuleArn=resource_id)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by listener and priority."""
        rules = aws.client("elbv2").describe_rules(ListenerArn=inputs["listenerArn"])["Rules"]
        return next((str(rule["RuleArn"]) for rule in rules if rule["Priority"] == str(inputs["priority"])), None)


def _attributes(inputs: Properties, names: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"Key": key, "Value": str(inputs[name]).lower() if isinstance(inputs[name], bool) else str(inputs[name])}
        for name, key in names.items()
        if name in inputs
    ]


def _action(action: Properties) -> dict[str, Any]:
    result: dict[str, Any] = {"Type": action["type"]}
    if "order" in action:
        result["Order"] = action["order"]
    if "targetGroupArn" in action:
        result["TargetGroupArn"] = action["targetGroupArn"]
    if "forward" in action:
        stickiness = action["forward"].get("stickiness")
        result["ForwardConfig"] = given(
            TargetGroups=[
                given(TargetGroupArn=group["arn"], Weight=group.get("weight"))
                for group in action["forward"]["targetGroups"]
            ],
            TargetGroupStickinessConfig=given(
                Enabled=stickiness.get("enabled", False), DurationSeconds=stickiness.get("duration")
            )
            if stickiness
            else None,
        )
    if "fixedResponse" in action:
        fixed = action["fixedResponse"]
        result["FixedResponseConfig"] = given(
            ContentType=fixed["contentType"], MessageBody=fixed.get("messageBody"), StatusCode=fixed.get("statusCode")
        )
    if "redirect" in action:
        redirect = action["redirect"]
        result["RedirectConfig"] = given(
            Protocol=redirect.get("protocol"),
            Port=redirect.get("port"),
            Host=redirect.get("host"),
            Path=redirect.get("path"),
            Query=redirect.get("query"),
            StatusCode=redirect["statusCode"],
        )
    return result


def _condition(condition: Properties) -> dict[str, Any]:
    if "pathPattern" in condition:
        return {"Field": "path-pattern", "PathPatternConfig": {"Values": condition["pathPattern"]["values"]}}
    if "hostHeader" in condition:
        return {"Field": "host-header", "HostHeaderConfig": {"Values": condition["hostHeader"]["values"]}}
    if "httpRequestMethod" in condition:
        values = condition["httpRequestMethod"]["values"]
        return {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": values}}
    header = condition["httpHeader"]
    return {
        "Field": "http-header",
        "HttpHeaderConfig": {"HttpHeaderName": header["httpHeaderName"], "Values": header["values"]},
    }
