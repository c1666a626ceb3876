"""Protections of AWS Shield Advanced. Its control plane answers in us-east-1 alone."""

from typing import ClassVar

from provisioner.handlers.common.base import register
from provisioner.handlers.common.generic import Generic


@register
class Protection(Generic):
    """The protection of one resource. Its id is AWS's."""

    type = "aws:shield/protection:Protection"
    taggable = True
    service = "shield"
    control_region = "us-east-1"
    create_call = "create_protection"
    read_call = "describe_protection"
    delete_call = "delete_protection"
    id_output = "ProtectionId"
    id_parameter = "ProtectionId"
    document = "Protection"
    missing = ("ResourceNotFoundException",)
    outputs: ClassVar = {"arn": "ProtectionArn"}
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")
    find_call = "list_protections"
    find_in = "Protections"
    find_by: ClassVar = {"resourceArn": "ResourceArn"}
    find_id = "Id"
