"""AWS Config: recorder, its deliveries and state, and managed rules."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, ignoring, register
from provisioner.handlers.common.generic import Generic
from provisioner.handlers.common.put_whole import PutWhole


class _Config(PutWhole):
    """What Config is given whole, with its name inside; `delete_parameter` is where the deleting call has the name."""

    delete_parameter: ClassVar[str]

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        if call == self.delete_call:
            return {self.delete_parameter: resource_id}
        return {} if call == self.update_call else super().id_arguments(aws, call, resource_id)


@register
class Recorder(_Config):
    """The recorder of a region. Its id is its name."""

    type = "aws:cfg/recorder:Recorder"
    service = "config"
    create_call = "put_configuration_recorder"
    read_call = "describe_configuration_recorders"
    update_call = "put_configuration_recorder"
    delete_call = "delete_configuration_recorder"
    id_inputs = ("name",)
    read_parameter = "ConfigurationRecorderNames[]"
    delete_parameter = "ConfigurationRecorderName"
    adopts = False
    missing = ("NoSuchConfigurationRecorderException",)
    document = "ConfigurationRecorders[0]"
    replace_on = frozenset({"name"})
    names: ClassVar = {
        "name": "ConfigurationRecorder.name",
        "roleArn": "ConfigurationRecorder.roleARN",
        "recordingGroup": "ConfigurationRecorder.recordingGroup",
    }


@register
class DeliveryChannel(_Config):
    """Where the recorder's findings go. Its id is its name."""

    type = "aws:cfg/deliveryChannel:DeliveryChannel"
    service = "config"
    create_call = "put_delivery_channel"
    read_call = "describe_delivery_channels"
    update_call = "put_delivery_channel"
    delete_call = "delete_delivery_channel"
    id_inputs = ("name",)
    read_parameter = "DeliveryChannelNames[]"
    delete_parameter = "DeliveryChannelName"
    adopts = False
    missing = ("NoSuchDeliveryChannelException",)
    busy = ("LastDeliveryChannelDeleteFailedException",)
    document = "DeliveryChannels[0]"
    replace_on = frozenset({"name"})
    names: ClassVar = {
        "name": "DeliveryChannel.name",
        "s3BucketName": "DeliveryChannel.s3BucketName",
        "s3KeyPrefix": "DeliveryChannel.s3KeyPrefix",
        "s3KmsKeyArn": "DeliveryChannel.s3KmsKeyArn",
        "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
    }


@register
class RecorderStatus(Generic):
    """Whether the recorder runs. Its id is the recorder's name; its end stops it."""

    type = "aws:cfg/recorderStatus:RecorderStatus"
    service = "config"
    create_call = "start_configuration_recorder"
    read_call = "describe_configuration_recorder_status"
    delete_call = "stop_configuration_recorder"
    id_inputs = ("name",)
    id_parameter = "ConfigurationRecorderName"
    read_parameter = "ConfigurationRecorderNames[]"
    adopts = False
    missing = ("NoSuchConfigurationRecorderException",)
    document = "ConfigurationRecordersStatus[0]"
    replace_on = frozenset({"name"})
    names: ClassVar = {"name": "ConfigurationRecorderName"}
    only_here = frozenset({"isEnabled"})
    outputs: ClassVar = {"isEnabled": "recording"}
    gone = "!recording"

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Stop it again where it is not to run."""
        if not inputs["isEnabled"]:
            self.call(aws, "stop_configuration_recorder", ConfigurationRecorderName=resource_id)

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler."""
        self.call(aws, "start_configuration_recorder", ConfigurationRecorderName=resource_id)
        self.complete(aws, resource_id, new)
        return self.read(aws, resource_id, new) or {}


@register
class Rule(_Config):
    """A rule. Its id is its name."""

    type = "aws:cfg/rule:Rule"
    taggable = True
    service = "config"
    create_call = "put_config_rule"
    read_call = "describe_config_rules"
    update_call = "put_config_rule"
    delete_call = "delete_config_rule"
    id_inputs = ("name",)
    read_parameter = "ConfigRuleNames[]"
    delete_parameter = "ConfigRuleName"
    adopts = False
    missing = ("NoSuchConfigRuleException",)
    document = "ConfigRules[0]"
    gone = "ConfigRuleState == 'DELETING'"
    replace_on = frozenset({"name"})
    names: ClassVar = {
        "name": "ConfigRule.ConfigRuleName",
        "description": "ConfigRule.Description",
        "source": "ConfigRule.Source",
        "inputParameters": "ConfigRule.InputParameters",
        "maximumExecutionFrequency": "ConfigRule.MaximumExecutionFrequency",
    }
    outputs: ClassVar = {"arn": "ConfigRuleArn", "ruleId": "ConfigRuleId"}
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler; a rule that is being deleted is gone."""
        with ignoring("ResourceInUseException"):
            super().delete(aws, resource_id, outputs)
