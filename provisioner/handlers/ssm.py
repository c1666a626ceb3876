"""Parameters of Systems Manager."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list


@register
class Parameter(Handler):
    """A parameter. Its id is its name."""

    type = "aws:ssm/parameter:Parameter"
    taggable = True
    name_input = "name"

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        name = inputs["name"]
        aws.client("ssm").put_parameter(
            **given(
                Name=name,
                Type=inputs["type"],
                Value=inputs["value"],
                Description=inputs.get("description"),
                Tier=inputs.get("tier"),
                Tags=tag_list(inputs) or None,
            )
        )
        return Created(name, self.read(aws, name, inputs) or {})

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("ssm").get_parameter(Name=resource_id), "ParameterNotFound")
        return {"arn": answer["Parameter"].get("ARN"), "version": answer["Parameter"]["Version"]} if answer else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("ParameterNotFound"):
            aws.client("ssm").delete_parameter(Name=resource_id)
