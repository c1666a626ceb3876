"""ACM: who uses a certificate, as it is now. moto notes load balancers forever and deletes what is in use.

Operations are listed in `records`.
"""

from collections.abc import Iterator
from typing import Any

from localcloud.api.record import backend as moto_backend


def patch() -> None:
    """A certificate names what uses it, and is not deleted while anything does."""
    from moto.acm.models import AWSCertificateManagerBackend, CertBundle
    from moto.core.exceptions import JsonRESTError

    bundle: Any = CertBundle
    backend: Any = AWSCertificateManagerBackend
    delete = backend.delete_certificate

    def delete_certificate(self: Any, arn: str) -> None:
        if next(users(arn), None) is not None:
            raise JsonRESTError("ResourceInUseException", f"Certificate {arn} in account is in use.")
        delete(self, arn)

    def forget(_self: Any, _arns: list[str]) -> None:
        """Take moto's own bookkeeping without keeping it."""

    bundle.in_use_by = property(lambda self: list(users(self.arn)), forget)
    backend.delete_certificate = delete_certificate


def users(arn: str) -> Iterator[str]:
    """Yield the ARNs of the load balancers and distributions that use a certificate."""
    for balancer in moto_backend("elbv2", arn.split(":")[3]).load_balancers.values():
        if any(arn in listener.certificates for listener in balancer.listeners.values()):
            yield str(balancer.arn)
    for distribution in moto_backend("cloudfront", "aws").distributions.values():
        viewer = distribution.distribution_config.kept.get("ViewerCertificate") or {}
        if viewer.get("ACMCertificateArn") == arn:
            yield str(distribution.arn)
