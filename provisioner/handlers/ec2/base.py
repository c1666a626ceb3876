"""What EC2's resource types have in common: found by id, or by tags."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

import jmespath  # type: ignore[import-untyped]

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, given, tag_list
from provisioner.handlers.common.generic import Generic


class Ec2Generic(Generic):
    """Base of EC2's types: described by id, tagged at creation and by CreateTags, found by all of their tags."""

    taggable = True
    service = "ec2"
    resource_type: ClassVar[str]
    """As TagSpecifications and ARNs name it: `subnet`."""
    items: ClassVar[str]
    """JMESPath of the described list; the first is the resource."""
    filters: ClassVar[str] = "Filters"
    names_owner: ClassVar[bool] = False
    """True where the description says the owner and not the ARN: then the ARN is made of it."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if hasattr(cls, "items"):
            cls.document = f"{cls.items}[0]"

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic; tags are a specification here."""
        tags = tag_list(inputs)
        specification = [{"ResourceType": self.resource_type, "Tags": tags}] if tags else None
        return given(**super().create_arguments(aws, inputs), TagSpecifications=specification)

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Wait until the resource is ready: its tags came with its creation."""
        self.wait_ready(aws, resource_id)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        if self.names_owner:
            owner = document.get("OwnerId", "")
            observed |= {"arn": f"arn:aws:ec2:{aws.region}:{owner}:{self.resource_type}/{resource_id}"}
            observed |= {"ownerId": owner}
        return observed

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Handler."""
        if removed:
            self.call(aws, "delete_tags", Resources=[resource_id], Tags=[{"Key": key} for key in removed])
        if tags:
            self.call(aws, "create_tags", Resources=[resource_id], Tags=tag_list({"tagsAll": tags}))

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by all tags: ours carry a Name that is unique in a stack. Without one nothing is known for ours."""
        wanted = tag_list(inputs)
        if "Name" not in (inputs.get("tagsAll") or {}):
            return None
        filters = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in wanted]
        answer = self.call(aws, self.read_call, **{self.filters: filters})
        items = jmespath.search(self.items, answer) or []
        here = [item for item in items if not (self.gone and jmespath.search(self.gone, item))]
        ours = [item for item in here if all(tag in item.get("Tags", []) for tag in wanted)]
        return str(jmespath.search(self.find_id, ours[0])) if ours else None
