"""Certificates."""

from tests.contract.lifecycle.kit import EVERYTHING, Row, World


def issued(world: World) -> str:
    kind = "aws:acm/certificate:Certificate"
    return world.make(kind, domainName="issued.example.com", validationMethod="DNS").id


ROWS = [
    Row(
        "aws:acm/certificate:Certificate",
        inputs=lambda world: {
            "domainName": "example.com",
            "subjectAlternativeNames": ["*.example.com", "origin.example.com"],
            "validationMethod": "DNS",
            "keyAlgorithm": "RSA_2048",
        },
        replaces={"domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm"},
    ),
    Row(
        "aws:acm/certificateValidation:CertificateValidation",
        inputs=lambda world: {"certificateArn": issued(world), "validationRecordFqdns": ["_a.example.com"]},
        replaces=EVERYTHING,
        unseen={"validationRecordFqdns": "orders the validation after the records, and nothing else"},
        stays="nothing but the certificate is in AWS",
    ),
]
