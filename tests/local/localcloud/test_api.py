"""AWS's API through the gate: regions, refusals, big bodies, TLS under AWS's names, one table in two regions."""

import hashlib
import ssl
import subprocess
import threading
import time
import urllib.request
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from localcloud.api.signature import Claim, Request, part_signature, read_claim, signed_headers
from localcloud.core.keys import Keys
from tests.local.running_cloud import REGIONS, RunningCloud, eventually

pytestmark = pytest.mark.local
EAST, WEST = REGIONS


def test_an_unknown_operation_is_refused_in_words(instance: RunningCloud) -> None:
    with pytest.raises(ClientError) as refused:
        instance.client("ssm").create_document(Content="{}", Name="any")
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert "ssm:CreateDocument" in refused.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as refused:
        instance.client("glue").get_databases()
    assert refused.value.response["Error"]["Code"] == "NotEmulated"


def test_big_objects_go_both_ways_and_presigned_urls_work(instance: RunningCloud) -> None:
    s3 = instance.client("s3", WEST)
    s3.create_bucket(Bucket="big-objects", CreateBucketConfiguration={"LocationConstraint": WEST})
    content = bytes(range(256)) * 80_000
    s3.put_object(Bucket="big-objects", Key="a/b", Body=content)
    assert s3.get_object(Bucket="big-objects", Key="a/b")["Body"].read() == content
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "big-objects", "Key": "a/b"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == content


def test_the_endpoint_of_a_region_proves_awss_names(instance: RunningCloud) -> None:
    endpoints = instance.endpoints
    context = ssl.create_default_context(cafile=endpoints["ca_file"])
    for region in (*REGIONS, "us-east-2"):
        for name in (f"dynamodb.{region}.amazonaws.com", f"bucket.s3.{region}.amazonaws.com"):
            connection = HTTPSConnection(endpoints["gates"][region], context=context)
            connection.sock = context.wrap_socket(_connect(endpoints["gates"][region]), server_hostname=name)
            connection.request("GET", "/_local/names/read")
            assert connection.getresponse().status == 404, "what is internal is not reachable through the gate"
            connection.close()


def _connect(address: str) -> Any:
    import socket

    return socket.create_connection((address, 443), timeout=5)


def _create_global_table(instance: RunningCloud, name: str) -> None:
    instance.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    instance.client("dynamodb").update_table(
        TableName=name,
        ReplicaUpdates=[{"Create": {"RegionName": WEST}}],
        MultiRegionConsistency="STRONG",
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": "us-east-2"}}],
    )


def test_a_conditional_write_has_one_winner_over_both_regions(instance: RunningCloud) -> None:
    _create_global_table(instance, "one-winner")
    won: list[tuple[int, str]] = []

    def write(region: str) -> None:
        client = instance.client("dynamodb", region)
        for number in range(40):
            try:
                client.put_item(
                    TableName="one-winner",
                    Item={"pk": {"S": str(number)}, "by": {"S": region}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
                won.append((number, region))
            except client.exceptions.ConditionalCheckFailedException:
                continue

    writers = [threading.Thread(target=write, args=(region,)) for region in REGIONS]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(number for number, _ in won) == list(range(40))
    for number, region in won:
        for reader in REGIONS:
            key = {"pk": {"S": str(number)}}
            item = instance.client("dynamodb", reader).get_item(TableName="one-winner", Key=key, ConsistentRead=True)
            assert item["Item"]["by"]["S"] == region


def test_a_strong_table_says_so_and_refuses_transactions(instance: RunningCloud) -> None:
    _create_global_table(instance, "says-so")
    table = instance.client("dynamodb", WEST).describe_table(TableName="says-so")["Table"]
    assert table["Replicas"] == [{"RegionName": EAST, "ReplicaStatus": "ACTIVE"}]
    assert table["MultiRegionConsistency"] == "STRONG"
    assert table["TableArn"].split(":")[3] == WEST
    with pytest.raises(ClientError) as refused:
        instance.client("dynamodb").transact_write_items(
            TransactItems=[{"Put": {"TableName": "says-so", "Item": {"pk": {"S": "x"}}}}]
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_lost_region_gives_no_answer_and_the_other_goes_on(instance: RunningCloud) -> None:
    fault = instance.ask("fault_start", name="region-loss", region=EAST, for_s=60)["fault_id"]
    try:
        with pytest.raises(ConnectionClosedError):
            instance.client("sts", EAST).get_caller_identity()
        assert instance.client("sts", WEST).get_caller_identity()["Account"] == "123456789012"
        assert instance.ask("status")["regions"][EAST] == {"lost": True, "processes": []}
    finally:
        instance.ask("fault_stop", fault_id=fault)
    assert instance.client("sts", EAST).get_caller_identity()["Account"] == "123456789012"
    eventually(lambda: instance.ask("status")["regions"][EAST]["processes"])


def test_what_a_multi_region_key_encrypted_its_replica_decrypts(instance: RunningCloud) -> None:
    east, west = instance.client("kms", EAST), instance.client("kms", WEST)
    key = east.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    east.replicate_key(KeyId=key, ReplicaRegion=WEST)
    sealed = east.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
    assert west.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"plain"


def test_a_secret_is_read_in_its_replica_region(instance: RunningCloud) -> None:
    east, west = instance.client("secretsmanager", EAST), instance.client("secretsmanager", WEST)
    east.create_secret(Name="a/secret", SecretString="first", AddReplicaRegions=[{"Region": WEST}])
    east.put_secret_value(SecretId="a/secret", SecretString="second")
    assert west.get_secret_value(SecretId="a/secret")["SecretString"] == "second"


def test_who_waits_for_a_message_keeps_nobody_waiting(instance: RunningCloud) -> None:
    sqs = instance.client("sqs")
    queue = sqs.create_queue(QueueName="waited-for")["QueueUrl"]
    found: list[Any] = []

    def wait() -> None:
        answer = instance.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        found.extend(answer.get("Messages", []))

    waiting = [threading.Thread(target=wait) for _ in range(4)]
    for each in waiting:
        each.start()
    time.sleep(0.5)  # they wait now, for seconds to come
    began = time.monotonic()
    for _ in range(5):
        instance.client("dynamodb", WEST).list_tables()
    assert time.monotonic() - began < 5
    began = time.monotonic()
    for number in range(4):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    for each in waiting:
        each.join(timeout=15)
    assert sorted(message["Body"] for message in found) == ["0", "1", "2", "3"]
    assert time.monotonic() - began < 15, "a message ends the wait at once"


def test_a_url_stores_what_curl_sends(instance: RunningCloud) -> None:
    s3 = instance.client("s3")
    s3.create_bucket(Bucket="by-curl")
    kind = {"ContentType": "application/x-www-form-urlencoded"}
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "by-curl", "Key": "typed", **kind})
    assert _curl("-X", "PUT", "--data-binary", "a=1&b=two", url) == "200"
    stored = s3.get_object(Bucket="by-curl", Key="typed")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"a=1&b=two", kind["ContentType"])


