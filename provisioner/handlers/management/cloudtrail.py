"""CloudTrail."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.shapes import to_properties
from provisioner.handlers.common.tagging import tags_of


@register
class Trail(Generic):
    """A trail. Its id is its ARN."""

    type = "aws:cloudtrail/trail:Trail"
    taggable = True
    service = "cloudtrail"
    create_call = "create_trail"
    read_call = "get_trail"
    update_call = "update_trail"
    delete_call = "delete_trail"
    id_output = "TrailARN"
    missing = ("TrailNotFoundException",)
    document = "Trail"
    only_here = frozenset({"enableLogging", "eventSelectors"})
    outputs: ClassVar = {
        "arn": "TrailARN",
        "homeRegion": "HomeRegion",
        "enableLogFileValidation": "LogFileValidationEnabled",
    }
    replace_on = frozenset({"name"})
    tag_calls = ("add_tags", "remove_tags", "list_tags")

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; in its own region a trail is known by its name."""
        return {"Name": resource_id.rpartition("/")[2]}

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Say which events it notes, and turn it on."""
        super().complete(aws, resource_id, inputs)
        if "eventSelectors" in inputs:
            wanted = self.parameters(aws, "put_event_selectors", {"eventSelectors": inputs["eventSelectors"]})
            self.call(aws, "put_event_selectors", TrailName=resource_id, **wanted)
        switch = "start_logging" if inputs.get("enableLogging", True) else "stop_logging"
        self.call(aws, switch, Name=resource_id)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; state and events have calls of their own."""
        observed = super().observe(aws, resource_id, document)
        selectors = self.call(aws, "get_event_selectors", TrailName=resource_id).get("EventSelectors")
        shown = to_properties(selectors, {}) if selectors else None
        state = self.call(aws, "get_trail_status", Name=resource_id)
        return {**observed, **({"eventSelectors": shown} if shown else {}), "enableLogging": state["IsLogging"]}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        super().update(aws, resource_id, old, new, changed)
        self.complete(aws, resource_id, {name: value for name, value in new.items() if name != "tagsAll"})
        return self.read(aws, resource_id, new) or {}

    def retag(self, aws: Aws, resource_id: str, outputs: Properties, tags: dict[str, str], removed: list[str]) -> None:
        """See Generic; CloudTrail wants no value of a tag that goes."""
        if removed:
            self.call(aws, "remove_tags", ResourceId=resource_id, TagsList=[{"Key": key} for key in removed])
        super().retag(aws, resource_id, outputs, tags, [])

    def _read_tags(self, aws: Aws, resource_id: str, observed: Properties, document: Any) -> dict[str, str] | None:
        answer = self.call(aws, "list_tags", ResourceIdList=[resource_id])["ResourceTagList"]
        return tags_of(answer[0]["TagsList"]) if answer else {}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name, in the trail's own region."""
        for one in self.call(aws, "describe_trails", includeShadowTrails=False)["trailList"]:
            if one["Name"] == inputs["name"]:
                return str(one["TrailARN"])
        return None
