"""Cost Explorer: anomaly detection and cost allocation tags. Its control plane answers in us-east-1 alone."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, ignoring, register
from provisioner.handlers.common.generic import Generic

CONTROL_REGION = "us-east-1"


class _Anomaly(Generic):
    """Base of what anomaly detection is made of. Ids are ARNs."""

    taggable = True
    service = "ce"
    control_region = CONTROL_REGION
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")
    tagged_by = "id"
    part: ClassVar[str]
    """The parameter of the creating call that holds all inputs."""
    inputs: ClassVar[dict[str, str]]

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        nested = {name: f"{cls.part}.{member}" for name, member in cls.inputs.items()}
        cls.names = {**cls.names, **nested}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        return {**super().observe(aws, resource_id, document), "arn": resource_id}


@register
class AnomalyMonitor(_Anomaly):
    """What is watched for anomalies."""

    type = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
    create_call = "create_anomaly_monitor"
    read_call = "get_anomaly_monitors"
    update_call = "update_anomaly_monitor"
    delete_call = "delete_anomaly_monitor"
    id_output = "MonitorArn"
    id_parameter = "MonitorArn"
    read_parameter = "MonitorArnList[]"
    part = "AnomalyMonitor"
    inputs: ClassVar = {
        "name": "MonitorName",
        "monitorType": "MonitorType",
        "monitorDimension": "MonitorDimension",
        "monitorSpecification": "MonitorSpecification",
    }
    document = "AnomalyMonitors[0]"
    missing = ("UnknownMonitorException",)
    replace_on = frozenset({"monitorType", "monitorDimension", "monitorSpecification"})
    find_call = "get_anomaly_monitors"
    find_in = "AnomalyMonitors"
    find_by: ClassVar = {"name": "MonitorName"}
    find_id = "MonitorArn"

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; the name alone can change."""
        return {"MonitorName": new["name"]}


@register
class AnomalySubscription(_Anomaly):
    """Who is told of anomalies, and from which impact on."""

    type = "aws:costexplorer/anomalySubscription:AnomalySubscription"
    create_call = "create_anomaly_subscription"
    read_call = "get_anomaly_subscriptions"
    update_call = "update_anomaly_subscription"
    delete_call = "delete_anomaly_subscription"
    id_output = "SubscriptionArn"
    id_parameter = "SubscriptionArn"
    read_parameter = "SubscriptionArnList[]"
    part = "AnomalySubscription"
    inputs: ClassVar = {
        "name": "SubscriptionName",
        "frequency": "Frequency",
        "monitorArnLists": "MonitorArnList",
        "subscribers": "Subscribers",
        "thresholdExpression": "ThresholdExpression",
        "accountId": "AccountId",
    }
    names: ClassVar = {"thresholdExpression.dimension": "Dimensions"}
    document = "AnomalySubscriptions[0]"
    missing = ("UnknownSubscriptionException",)
    replace_on = frozenset({"accountId"})
    find_call = "get_anomaly_subscriptions"
    find_in = "AnomalySubscriptions"
    find_by: ClassVar = {"name": "SubscriptionName"}
    find_id = "SubscriptionArn"

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; updating takes the same members, not nested."""
        whole: dict[str, Any] = self.parameters(
            aws, self.create_call, {name: new[name] for name in self.inputs if name in new and name != "accountId"}
        )[self.part]
        return whole


@register
class CostAllocationTag(Handler):
    """A tag by which costs are told apart. Its id is its key. AWS knows a tag a day after its first use."""

    type = "aws:costexplorer/costAllocationTag:CostAllocationTag"
    name_input = "tagKey"
    adopts = False
    replace_on = frozenset({"tagKey"})

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        _set_status(aws, inputs["tagKey"], inputs["status"])
        return Created(inputs["tagKey"], self.read(aws, inputs["tagKey"], inputs) or {})

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        _set_status(aws, resource_id, new["status"])
        return self.read(aws, resource_id, new) or {}

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler; a tag that is not active is as good as none."""
        answer = aws.client("ce", CONTROL_REGION).list_cost_allocation_tags(TagKeys=[resource_id])
        for tag in answer["CostAllocationTags"]:
            if tag["TagKey"] == resource_id and tag["Status"] == "Active":
                return {"tagKey": resource_id, "status": tag["Status"], "type": tag["Type"]}
        return None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Deactivate it."""
        with ignoring("ResourceNotFoundException"):
            _set_status(aws, resource_id, "Inactive")


def _set_status(aws: Aws, key: str, status: str) -> None:
    aws.client("ce", CONTROL_REGION).update_cost_allocation_tags_status(
        CostAllocationTagsStatus=[{"TagKey": key, "Status": status}]
    )
