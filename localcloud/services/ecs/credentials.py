"""The small HTTP endpoint that tasks ask for credentials and for what they are (metadata, version 4)."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

TOKEN_MARK: Final = "|"
"""Stands in a session token between the task and its role's ARN."""

Answer = Callable[[str], dict[str, Any] | None]


def credentials(identity: str, role: str | None) -> dict[str, str]:
    """Return a task role's credentials; the token names the role, so that the record knows who calls."""
    return {
        "AccessKeyId": f"ASIA{identity[:16].upper()}",
        "SecretAccessKey": identity,
        "Token": f"{identity}{TOKEN_MARK}{role or ''}",
        "Expiration": (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ"),
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
