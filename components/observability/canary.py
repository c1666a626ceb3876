"""A canary in a region: CloudWatch Synthetics goes through the public site every few minutes."""

import base64
import hashlib
import inspect
import io
import zipfile
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.observability import site_canary
from components.options import child

MODULE = "site_canary"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
TIMEOUT_S = 60
KEPT_DAYS = 30


@dataclass(frozen=True)
class CanaryArgs:
    """`code_bucket` gets the script, `artifact_bucket` what each run leaves (under `canary/`)."""

    canary_name: str
    site_url: str
    every_minutes: int
    runtime: str
    role_arn: str
    code_bucket: str
    artifact_bucket: str
    provider: pulumi.ProviderResource


class Canary(pulumi.ComponentResource):
    """The site as its users see it, asked from this region: through the edge, to wherever traffic is led. The script
    (`components/observability/site_canary.py`) is zipped the same way each time: an unchanged one changes
    nothing.

    Specification: 6.1, 9.1
    """

    def __init__(self, name: str, args: CanaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breiq:estate:Canary", name, None, opts)
        code = zipped(inspect.getsource(site_canary))
        digest = hashlib.sha256(code).hexdigest()
        script = aws.s3.BucketObjectv2(
            f"{name}-script",
            bucket=args.code_bucket,
            key=f"canary/{digest[:16]}.zip",
            content_base64=base64.b64encode(code).decode(),
            content_type="application/zip",
            opts=child(self, args.provider),
        )
        aws.synthetics.Canary(
            name,
            name=args.canary_name,
            artifact_s3_location=f"s3://{args.artifact_bucket}/canary/{args.canary_name}",
            execution_role_arn=args.role_arn,
            handler=f"{MODULE}.handler",
            runtime_version=args.runtime,
            s3_bucket=args.code_bucket,
            s3_key=script.key,
            schedule={"expression": f"rate({args.every_minutes} minutes)", "duration_in_seconds": 0},
            run_config={"timeout_in_seconds": TIMEOUT_S, "environment_variables": {"SITE_URL": args.site_url}},
            success_retention_period=KEPT_DAYS,
            failure_retention_period=KEPT_DAYS,
            start_canary=True,
            delete_lambda=True,
            opts=child(self, args.provider),
        )
        self.register_outputs({})


def zipped(source: str) -> bytes:
    """Return the script as Synthetics wants it (`python/<module>.py`), the same bytes for the same text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(f"python/{MODULE}.py", ZIP_TIME)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return packed.getvalue()
