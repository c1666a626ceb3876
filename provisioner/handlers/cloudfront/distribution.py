"""Distributions of CloudFront. Its control plane answers in us-east-1 alone."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.cloudfront.config import distribution_config, distribution_properties
from provisioner.handlers.common.base import Created, Handler, Properties, found, ignoring, register, tag_list
from provisioner.handlers.common.shapes import as_given

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
    delete_before_replace = False

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

        self._wait_deployed(aws, resource_id, inputs)
        return Created(resource_id, self.read(aws, resource_id, inputs) or {})

    @staticmethod
    def _wait_deployed(aws: Aws, resource_id: str, inputs: Properties) -> None:
        def deployed() -> bool:
            return bool(_client(aws).get_distribution(Id=resource_id)["Distribution"]["Status"] == "Deployed")

        if inputs.get("waitForDeployment", True):
            aws.wait_for(f"distribution {resource_id} deployed", deployed, deadline_s=DEPLOYED_DEADLINE_S)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: _client(aws).get_distribution(Id=resource_id), "NoSuchDistribution")
        if answer is None:
            return None
        distribution = answer["Distribution"]
        tags = _client(aws).list_tags_for_resource(Resource=distribution["ARN"])["Tags"].get("Items", [])
        seen = {
            **distribution_properties(distribution["DistributionConfig"]),
            **self._outputs(distribution),
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")},
        }
        given_form: Properties = as_given(seen, outputs)
        return given_form

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; what the program does not say of a distribution stays as it is."""
        cloudfront = _client(aws)
        current = cloudfront.get_distribution_config(Id=resource_id)
        reference = current["DistributionConfig"]["CallerReference"]
        config = {**current["DistributionConfig"], **distribution_config(new), "CallerReference": reference}
        cloudfront.update_distribution(Id=resource_id, IfMatch=current["ETag"], DistributionConfig=config)
        self._wait_deployed(aws, resource_id, new)
        return self.read(aws, resource_id, new) or {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        if removed:
            _client(aws).untag_resource(Resource=outputs["arn"], TagKeys={"Items": removed})
        if tags:
            items = [{"Key": name, "Value": text} for name, text in sorted(tags.items())]
            _client(aws).tag_resource(Resource=outputs["arn"], Tags={"Items": items})

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
