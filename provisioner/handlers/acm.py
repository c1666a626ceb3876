"""Certificates of AWS Certificate Manager."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Created, Handler, Properties, found, register
from provisioner.handlers.common.generic import Generic

RECORDS_DEADLINE_S: Final = 60.0
ISSUED_DEADLINE_S: Final = 4500.0
"""As Terraform's provider waits for a validation: 75 minutes."""
MISSING: Final = "ResourceNotFoundException"
RECORDS: Final = """DomainValidationOptions[?ResourceRecord].{
    domainName: DomainName,
    resourceRecordName: ResourceRecord.Name,
    resourceRecordType: ResourceRecord.Type,
    resourceRecordValue: ResourceRecord.Value
}"""


@register
class Certificate(Generic):
    """A certificate, requested: its validation records are known, it is not issued yet. Its id is its ARN.

    Two of the same names may stand side by side: a new one is issued before listeners let the old one go.
    """

    type = "aws:acm/certificate:Certificate"
    taggable = True
    service = "acm"
    create_call = "request_certificate"
    read_call = "describe_certificate"
    update_call = "update_certificate_options"
    delete_call = "delete_certificate"
    id_output = "CertificateArn"
    id_parameter = "CertificateArn"
    missing = (MISSING,)
    busy = ("ResourceInUseException",)
    document = "Certificate"
    deadline_s = 600.0
    outputs: ClassVar = {
        "arn": "CertificateArn",
        "status": "Status",
        "validationMethod": "DomainValidationOptions[0].ValidationMethod",
        "domainValidationOptions": RECORDS,
    }
    replace_on = frozenset(
        {
            "domainName",
            "subjectAlternativeNames",
            "validationMethod",
            "validationOptions",
            "keyAlgorithm",
            "certificateAuthorityArn",
        }
    )
    delete_before_replace = False
    tag_calls = ("add_tags_to_certificate", "remove_tags_from_certificate", "list_tags_for_certificate")

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """Wait until the validation records are known."""

        def has_records() -> bool:
            options = self.described(aws, resource_id).get("DomainValidationOptions", [])
            return bool(options) and all("ResourceRecord" in option for option in options)

        if inputs.get("validationMethod") == "DNS":
            aws.wait_for(f"validation records of {resource_id}", has_records, deadline_s=RECORDS_DEADLINE_S)

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; AWS counts the certificate's own name among the alternatives, and writes algorithms with `-`."""
        observed = super().observe(aws, resource_id, document)
        names = [name for name in document.get("SubjectAlternativeNames", []) if name != document["DomainName"]]
        algorithm = {"keyAlgorithm": observed["keyAlgorithm"].replace("-", "_")} if "keyAlgorithm" in observed else {}
        return {**observed, "subjectAlternativeNames": names, **algorithm}

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by the tags, which name the certificate."""
        wanted = inputs.get("tagsAll") or {}
        for page in self.client(aws).get_paginator("list_certificates").paginate():
            for summary in page["CertificateSummaryList"]:
                if summary.get("DomainName") == inputs["domainName"] and wanted:
                    shown = self.read(aws, summary["CertificateArn"], {}) or {}
                    if wanted.items() <= shown.get("tagsAll", {}).items():
                        return str(summary["CertificateArn"])
        return None


@register
class CertificateValidation(Handler):
    """That a certificate is issued. Its id is the certificate's ARN."""

    type = "aws:acm/certificateValidation:CertificateValidation"
    name_input = "certificateArn"
    delete_before_replace = False
    adopts = False

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        acm = aws.client("acm")
        arn = inputs["certificateArn"]

        def issued() -> bool:
            certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            if certificate["Status"] == "FAILED":
                raise ValueError(f"{arn} failed: {certificate.get('FailureReason')}")
            return bool(certificate["Status"] == "ISSUED")

        aws.wait_for(f"certificate {arn} issued", issued, deadline_s=ISSUED_DEADLINE_S)
        return Created(arn)

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        answer = found(lambda: aws.client("acm").describe_certificate(CertificateArn=resource_id), MISSING)
        issued = answer and answer["Certificate"]["Status"] == "ISSUED"
        return {"certificateArn": resource_id} if issued else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Nothing is in AWS but the certificate itself."""
