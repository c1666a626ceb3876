"""Delivery streams of Data Firehose, into S3."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

CONFIGURATION: Final = "ExtendedS3DestinationConfiguration"


@register
class DeliveryStream(Generic):
    """A delivery stream. Its id is its ARN."""

    type = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    taggable = True
    service = "firehose"
    create_call = "create_delivery_stream"
    read_call = "describe_delivery_stream"
    update_call = "update_destination"
    delete_call = "delete_delivery_stream"
    id_output = "DeliveryStreamARN"
    missing = ("ResourceNotFoundException",)
    document = "DeliveryStreamDescription"
    gone = "DeliveryStreamStatus == 'DELETING'"
    ready = "DeliveryStreamStatus == 'ACTIVE'"
    failed = "DeliveryStreamStatus == 'CREATING_FAILED'"
    names: ClassVar = {
        "name": "DeliveryStreamName",
        "extendedS3Configuration": CONFIGURATION,
        "extendedS3Configuration.bufferingInterval": "IntervalInSeconds",
        "extendedS3Configuration.bufferingSize": "SizeInMBs",
        "serverSideEncryption": "DeliveryStreamEncryptionConfigurationInput",
    }
    only_here = frozenset({"destination"})
    outputs: ClassVar = {"arn": "DeliveryStreamARN", "name": "DeliveryStreamName", "versionId": "VersionId"}
    replace_on = frozenset({"name", "destination", "serverSideEncryption"})
    tag_calls = ("tag_delivery_stream", "untag_delivery_stream", "list_tags_for_delivery_stream")
    tagged_by = "name"

    def parameters(self, aws: Aws, call: str, inputs: Properties) -> dict[str, Any]:
        """See Generic; Terraform's provider has flat what AWS has in structures."""
        inputs = dict(inputs)
        destination = inputs.pop("extendedS3Configuration", None)
        encryption = inputs.pop("serverSideEncryption", None)
        arguments = super().parameters(aws, call, inputs)
        if destination is not None:
            member = CONFIGURATION if call == self.create_call else "ExtendedS3DestinationUpdate"
            arguments[member] = _destination(destination)
        if encryption is not None and encryption.get("enabled"):
            arguments["DeliveryStreamEncryptionConfigurationInput"] = {"KeyType": encryption["keyType"]}
        return arguments

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic; the calls take the name."""
        return {"DeliveryStreamName": resource_id.rpartition("/")[2]}

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic; AWS wants the version and the destination that are to be replaced."""
        document = self.described(aws, resource_id)
        wanted = {"extendedS3Configuration": new["extendedS3Configuration"]}
        return {
            **self.parameters(aws, "update_destination", wanted),
            "CurrentDeliveryStreamVersionId": document["VersionId"],
            "DestinationId": document["Destinations"][0]["DestinationId"],
        }

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic."""
        observed = super().observe(aws, resource_id, document)
        target = (document.get("Destinations") or [{}])[0].get("ExtendedS3DestinationDescription")
        if target:
            observed |= {"destination": "extended_s3", "extendedS3Configuration": _configuration(target)}
        encryption = document.get("DeliveryStreamEncryptionConfiguration", {})
        if encryption.get("KeyType"):
            observed["serverSideEncryption"] = {"enabled": True, "keyType": encryption["KeyType"]}
        return observed

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by name."""
        document = self.described(aws, inputs["name"])
        return str(document["DeliveryStreamARN"]) if document else None


_FLAT: Final = {
    "bucketArn": "BucketARN",
    "roleArn": "RoleARN",
    "prefix": "Prefix",
    "errorOutputPrefix": "ErrorOutputPrefix",
    "fileExtension": "FileExtension",
    "compressionFormat": "CompressionFormat",
}


def _destination(given: Properties) -> dict[str, Any]:
    result: dict[str, Any] = {member: given[name] for name, member in _FLAT.items() if name in given}
    hints = {"IntervalInSeconds": given.get("bufferingInterval"), "SizeInMBs": given.get("bufferingSize")}
    if any(value is not None for value in hints.values()):
        result["BufferingHints"] = {name: int(value) for name, value in hints.items() if value is not None}
    if "kmsKeyArn" in given:
        result["EncryptionConfiguration"] = {"KMSEncryptionConfig": {"AWSKMSKeyARN": given["kmsKeyArn"]}}
    unknown = given.keys() - _FLAT.keys() - {"bufferingInterval", "bufferingSize", "kmsKeyArn"}
    if unknown:
        raise ValueError(f"this handler sends no {', '.join(sorted(unknown))} to Data Firehose")
    return result


def _configuration(described: dict[str, Any]) -> Properties:
    hints = described.get("BufferingHints", {})
    key = described.get("EncryptionConfiguration", {}).get("KMSEncryptionConfig", {}).get("AWSKMSKeyARN")
    found = {name: described.get(member) for name, member in _FLAT.items()}
    found |= {"bufferingInterval": hints.get("IntervalInSeconds"), "bufferingSize": hints.get("SizeInMBs")}
    return {name: value for name, value in {**found, "kmsKeyArn": key}.items() if value is not None}
