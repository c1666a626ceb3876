"""A certificate, validated by records in our own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.options import child


@dataclass(frozen=True)
class CertificateArgs:
    """`names`: the first is the certificate's own, the others its alternatives. The zone must hold them all."""

    names: Sequence[str]
    zone_id: pulumi.Input[str]
    provider: pulumi.ProviderResource


class Certificate(pulumi.ComponentResource):
    """An issued certificate: `arn` is known only once it may be used."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Certificate", name, None, opts)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args.names[0],
            subject_alternative_names=list(args.names[1:]) or None,
            validation_method="DNS",
            tags={"Name": name},
            opts=child(self, args.provider),
        )
        records = [self._record(name, domain, certificate, args) for domain in args.names]
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=child(self, args.provider),
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn})

    def _record(self, name: str, domain: str, certificate: Any, args: CertificateArgs) -> Any:
        option = certificate.domain_validation_options.apply(
            lambda options: next(one for one in options if one.domain_name == domain)
        )
        return aws.route53.Record(
            f"{name}-{domain}",
            zone_id=args.zone_id,
            name=option.apply(lambda one: one.resource_record_name),
            type=option.apply(lambda one: one.resource_record_type),
            records=[option.apply(lambda one: one.resource_record_value)],
            ttl=60,
            allow_overwrite=True,  # certificates of one name share their record
            opts=child(self, args.provider),
        )
