"""A region's public load balancer. It forwards only what carries the origin secret, and `GET /traffic`."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child
from estate.config import LoadBalancerConfig

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3, and 1.2 at least: the specification's ELBSecurityPolicy-TLS-1-2-2017-01 is the minimum that it keeps
(docs/design.md#specification)."""

KEEP_ALIVE_S = 60
"""A client connection is closed after so long, so that traffic moves when DNS does (docs/design.md#traffic)."""


@dataclass(frozen=True)
class LoadBalancerArgs:
    """Where it stands, who may reach it, the certificate that it shows, and the bucket of its access logs."""

    load_balancer_name: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_ids: list[pulumi.Output[str]]
    certificate_arn: pulumi.Input[str]
    config: LoadBalancerConfig
    log_bucket: str
    provider: pulumi.ProviderResource


class LoadBalancer(pulumi.ComponentResource):
    """Balancer and listeners. HTTPS answers 403 unless a rule forwards; HTTP redirects to HTTPS. What is not plainly
    HTTP is refused or sent on unambiguously (desync mitigation, invalid headers dropped).

    Specification: 2.1, 2.2, 5.3, 6.2
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    listener_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:LoadBalancer", name, None, opts)
        balancer = aws.lb.LoadBalancer(
            name,
            name=args.load_balancer_name,
            load_balancer_type="application",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=args.security_group_ids,
            client_keep_alive=KEEP_ALIVE_S,
            idle_timeout=args.config.idle_timeout_s,
            enable_deletion_protection=args.config.deletion_protection,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_http2=True,
            access_logs={"bucket": args.log_bucket, "prefix": "load-balancer", "enabled": True},
            opts=child(self, args.provider),
        )
        https = self._https(name, args, balancer.arn)
        self._redirect(name, args, balancer.arn)
        self.arn, self.dns_name, self.zone_id = balancer.arn, balancer.dns_name, balancer.zone_id
        self.arn_suffix = balancer.arn_suffix
        self.listener_arn = https.arn
        self.register_outputs({"dns_name": self.dns_name, "zone_id": self.zone_id})

    def _https(self, name: str, args: LoadBalancerArgs, balancer_arn: pulumi.Output[str]) -> Any:
        forbidden = {"content_type": "text/plain", "message_body": "Forbidden", "status_code": "403"}
        return aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer_arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=args.certificate_arn,
            default_actions=[{"type": "fixed-response", "fixed_response": forbidden}],
            opts=child(self, args.provider),
        )

    def _redirect(self, name: str, args: LoadBalancerArgs, balancer_arn: pulumi.Output[str]) -> None:
        to_https = {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer_arn,
            port=80,
            protocol="HTTP",
            default_actions=[{"type": "redirect", "redirect": to_https}],
            opts=child(self, args.provider),
        )
