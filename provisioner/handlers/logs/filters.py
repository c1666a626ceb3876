"""What is made of logs: metrics from log groups, and the delivery of AWS's own logs."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic


@register
class LogMetricFilter(Generic):
    """A metric filter of a log group. Its id is `<log group>:<name>`, as it is imported."""

    type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    service = "logs"
    create_call = update_call = "put_metric_filter"
    read_call = "describe_metric_filters"
    delete_call = "delete_metric_filter"
    id_inputs = ("logGroupName", "name")
    id_separator = ":"
    names: ClassVar = {
        "name": "filterName",
        "pattern": "filterPattern",
        "metricTransformation": "metricTransformations",
        "metricTransformation.name": "metricName",
        "metricTransformation.namespace": "metricNamespace",
        "metricTransformation.value": "metricValue",
    }
    missing = ("ResourceNotFoundException",)
    adopts = False
    replace_on = frozenset({"name", "logGroupName"})

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; filters are described by the beginning of their names."""
        if call == self.create_call:
            return {}
        group, _, name = resource_id.rpartition(":")
        member = "filterNamePrefix" if call == self.read_call else "filterName"
        return {"logGroupName": group, member: name}

    def id_properties(self, resource_id: str) -> Properties:
        """See Generic."""
        group, _, name = resource_id.rpartition(":")
        return {"logGroupName": group, "name": name}

    def document_in(self, answer: Any, resource_id: str) -> Any:
        """See Generic."""
        name = resource_id.rpartition(":")[2]
        return next((each for each in answer["metricFilters"] if each["filterName"] == name), None)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; the provider's filter makes one metric."""
        seen = super().observe(aws, resource_id, document)
        made = seen["metricTransformation"][0]
        if "defaultValue" in made:
            made["defaultValue"] = f"{made['defaultValue']:g}"
        return {**seen, "metricTransformation": made}


@register
class LogDeliverySource(Generic):
    """A resource whose logs AWS delivers. Its id is its name."""

    type = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
    taggable = True
    service = "logs"
    create_call = "put_delivery_source"
    read_call = "get_delivery_source"
    delete_call = "delete_delivery_source"
    id_inputs = ("name",)
    document = "deliverySource"
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {"arn": "arn", "service": "service", "resourceArn": "resourceArns[0]"}
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")


@register
class LogDeliveryDestination(Generic):
    """Where AWS delivers logs to. Its id is its name."""

    type = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
    taggable = True
    service = "logs"
    create_call = update_call = "put_delivery_destination"
    read_call = "get_delivery_destination"
    delete_call = "delete_delivery_destination"
    id_inputs = ("name",)
    document = "deliveryDestination"
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {"arn": "arn"}
    replace_on = frozenset({"name", "outputFormat", "deliveryDestinationType"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        return {} if call == self.create_call else super().id_arguments(aws, call, resource_id)


@register
class LogDelivery(Generic):
    """A delivery from a source to a destination. Its id is AWS's."""

    type = "aws:cloudwatch/logDelivery:LogDelivery"
    taggable = True
    service = "logs"
    create_call = "create_delivery"
    read_call = "get_delivery"
    update_call = "update_delivery_configuration"
    delete_call = "delete_delivery"
    id_output = "delivery.id"
    id_parameter = "id"
    document = "delivery"
    names: ClassVar = {"s3DeliveryConfigurations": "s3DeliveryConfiguration"}
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {"arn": "arn"}
    replace_on = frozenset({"deliverySourceName", "deliveryDestinationArn"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")
    find_call = "describe_deliveries"
    find_in = "deliveries"
    find_by: ClassVar = {
        "deliverySourceName": "deliverySourceName",
        "deliveryDestinationArn": "deliveryDestinationArn",
    }
    find_id = "id"
