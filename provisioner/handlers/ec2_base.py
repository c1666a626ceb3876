"""What EC2's resource types have in common: found by id, or by tags."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from collections.abc import Callable
from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.base import Handler, Properties, found, given, tag_list


class Ec2Handler(Handler):
    """Base of types that one describe call finds by id, or by tags after an interrupted creation."""

    taggable = True
    resource_type: ClassVar[str]
    missing_codes: ClassVar[tuple[str, ...]]

    def _describe(self, ec2: Any, **arguments: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def _id(self, item: dict[str, Any]) -> str:
        raise NotImplementedError

    def _outputs(self, item: dict[str, Any], aws: Aws) -> Properties:
        raise NotImplementedError

    def _tag_specification(self, inputs: Properties) -> list[dict[str, Any]] | None:
        tags = tag_list(inputs)
        return [{"ResourceType": self.resource_type, "Tags": tags}] if tags else None

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        items = found(lambda: self._describe(aws.client("ec2"), ids=[resource_id]), *self.missing_codes)
        return self._outputs(items[0], aws) if items else None

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by all tags: ours carry a Name that is unique in a stack."""
        wanted = tag_list(inputs)
        filters = [{"Name": f"tag:{tag['Key']}", "Values": [tag["Value"]]} for tag in wanted]
        items = self._describe(aws.client("ec2"), filters=filters) if filters else []
        ours = [item for item in items if all(tag in item.get("Tags", []) for tag in wanted)]
        return self._id(ours[0]) if ours else None


def ids_or_filters(name: str) -> Callable[..., dict[str, Any]]:
    """Return what makes a describe call's arguments of `ids` (given as `name`) or `filters`."""

    def arguments(ids: list[str] | None = None, filters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return given(**{name: ids, "Filters": filters})

    return arguments