def _curl(*arguments: str) -> str:
    command = ["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def test_a_url_holds_for_its_key_its_method_and_its_time(instance: RunningCloud) -> None:
    from botocore.config import Config

    endpoints = instance.endpoints
    s3 = boto3.client(
        "s3", WEST, endpoint_url=endpoints["aws"], aws_access_key_id=endpoints["access_key_id"],
        aws_secret_access_key=endpoints["secret_access_key"], config=Config(signature_version="s3v4"),
    )  # fmt: skip
    s3.create_bucket(Bucket="by-url", CreateBucketConfiguration={"LocationConstraint": WEST})
    s3.put_object(Bucket="by-url", Key="key", Body=b"here")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "by-url", "Key": "key"}, ExpiresIn=60)
    assert _curl(url) == "200"
    assert _curl(url.replace("/by-url/key", "/by-url/other")) == "403"
    assert _curl("-X", "DELETE", url) == "403"
    assert _curl(url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")) == "403"
    assert _curl(url[:-1] + ("0" if url[-1] != "0" else "1")) == "403"
    short = s3.generate_presigned_url("get_object", Params={"Bucket": "by-url", "Key": "key"}, ExpiresIn=1)
    eventually(lambda: _curl(short), lambda status: status == "403", deadline_s=10)
    assert s3.get_object(Bucket="by-url", Key="key")["Body"].read() == b"here"


def test_an_object_that_is_not_what_was_said_of_it_is_not_stored(instance: RunningCloud) -> None:
    s3 = instance.client("s3")
    s3.create_bucket(Bucket="checked")
    wrong = [
        {"ChecksumSHA256": "A" * 43 + "="},
        {"ChecksumCRC32C": "AAAAAA=="},
        {"ChecksumCRC64NVME": "AAAAAAAAAAA="},
        {"ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
    ]
    for said in wrong:
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket="checked", Key="k", Body=b"some bytes", **said)
        assert refused.value.response["Error"]["Code"] == "BadDigest"
    assert s3.list_objects_v2(Bucket="checked")["KeyCount"] == 0


STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def _streamed(cloud: RunningCloud, parts: list[bytes], sent: list[bytes]) -> int:
    """Put an object in chunks, as an SDK streams it: signed for `parts`, while `sent` goes out. Return the status."""
    there = cloud.endpoints
    keys = Keys(there["access_key_id"], there["secret_access_key"])
    host = there["aws"].removeprefix("http://")
    plain = {"host": host, "x-amz-decoded-content-length": str(sum(map(len, sent)))}
    headers = signed_headers(
        Request("PUT", "/streamed/k", "", plain),
        service="s3", region=REGIONS[0], payload_hash=STREAMING, keys=keys, now=time.time(),
    )  # fmt: skip
    claim = read_claim(Request("PUT", "/streamed/k", "", headers))
    assert isinstance(claim, Claim)
    before, body, empty = claim.signature, b"", hashlib.sha256(b"").hexdigest()
    for signed, content in zip([*parts, b""], [*sent, b""], strict=True):
        hashes = f"{empty}\n{hashlib.sha256(signed).hexdigest()}"
        before = part_signature(claim, keys.secret_access_key, "PAYLOAD", before, hashes)
        body += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(content), before.encode(), content)
    connection = HTTPConnection(host, timeout=10)
    try:
        connection.request("PUT", "/streamed/k", body, {**headers, "content-encoding": "aws-chunked"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_streamed_chunks_are_taken_as_they_were_signed_alone(instance: RunningCloud) -> None:
    s3, parts = instance.client("s3"), [b"a" * 8192, b"rest"]
    s3.create_bucket(Bucket="streamed")
    assert _streamed(instance, parts, [b"b" * 8192, b"rest"]) == 403
    assert s3.list_objects_v2(Bucket="streamed")["KeyCount"] == 0
    assert _streamed(instance, parts, parts) == 200
    assert s3.get_object(Bucket="streamed", Key="k")["Body"].read() == b"".join(parts)


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("backup", "list_frameworks", {}),
        ("guardduty", "list_members", {"DetectorId": "0" * 32}),
        ("route53", "list_cidr_collections", {}),
        ("ec2", "describe_key_pairs", {}),
        ("elbv2", "describe_account_limits", {}),
    ],
)
def test_not_emulated_is_said_in_every_protocol(
    instance: RunningCloud, service: str, call: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(instance.client(service), call)(**arguments)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
    assert "emulated are" in refused.value.response["Error"]["Message"]
