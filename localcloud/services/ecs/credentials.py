"""The small HTTP endpoint that tasks ask for credentials and for what they are (metadata, version 4)."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.core.keys import Keys

LIFETIME_S: Final = 6 * 3600
Answer = Callable[[str], dict[str, Any] | None]


def credentials(keys: Keys, identity: str, role: str | None, now: float) -> dict[str, str]:
    """Return a task role's credentials; the token names the role, so that the record knows who calls."""
    given = keys.temporary(identity, role or "", int(now) + LIFETIME_S)
    return {
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
        "Token": given.session_token,
        "Expiration": datetime.fromtimestamp(given.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "RoleArn": role or "",
    }


def container_metadata(task: dict[str, Any], launch: dict[str, Any], address: str) -> dict[str, Any]:
    """Return what `${ECS_CONTAINER_METADATA_URI_V4}` answers; `/task` wraps it in `task_metadata`."""
    return {
        "Name": launch["container"],
        "DockerName": launch["container"],
        "Image": launch["image"],
        "Labels": {"com.amazonaws.ecs.task-arn": task["arn"]},
        "KnownStatus": "RUNNING",
        "DesiredStatus": "RUNNING",
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [address]}],
    }


def task_metadata(task: dict[str, Any], launch: dict[str, Any], address: str, region: str) -> dict[str, Any]:
    """Return what `${ECS_CONTAINER_METADATA_URI_V4}/task` answers."""
    return {
        "Cluster": task["arn"].split("/")[-2],
        "TaskARN": task["arn"],
        "Family": launch["family"],
        "Revision": launch["revision"],
        "DesiredStatus": "RUNNING",
        "KnownStatus": "RUNNING",
        "AvailabilityZone": f"{region}a",
        "LaunchType": "FARGATE",
        "Containers": [container_metadata(task, launch, address)],
    }


async def serve(address: str, answer: Answer) -> asyncio.Server:
    """Answer GET requests at port 80 with JSON; `answer` maps a path to a document, None is a 404."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            document = answer(head.split(b" ", 2)[1].decode())
            status = "404 Not Found" if document is None else "200 OK"
            body = json.dumps(document or {"message": "not found"}).encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, IndexError):
            return
        finally:
            writer.close()

    return await asyncio.start_server(connection, address, 80)
