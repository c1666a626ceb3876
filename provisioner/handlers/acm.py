"""Certificates of AWS Certificate Manager."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, Final

from provisioner.aws import Aws
from provisioner.handlers.base import Created, Handler, Properties, found, given, ignoring, register, tag_list

RECORDS_DEADLINE_S: Final = 60.0
ISSUED_DEADLINE_S: Final = 4500.0
"""As Terraform's provider waits for a validation: 75 minutes."""


@register
class Certificate(Handler):
    """A certificate, requested: its validation records are known, it is not issued yet."""

    type = "aws:acm/certificate:Certificate"
    taggable = True

    def create(self, aws: Aws, inputs: Properties) -> Created:
        """See Handler."""
        acm = aws.client("acm")
        arn = acm.request_certificate(
            **given(
                DomainName=inputs["domainName"],
                ValidationMethod=inputs.get("validationMethod"),
                SubjectAlternativeNames=inputs.get("subjectAlternativeNames"),
                KeyAlgorithm=inputs.get("keyAlgorithm"),
                Tags=tag_list(inputs) or None,
            )
        )["CertificateArn"]

        def has_records() -> bool:
            options = acm.describe_certificate(CertificateArn=arn)["Certificate"].get("DomainValidationOptions", [])
            return bool(options) and all("ResourceRecord" in option for option in options)

        if inputs.get("validationMethod") == "DNS":
            aws.wait_for(f"validation records of {arn}", has_records, deadline_s=RECORDS_DEADLINE_S)
        return Created(arn, self._outputs(acm, arn))

    def read(self, aws: Aws, resource_id: str, outputs: Properties) -> Properties | None:
        """See Handler."""
        acm = aws.client("acm")
        found_outputs: Properties | None = found(lambda: self._outputs(acm, resource_id), "ResourceNotFoundException")
        return found_outputs

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """See Handler."""
        with ignoring("ResourceNotFoundException"):
            aws.client("acm").delete_certificate(CertificateArn=resource_id)

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """Find by the tags, which name the certificate."""
        acm = aws.client("acm")
        wanted = {tag["Key"]: tag["Value"] for tag in tag_list(inputs)}
        for summary in acm.list_certificates()["CertificateSummaryList"]:
            arn = str(summary["CertificateArn"])
            tags = {t["Key"]: t.get("Value") for t in acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]}
            if wanted and summary.get("DomainName") == inputs["domainName"] and wanted.items() <= tags.items():
                return arn
        return None

    @staticmethod
    def _outputs(acm: Any, arn: str) -> Properties:
        certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        records = [
            {
                "domainName": option["DomainName"],
                "resourceRecordName": option["ResourceRecord"]["Name"],
                "resourceRecordType": option["ResourceRecord"]["Type"],
                "resourceRecordValue": option["ResourceRecord"]["Value"],
            }
            for option in certificate.get("DomainValidationOptions", [])
            if "ResourceRecord" in option
        ]
        return {"arn": arn, "domainValidationOptions": records}


@register
class CertificateValidation(Handler):
    """That a certificate is issued."""

    type = "aws:acm/certificateValidation:CertificateValidation"

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
        answer = found(
            lambda: aws.client("acm").describe_certificate(CertificateArn=resource_id), "ResourceNotFoundException"
        )
        return {} if answer and answer["Certificate"]["Status"] == "ISSUED" else None

    def delete(self, aws: Aws, resource_id: str, outputs: Properties) -> None:
        """Nothing is in AWS but the certificate itself."""
