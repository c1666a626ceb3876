"""The policy pack as Pulumi's engine runs it: a process of its own in the pack's folder, asked over gRPC."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

import policies.rules  # noqa: F401 - registers them
from estate.files import ROOT
from policies import tokens
from policies.rule import RULES, Scope

pytestmark = pytest.mark.local

DEADLINE_S = 30.0
PACK = ROOT / "policies"
PROVIDER = analyzer_pb2.AnalyzerProviderResource(
    type="pulumi:providers:aws", urn="urn:pulumi:local-us-east-1::breiq::pulumi:providers:aws::us-east-1", name="aws"
)
PROVIDER.properties.update({"region": "us-east-1", "defaultTags": '{"tags": {"Project": "Breiq"}}'})


@pytest.fixture(scope="module")
def engine() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack, started as `pulumi-language-python` starts it."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(PACK)],
        cwd=PACK,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], DEADLINE_S)[0]
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


def resource(token: str, name: str, properties: dict[str, Any], kind: type = analyzer_pb2.AnalyzeRequest) -> Any:
    request = kind(type=token, name=name, urn=f"urn:pulumi:local-us-east-1::breiq::{token}::{name}", provider=PROVIDER)
    request.properties.update(properties)
    return request


def found(answer: Any) -> dict[str, str]:
    """Return what an answer finds: the rule's id, and the level at which it stands."""
    level = analyzer_pb2.EnforcementLevel.Name
    return {one.policyName.upper(): level(one.enforcementLevel) for one in answer.diagnostics}


def test_the_pack_has_every_rule_that_one_stack_can_break(engine: Any) -> None:
    info = engine.GetAnalyzerInfo(empty_pb2.Empty(), timeout=DEADLINE_S)
    assert {one.name.upper() for one in info.policies} == {
        rule.id for rule in RULES.values() if rule.scope is not Scope.ENVIRONMENT
    }


def test_what_a_preview_does_not_know_yet_hides_nothing_else(engine: Any) -> None:
    props = {"storageEncrypted": False, "kmsKeyId": UNKNOWN_STRING_VALUE, "tags": {"Name": UNKNOWN_STRING_VALUE}}
    diagnostics = engine.Analyze(resource(tokens.DATABASE, "main", props), timeout=DEADLINE_S).diagnostics
    assert not [one.message for one in diagnostics if "during preview" in one.message]
    assert found(engine.Analyze(resource(tokens.DATABASE, "main", props), timeout=DEADLINE_S))["ENC-1"] == "MANDATORY"
    assert "ENC-1" not in found(
        engine.Analyze(resource(tokens.DATABASE, "main", {**props, "storageEncrypted": True}), timeout=DEADLINE_S)
    )


def test_an_exception_of_the_file_holds_here_too(engine: Any) -> None:
    def judged(name: str) -> dict[str, str]:
        bucket = resource(tokens.BUCKET, name, {"bucket": name}, analyzer_pb2.AnalyzerResource)
        return found(engine.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[bucket]), timeout=DEADLINE_S))

    assert judged("breiq-data")["ENC-2"] == "MANDATORY"
    assert "ENC-2" not in judged("breiq-logs-us-east-1")
