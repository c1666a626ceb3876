"""Distributions of CloudFront. Its control plane answers in us-east-1 alone."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

CONTROL_REGION: Final = "us-east-1"
DEPLOYED_DEADLINE_S: Final = 5400.0
HOSTED_ZONE_ID: Final = "Z2FDTNDATAQYW2"
"""The zone of every distribution's name. Source: Route 53 API reference, AliasTarget."""


def _client(aws: Aws) -> Any:
    return aws.client("cloudfront", CONTROL_REGION)


@register
class Distribution(Handler):
    """A distribution. Its id is the distribution's."""

    type = "aws:cloudfront/distribution:Distribution"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler. Waits until it is deployed, unless `waitForDeployment` is false.

        The caller reference is the comment, which ours make unique: the same distribution is not made twice.
        """
        cloudfront = _client(aws)
        answer = cloudfront.create_distribution_with_tags(
            DistributionConfigWithTags={
                "DistributionConfig": distribution_config(inputs),
                "Tags": {"Items": tag_list(inputs)},
            }
        )
        distribution = answer["Distribution"]
        resource_id = distribution["Id"]

        def deployed() -> bool:
            return bool(cloudfront.get_distribution(Id=resource_id)["Distribution"]["Status"] == "Deployed")

        if inputs.get("waitForDeployment", True):
            aws.wait_for(f"distribution {resource_id} deployed", deployed, deadline_s=DEPLOYED_DEADLINE_S)
        return Created(resource_id, self._outputs(distribution))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: _client(aws).get_distribution(Id=resource_id), "NoSuchDistribution")
        return self._outputs(answer["Distribution"]) if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Disable the distribution, wait until the edge knows, delete it."""
        cloudfront = _client(aws)
        with ignoring("NoSuchDistribution"):
            current = cloudfront.get_distribution_config(Id=resource_id)
            etag = current["ETag"]
            if current["DistributionConfig"]["Enabled"]:
                config = {**current["DistributionConfig"], "Enabled": False}
                etag = cloudfront.update_distribution(Id=resource_id, IfMatch=etag, DistributionConfig=config)["ETag"]
            aws.wait_for(
                f"distribution {resource_id} disabled",
                lambda: cloudfront.get_distribution(Id=resource_id)["Distribution"]["Status"] == "Deployed",
                deadline_s=DEPLOYED_DEADLINE_S,
            )
            cloudfront.delete_distribution(Id=resource_id, IfMatch=etag)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by comment."""
        for page in _client(aws).get_paginator("list_distributions").paginate():
            for item in page["DistributionList"].get("Items", []):
                if item["Comment"] == inputs.get("comment"):
                    return str(item["Id"])
        return None

    @staticmethod
    def _outputs(distribution: dict[str, Any]) -> Properties:
        return {
            "arn": distribution["ARN"],
            "domainName": distribution["DomainName"],
            "hostedZoneId": HOSTED_ZONE_ID,
            "status": distribution["Status"],
            "etag": "",
        }


def distribution_config(inputs: Properties) -> dict[str, Any]:
    """Return a distribution's inputs as CloudFront's API takes them."""
    return given(
        CallerReference=inputs.get("comment", ""),
        Comment=inputs.get("comment", ""),
        Enabled=inputs["enabled"],
        Aliases=_items(inputs.get("aliases", [])),
        Origins=_items([_origin(origin) for origin in inputs["origins"]]),
        DefaultCacheBehavior=_behaviour(inputs["defaultCacheBehavior"]),
        CacheBehaviors=_items(
            [
                {"PathPattern": behaviour["pathPattern"], **_behaviour(behaviour)}
                for behaviour in inputs.get("orderedCacheBehaviors", [])
            ]
        ),
        PriceClass=inputs.get("priceClass"),
        HttpVersion=inputs.get("httpVersion"),
        IsIPV6Enabled=inputs.get("isIpv6Enabled"),
        DefaultRootObject=inputs.get("defaultRootObject", ""),
        ViewerCertificate=_viewer_certificate(inputs["viewerCertificate"]),
        Restrictions=_restrictions(inputs["restrictions"]),
        WebACLId=inputs.get("webAclId"),
    )


def _items(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}


def _origin(origin: Properties) -> dict[str, Any]:
    headers = [{"HeaderName": h["name"], "HeaderValue": h["value"]} for h in origin.get("customHeaders", [])]
    custom = origin.get("customOriginConfig")
    return given(
        Id=origin["originId"],
        DomainName=origin["domainName"],
        OriginPath=origin.get("originPath", ""),
        ConnectionAttempts=origin.get("connectionAttempts"),
        ConnectionTimeout=origin.get("connectionTimeout"),
        CustomHeaders=_items(headers),
        CustomOriginConfig=given(
            HTTPPort=custom["httpPort"],
            HTTPSPort=custom["httpsPort"],
            OriginProtocolPolicy=custom["originProtocolPolicy"],
            OriginSslProtocols=_items(custom["originSslProtocols"]),
            OriginReadTimeout=custom.get("originReadTimeout"),
            OriginKeepaliveTimeout=custom.get("originKeepaliveTimeout"),
        )
        if custom
        else None,
    )


def _behaviour(behaviour: Properties) -> dict[str, Any]:
    methods = _items(behaviour["allowedMethods"])
    methods["CachedMethods"] = _items(behaviour["cachedMethods"])
    return given(
        TargetOriginId=behaviour["targetOriginId"],
        ViewerProtocolPolicy=behaviour["viewerProtocolPolicy"],
        AllowedMethods=methods,
        Compress=behaviour.get("compress"),
        CachePolicyId=behaviour.get("cachePolicyId"),
        OriginRequestPolicyId=behaviour.get("originRequestPolicyId"),
        ResponseHeadersPolicyId=behaviour.get("responseHeadersPolicyId"),
    )


def _viewer_certificate(certificate: Properties) -> dict[str, Any]:
    return given(
        ACMCertificateArn=certificate.get("acmCertificateArn"),
        CloudFrontDefaultCertificate=certificate.get("cloudfrontDefaultCertificate"),
        SSLSupportMethod=certificate.get("sslSupportMethod"),
        MinimumProtocolVersion=certificate.get("minimumProtocolVersion"),
    )


def _restrictions(restrictions: Properties) -> dict[str, Any]:
    geo = restrictions["geoRestriction"]
    return {"GeoRestriction": {"RestrictionType": geo["restrictionType"], **_items(geo.get("locations", []))}}
