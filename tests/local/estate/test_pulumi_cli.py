"""Pulumi's own CLI and engine with our plugin, on a small program, with moto behind it.

The CLI is in no package registry: where it is not on PATH these tests say so and are skipped.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from breiqctl.local.environment import PLUGIN_DIR
from tests.local.estate.moto_server import ACCOUNT, moto_server

pytestmark = [
    pytest.mark.local,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (shutil.which("pulumi") and shutil.which("pulumi-language-python")),
        reason="Pulumi's CLI is not on PATH (https://www.pulumi.com/docs/iac/download-install/)",
    ),
]

COMMAND_DEADLINE_S = 120.0

PROGRAM = f"""
import json
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
tags = {{"tags": {{"Project": "small", "Owner": config.require("owner")}}}}
for region in ("us-east-1", "us-west-2"):
    provider = aws.Provider(region, region=region, allowed_account_ids=["{ACCOUNT}"], default_tags=tags)
    options = pulumi.ResourceOptions(provider=provider)
    network = pulumi.ComponentResource("small:index:Network", region)
    inside = pulumi.ResourceOptions(provider=provider, parent=network)
    vpc = aws.ec2.Vpc(region, cidr_block="10.0.0.0/16", tags={{"Name": region}}, opts=inside)
    subnets = [
        aws.ec2.Subnet(f"{{region}}-{{n}}", vpc_id=vpc.id, cidr_block=f"10.0.{{n}}.0/24", opts=inside) for n in range(2)
    ]
    aws.ec2.SecurityGroup(
        region, name="small", description=config.require("description"), vpc_id=vpc.id, opts=inside
    )
    bucket = aws.s3.Bucket(region, bucket=f"small-{{region}}", opts=options)
    policy = {{"Version": "2012-10-17", "Statement": [
        {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}]}}
    aws.s3.BucketPolicy(region, bucket=bucket.bucket, policy=json.dumps(policy), opts=options)
    aws.ssm.Parameter(
        region, name="/small", type="SecureString", value=config.require_secret("value"), opts=options
    )
    if region == "us-east-1":
        aws.iam.Role("role", name="small", assume_role_policy=json.dumps(policy), opts=options)
        if config.get("import"):
            aws.ec2.Vpc("taken", cidr_block="10.9.0.0/16", opts=pulumi.ResourceOptions(
                provider=provider, import_=config.get("import")))
    pulumi.export(f"vpc-{{region}}", vpc.id)
if config.get_bool("broken"):
    aws.ec2.Vpc("broken", cidr_block=10, opts=options)
