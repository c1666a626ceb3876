"""A region's public load balancer. It forwards only what carries the origin secret, and `GET /traffic`."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.options import child

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3, and 1.2 at least (DESIGN.md, section 7)."""

KEEP_ALIVE_S = 60
"""A client connection is closed after so long, so that traffic moves when DNS does (DESIGN.md, decision 3)."""


@dataclass(frozen=True)
class LoadBalancerArgs:
    """Where it stands, who may reach it, and the certificate that it shows."""

    load_balancer_name: str
    subnet_ids: list[pulumi.Output[str]]
    security_group_ids: list[pulumi.Output[str]]
    certificate_arn: pulumi.Input[str]
    provider: pulumi.ProviderResource


class LoadBalancer(pulumi.ComponentResource):
    """Balancer and listeners. HTTPS answers 403 unless a rule forwards; HTTP redirects to HTTPS."""

    arn: pulumi.Output[str]
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
            drop_invalid_header_fields=True,
            enable_http2=True,
            opts=child(self, args.provider),
        )
        https = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=args.certificate_arn,
            default_actions=[
                {
                    "type": "fixed-response",
                    "fixed_response": {
                        "content_type": "text/plain",
                        "message_body": "Forbidden",
                        "status_code": "403",
                    },
                }
            ],
            opts=child(self, args.provider),
        )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
            ],
            opts=child(self, args.provider),
        )
        self.arn, self.dns_name, self.zone_id = balancer.arn, balancer.dns_name, balancer.zone_id
        self.listener_arn = https.arn
        self.register_outputs({"dns_name": self.dns_name, "zone_id": self.zone_id})
