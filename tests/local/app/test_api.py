"""The API of one task in the primary region, with real PostgreSQL, Redis, S3 and DynamoDB."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.local.app.harness import ALL_SERVICES, EAST, ROOT, Stack, running_stack
from tests.local.app.task import Task, wait_for

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        assert stack.migrate().returncode == 0
        stack.lease(EAST, 1)
        yield stack


@pytest.fixture(scope="module")
def task(stack: Stack) -> Task:
    task = stack.task()
    wait_for(lambda: task.writer()["state"] == "open", "the lease is confirmed")
    wait_for(lambda: stack.sql("select epoch from writer_fence") == [["1"]], "the fence is extended")
    return task


@pytest.fixture(scope="module")
def user(task: Task) -> dict[str, str]:
    return task.sign_up()


def code(answer: httpx.Response) -> str:
    document: dict[str, Any] = answer.json()
    return str(document["error"]["code"])


def test_health_says_who_it_is_and_whether_it_may_write(task: Task) -> None:
    for path in ("/livez", "/readyz", "/traffic"):
        assert task.client.get(path).status_code == 200
    answer = task.client.get("/api/health")
    document = answer.json()
    assert document["writer"] == {
        "state": "open", "reason": "open", "holder": EAST, "epoch": 1, "lease_state": "open", "traffic_region": EAST,
    }  # fmt: skip
    assert (document["status"], document["version"], document["region"], document["colour"]) == (
        "ok",
        "v1",
        EAST,
        "blue",
    )
    assert (answer.headers["x-region"], answer.headers["x-colour"], answer.headers["x-version"]) == (EAST, "blue", "v1")
    assert answer.headers["cache-control"] == "no-store"


def test_sign_up_and_log_in(task: Task) -> None:
    body = {"username": "ada", "email": "Ada@Example.test", "password": "analytical engine"}
    answer = task.client.post("/api/auth/signup", json=body, headers={"idempotency-key": "s1"})
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] == "ada@example.test"
    again = task.client.post("/api/auth/signup", json=body, headers={"idempotency-key": "s1"})
    assert (again.status_code, again.json()["user"]) == (201, answer.json()["user"])
    stolen = task.client.post(
        "/api/auth/signup", json=body | {"password": "not hers!"}, headers={"idempotency-key": "s1"}
    )
    assert (stolen.status_code, code(stolen)) == (422, "idempotency_key_reused")
    assert code(task.client.post("/api/auth/signup", json=body | {"username": "ada2"})) == "email_taken"
    assert code(task.client.post("/api/auth/signup", json=body | {"email": "b@c.test"})) == "username_taken"
    login = {"email": "ada@example.test", "password": "analytical engine"}
    assert task.client.post("/api/auth/login", json=login).json()["access_token"]
    for wrong in (login | {"password": "x"}, login | {"email": "nobody@example.test"}):
        answer = task.client.post("/api/auth/login", json=wrong)
        assert (answer.status_code, code(answer)) == (401, "wrong_credentials")


def test_a_repeated_write_gets_the_first_answer_and_writes_once(stack: Stack, task: Task, user: dict[str, str]) -> None:
    headers = user | {"idempotency-key": "k1"}
    first = task.client.post("/api/videos", json={"title": "one"}, headers=headers)
    assert first.status_code == 201
    again = task.client.post("/api/videos", json={"title": "one"}, headers=headers)
    assert (again.status_code, again.text) == (201, first.text)
    other = task.client.post("/api/videos", json={"title": "two"}, headers=headers)
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert stack.sql("select count(*) from videos where title in ('one', 'two')") == [["1"]]
    identity = first.json()["id"]
    told = f"select count(*) from outbox where topic = 'video.created' and payload->>'video_id' = '{identity}'"
    assert stack.sql(told) == [["1"]]
    read = task.client.get(f"/api/videos/{identity}")
    assert read.text == first.text


def test_many_repeats_at_once_write_once(stack: Stack, task: Task, user: dict[str, str]) -> None:
    headers = user | {"idempotency-key": "at-once"}

    def create(_: int) -> str:
        answer = httpx.post(f"{task.base_url}/api/videos", json={"title": "at once"}, headers=headers, timeout=20)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(create, range(16)))) == 1
    assert stack.sql("select count(*) from videos where title = 'at once'") == [["1"]]


def test_a_like_counts_once_and_the_cached_copy_is_dropped(task: Task, user: dict[str, str]) -> None:
    identity = task.client.post("/api/videos", json={"title": "liked"}, headers=user).json()["id"]
    assert task.client.get(f"/api/videos/{identity}").json()["likes_count"] == 0
    for _ in range(2):
        answer = task.client.post(f"/api/videos/{identity}/like", headers=user)
        assert (answer.status_code, answer.json()["likes_count"]) == (200, 1)
    assert task.client.get(f"/api/videos/{identity}").json()["likes_count"] == 1
    assert task.client.get(f"/api/videos/{identity}").headers["x-region"] == EAST


def test_pages_follow_each_other_newest_first(task: Task, user: dict[str, str]) -> None:
    created = [task.client.post("/api/videos", json={"title": f"p{n}"}, headers=user).json()["id"] for n in range(5)]
    seen: list[str] = []
    before = None
    while len(seen) < 5:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = task.client.get("/api/videos", params=query).json()
        seen += [video["id"] for video in page["videos"]]
        before = page["next"]
    assert seen[:5] == created[::-1]


def test_a_private_video_is_its_owners(task: Task, user: dict[str, str]) -> None:
    body = {"title": "mine", "is_public": False}
    identity = task.client.post("/api/videos", json=body, headers=user).json()["id"]
    assert task.client.get(f"/api/videos/{identity}", headers=user).status_code == 200
    other = task.sign_up()
    assert task.client.get(f"/api/videos/{identity}").status_code == 404
    assert task.client.get(f"/api/videos/{identity}", headers=other).status_code == 404
    assert task.client.post(f"/api/videos/{identity}/like", headers=other).status_code == 404
    assert identity not in task.client.get("/api/videos").text


@pytest.mark.parametrize(
    ("method", "path", "arguments", "status", "expected"),
    [
        ("POST", "/api/videos", {"json": {"title": "x"}}, 401, "no_token"),
        ("POST", "/api/auth/signup", {"content": b"{"}, 400, "invalid_body"),
        ("POST", "/api/auth/signup", {"json": {"username": "a"}}, 400, "invalid_body"),
        ("POST", "/api/auth/login", {"json": {"email": "a@b", "password": "x", "more": 1}}, 400, "invalid_body"),
        ("GET", "/api/videos/none", {}, 404, "video_not_found"),
        ("GET", "/api/videos?limit=0", {}, 400, "invalid_limit"),
        ("GET", "/api/videos?limit=many", {}, 400, "bad_request"),
        ("GET", "/api/videos?before=now", {}, 400, "invalid_before"),
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("DELETE", "/api/videos", {}, 405, "method_not_allowed"),
        ("POST", "/api/auth/login", {"content": b'"' + b"x" * 100_000 + b'"'}, 413, "too_large"),
    ],
)
def test_bad_requests_are_answered_in_words(
    task: Task, method: str, path: str, arguments: dict[str, Any], status: int, expected: str
) -> None:
    answer = task.client.request(method, path, **arguments)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert "Traceback" not in answer.text
    assert answer.headers["x-version"] == "v1"


def test_an_upload_is_in_the_bucket_and_in_the_table(stack: Stack, task: Task, user: dict[str, str]) -> None:
    body = bytes(range(256)) * 20_000
    headers = user | {"idempotency-key": "up1", "content-type": "video/mp4"}
    first = task.client.post("/api/videos/upload?title=film", content=body, headers=headers)
    assert first.status_code == 201, first.text
    video = first.json()
    assert (video["file_size"], video["processing_status"]) == (len(body), "processing")
    s3 = stack.boto("s3", EAST)
    kept = s3.get_object(Bucket=f"videos-{EAST}", Key=video["video_url"])
    assert (kept["Body"].read(), kept["ContentType"]) == (body, "video/mp4")
    again = task.client.post("/api/videos/upload?title=film", content=body, headers=headers)
    assert (again.status_code, again.text) == (201, first.text)
    other = task.client.post("/api/videos/upload?title=film", content=body + b"!", headers=headers)
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert len(s3.list_objects_v2(Bucket=f"videos-{EAST}")["Contents"]) == 1


@pytest.mark.parametrize("mebibytes", [1, 8, 20])
def test_an_upload_in_chunks_needs_no_length(stack: Stack, task: Task, user: dict[str, str], mebibytes: int) -> None:
    piece = bytes(range(256)) * 1024
    answer = task.client.post("/api/videos/upload?title=chunks", content=iter([piece] * (4 * mebibytes)), headers=user)
    assert (answer.status_code, answer.json()["file_size"]) == (201, mebibytes * 2**20)
    kept = stack.boto("s3", EAST).get_object(Bucket=f"videos-{EAST}", Key=answer.json()["video_url"])
    assert kept["Body"].read() == piece * (4 * mebibytes)


def test_an_upload_needs_a_body_within_the_limit(stack: Stack, task: Task, user: dict[str, str]) -> None:
    path = "/api/videos/upload?title=film"
    assert code(task.client.post(path, content=b"", headers=user)) == "empty_upload"
    assert code(task.client.post(path, content=iter([]), headers=user)) == "empty_upload"
    assert code(task.client.post("/api/videos/upload", content=b"abc", headers=user)) == "bad_request"
    small = stack.task(UPLOAD_MAX_BYTES="10")
    wait_for(lambda: small.writer()["state"] == "open", "the lease is confirmed")
    for content in (b"more than ten bytes", iter([b"more than", b"ten bytes"])):
        answer = small.client.post(path, content=content, headers=user)
        assert (answer.status_code, code(answer)) == (413, "too_large")
    assert small.stop() == 0


def test_an_upload_that_breaks_off_leaves_nothing(stack: Stack, task: Task, user: dict[str, str]) -> None:
    before = stack.sql("select count(*) from videos")

    def broken() -> Iterator[bytes]:
        yield b"x" * 1000
        raise OSError("the client is gone")

    with pytest.raises((OSError, httpx.HTTPError)):
        task.client.post("/api/videos/upload?title=film", content=broken(), headers=user | {"content-length": "5000"})
    wait_for(
        lambda: any(log.get("statusCode") == 400 and "upload" in log["path"] for log in task.logs()), "it is logged"
    )
    assert stack.sql("select count(*) from videos") == before


def test_the_end_waits_for_a_slow_upload_and_takes_no_new_connection(stack: Stack, user: dict[str, str]) -> None:
    ending = stack.task()
    wait_for(lambda: ending.writer()["state"] == "open", "the lease is confirmed")
    asked = threading.Event()

    def slow() -> Iterator[bytes]:
        for number in range(10):
            yield b"x" * 10_000
            if number == 1:
                asked.set()
            time.sleep(0.3)

    def send() -> httpx.Response:
        return httpx.post(
            f"{ending.base_url}/api/videos/upload?title=slow",
            content=slow(),
            headers=user | {"content-length": "100000"},
            timeout=30,
        )

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(send)
        assert asked.wait(5)
        kept_alive = ending.client.get("/livez")
        ending.process.terminate()
        wait_for(lambda: "closed" in _new_connection(ending), "new connections are refused", 2)
        assert "connection" not in kept_alive.headers
        result = answer.result(30)
    assert result.status_code == 201
    assert result.headers["connection"] == "close"
    assert ending.process.wait(5) == 0


def _new_connection(task: Task) -> str:
    try:
        return str(httpx.get(f"{task.base_url}/livez", timeout=1).status_code)
    except httpx.ConnectError:
        return "closed"


def test_an_idle_task_ends_at_once(stack: Stack) -> None:
    idle = stack.task()
    began = time.monotonic()
    assert idle.stop() == 0
    assert time.monotonic() - began < 3


def test_a_task_with_wrong_configuration_says_all_that_is_wrong(stack: Stack) -> None:
    task = stack.task(wait=False, DB_HOST="", PORT="x")
    assert task.process.wait(10) == 2
    assert "DB_HOST is not set" in task.log_file.read_text()
    assert "PORT" in task.log_file.read_text()
    task = stack.task(wait=False, TOKEN_KEY="no key")
    assert task.process.wait(10) == 2


def run_app(stack: Stack, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT, env=stack.base_environment() | environ, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_a_smoke_test_says_whether_the_region_answers(stack: Stack, task: Task) -> None:
    secrets = {"ORIGIN_SECRET": "o", "PREVIEW_HEADER": "p", "SMOKE_HOST": "breiq.test"}
    good = run_app(stack, "smoke", SMOKE_URL=task.base_url, **secrets)
    assert (good.returncode, good.stdout.count("\n"), good.stderr) == (0, 1, "")
    bad = run_app(stack, "smoke", SMOKE_URL="http://127.0.0.1:1", **secrets)
    assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)
    wrong = run_app(stack, "smoke", SMOKE_URL=f"{task.base_url}/nowhere", **secrets)
    assert (wrong.returncode, "status 404" in wrong.stderr) == (1, True)
    blue = run_app(stack, "smoke", SMOKE_URL=task.base_url, SMOKE_COLOURS="video=blue,worker=blue", **secrets)
    assert blue.returncode == 0, blue.stderr
    green = run_app(stack, "smoke", SMOKE_URL=task.base_url, SMOKE_COLOURS="auth=blue,video=green", **secrets)
    assert (green.returncode, "not by green" in green.stderr) == (1, True)
    assert run_app(stack, "smoke").returncode == 2
    assert run_app(stack, "dance").returncode == 2


def test_the_cache_may_go_and_come_back(stack: Stack, task: Task, user: dict[str, str]) -> None:
    identity = task.client.post("/api/videos", json={"title": "cached"}, headers=user).json()["id"]
    wait_for(lambda: task.client.get("/api/health").json()["cache"] == "ok", "the cache is connected")
    task.client.get(f"/api/videos/{identity}")
    keys = stack.redis("KEYS", "*")
    assert f"e1:video:{identity}" in keys
    redis = next(process for process in stack.processes if "redis-server" in process.args)  # type: ignore[operator]
    redis.send_signal(19)
    began = time.monotonic()
    assert all(task.client.get(f"/api/videos/{identity}").status_code == 200 for _ in range(10))
    assert time.monotonic() - began < 1.5
    redis.kill()
    redis.wait()
    for _ in range(10):
        assert task.client.get(f"/api/videos/{identity}").status_code == 200
        assert task.client.post(f"/api/videos/{identity}/like", headers=user).status_code == 200
    stack.processes.remove(redis)
    stack.start_redis()

    def connected() -> bool:
        task.client.get(f"/api/videos/{identity}")
        return task.client.get("/api/health").json()["cache"] == "ok"

    wait_for(connected, "the cache is connected again")


def test_a_database_crash_is_lived_through(stack: Stack, task: Task, user: dict[str, str]) -> None:
    stack.postgres["primary"].kill()
    stack.postgres["primary"].wait()
    stack.processes.remove(stack.postgres["primary"])
    assert task.client.get("/livez").status_code == 200
    wait_for(lambda: task.client.get("/readyz").status_code == 503, "not ready")
    answer = task.client.post("/api/videos", json={"title": "during"}, headers=user)
    assert (answer.status_code, code(answer)) == (503, "database_unavailable")
    assert "retry-after" in answer.headers
    stack.start_postgres("primary")
    wait_for(lambda: task.client.get("/readyz").status_code == 200, "ready again")
    wait_for(
        lambda: task.client.post("/api/videos", json={"title": "after"}, headers=user).status_code == 201,
        "writes again",
    )


def test_log_lines_have_the_specifications_keys(task: Task, user: dict[str, str]) -> None:
    task.client.post("/api/videos", json={"title": "logged"}, headers=user | {"x-request-id": "the-one"})
    lines = wait_for(lambda: [line for line in task.logs() if line.get("requestId") == "the-one"], "the line is there")
    expected = {"timestamp", "level", "service", "version", "environment", "requestId", "userId", "method", "path",
                "statusCode", "responseTime", "userAgent", "ip", "message"}  # fmt: skip
    assert expected <= set(lines[0])
    assert lines[0]["service"] == f"breiq-{ALL_SERVICES}"
    assert not any("readyz" in json.dumps(line) for line in task.logs() if line.get("statusCode") == 200)