pulumi.export("value", config.require_secret("value"))
"""

ALL = 20
"""What Pulumi counts: the stack, two providers, two components, seven resources in each region, and a role."""


class Stack:
    """A stack of the small program, in a folder of its own."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder, self.endpoint = folder, endpoint
        (folder / "states").mkdir()
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: {name: python, options: {virtualenv: venv}}\n")
        (folder / "venv").symlink_to(sys.prefix)
        (folder / "__main__.py").write_text(PROGRAM)
        self.environment = {
            **os.environ,
            "PATH": f"{PLUGIN_DIR}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/states",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self.pulumi("stack", "init", "test")
        self.set(owner="us", description="one")
        self.pulumi("config", "set", "--secret", "value", "hush")

    def pulumi(self, *arguments: str, fails: bool = False, stderr: bool = True) -> str:
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            timeout=COMMAND_DEADLINE_S,
        )
        assert bool(done.returncode) == fails, (
            f"{arguments}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        )
        return done.stdout + done.stderr if stderr else done.stdout

    def set(self, **values: str) -> None:
        for name, value in values.items():
            self.pulumi("config", "set", name, value)

    def preview(self) -> dict[str, int]:
        """Return how many resources a preview counts, by what would be done with them."""
        document: dict[str, int] = json.loads(self.pulumi("preview", "--json", stderr=False))["changeSummary"]
        return document

    def run(self, command: str) -> dict[str, int]:
        """Return how many resources `up`, `refresh` or `destroy` counts, by what it did with them."""
        lines = self.pulumi(command, "--yes", "--skip-preview", "--json", stderr=False).splitlines()
        events = (json.loads(line) for line in lines if line.startswith("{"))
        summary: dict[str, int] = next(e["summaryEvent"]["resourceChanges"] for e in events if "summaryEvent" in e)
        return summary

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service, region, endpoint_url=self.endpoint, aws_access_key_id="x", aws_secret_access_key="x"
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with moto_server() as address:
        yield Stack(tmp_path_factory.mktemp("small"), address)


def test_a_preview_touches_nothing_and_up_does_what_it_says(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    before = len(ec2.describe_vpcs()["Vpcs"])
    assert stack.preview() == {"create": ALL}
    assert len(ec2.describe_vpcs()["Vpcs"]) == before
    assert stack.run("up") == {"create": ALL}
    assert len(ec2.describe_vpcs()["Vpcs"]) == before + 1


def test_a_second_preview_and_a_refresh_find_nothing(stack: Stack) -> None:
    assert stack.preview() == {"same": ALL}
    assert stack.run("refresh") == {"same": ALL}
    assert stack.preview() == {"same": ALL}


def test_no_secret_is_in_state_or_output_in_clear_text(stack: Stack) -> None:
    states = [path.read_text() for path in (stack.folder / "states").rglob("*") if path.is_file()]
    assert states
    assert not [text for text in states if "hush" in text]
    assert "hush" not in stack.pulumi("stack", "output")
    assert "hush" in stack.pulumi("stack", "output", "--show-secrets")


def test_a_wrong_input_is_told_with_its_resource_and_place(stack: Stack) -> None:
    stack.set(broken="true")
    text = stack.pulumi("preview", fails=True)
    assert "aws:ec2/vpc:Vpc resource 'broken': property cidrBlock" in text
    stack.set(broken="false")


def test_what_was_changed_outside_is_found_by_refresh_and_set_right_by_up(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    (vpc,) = [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["CidrBlock"] == "10.0.0.0/16"]
    ec2.create_tags(Resources=[vpc["VpcId"]], Tags=[{"Key": "Name", "Value": "other"}])
    assert stack.run("refresh") == {"same": ALL - 1, "update": 1}
    assert stack.run("up") == {"same": ALL - 1, "update": 1}
    (again,) = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"]
    assert {"Key": "Name", "Value": "us-east-1"} in again["Tags"]
    assert stack.preview() == {"same": ALL}


def test_what_was_deleted_outside_is_made_again(stack: Stack) -> None:
    stack.client("ssm").delete_parameter(Name="/small")
    assert stack.run("refresh") == {"same": ALL - 1, "delete": 1}
    assert stack.run("up") == {"same": ALL - 1, "create": 1}


def test_default_tags_are_updated_everywhere_and_nothing_is_replaced(stack: Stack) -> None:
    stack.set(owner="them")
    assert stack.run("up") == {"same": 5, "update": ALL - 5}
    assert stack.preview() == {"same": ALL}
    tags = stack.client("iam").list_role_tags(RoleName="small")["Tags"]
    assert {"Key": "Owner", "Value": "them"} in tags


def test_what_cannot_change_is_replaced(stack: Stack) -> None:
    stack.set(description="two")
    assert stack.preview() == {"same": ALL - 2, "replace": 2}
    assert stack.run("up")["replace"] == 2
    groups = stack.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["small"]}])
    assert [group["Description"] for group in groups["SecurityGroups"]] == ["two"]
    assert stack.preview() == {"same": ALL}


def test_what_exists_is_imported_by_its_id(stack: Stack) -> None:
    vpc = stack.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    stack.set(**{"import": vpc})
    assert stack.run("up")["import"] == 1
    assert stack.preview() == {"same": ALL + 1}


def test_destroy_leaves_nothing(stack: Stack) -> None:
    ec2 = stack.client("ec2")
    assert stack.run("destroy") == {"delete": ALL + 1}
    assert {vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]} == {"172.31.0.0/16"}
    assert stack.client("s3").list_buckets()["Buckets"] == []
