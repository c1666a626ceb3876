"""A tiny program as an image, for tests of the local cloud: an HTTP server that says who it is.

GET /health: 200 (503 while the file /tmp/<its host name>.sick exists) · GET /traffic: 200 while the file $TRAFFIC_FILE
exists · anything else: JSON of who answered, with the number of bytes read · `python -m tiny exit <code>` ends at once.
"""

import hashlib
import io
import json
import tarfile
from pathlib import Path

PROGRAM = """
import asyncio, json, os, signal, socket, sys

ADDRESS = socket.gethostbyname(socket.gethostname())
VERSION = os.environ.get("VERSION", "")
STOPPING = asyncio.Event()


async def connection(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode("latin-1")
            first, *rest = head.split("\\r\\n")
            method, path, _ = first.split(" ")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in rest if line)}
            size = 0
            if headers.get("transfer-encoding") == "chunked":
                while chunk := int((await reader.readline()).strip(), 16):
                    await reader.readexactly(chunk + 2)
                    size += chunk
                await reader.readline()
            else:
                left = int(headers.get("content-length", 0))
                while left:
                    data = await reader.read(min(left, 65536))
                    if not data:
                        return
                    left -= len(data)
                    size += len(data)
            status = "200 OK"
            if path == "/health" and os.path.exists(f"/tmp/{socket.gethostname()}.sick"):
                status = "503 Service Unavailable"
            if path == "/traffic" and not os.path.exists(os.environ.get("TRAFFIC_FILE", "")):
                status = "503 Service Unavailable"
            body = json.dumps({
                "address": ADDRESS, "version": VERSION, "path": path, "size": size, "headers": headers,
                "environment": dict(os.environ) if path == "/environment" else {},
            }).encode()
            writer.write(f"HTTP/1.1 {status}\\r\\ncontent-length: {len(body)}\\r\\n\\r\\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, STOPPING.set)
    server = await asyncio.start_server(connection, ADDRESS, int(os.environ.get("PORT", "8000")))
    print("serving", ADDRESS, VERSION, flush=True)
    await STOPPING.wait()
    server.close()


if sys.argv[1:2] == ["exit"]:
    print("exiting", os.environ.get("WORD"), flush=True)
    sys.exit(int(sys.argv[2]))
asyncio.run(serve())
"""


def pack(registry: Path, repository: str, tag: str) -> str:
    """Write the program as an OCI layout into a registry; return the manifest's digest."""
    layout = registry / repository
    (layout / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    layer = _layer({"srv/app/tiny/__init__.py": "", "srv/app/tiny/__main__.py": PROGRAM})
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["python", "-m", "tiny"], "WorkingDir": "/srv/app", "Env": [f"VERSION={tag}"]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _blob(layout, config, "application/vnd.oci.image.config.v1+json"),
            "layers": [_blob(layout, layer, "application/vnd.oci.image.layer.v1.tar")],
        }
    ).encode()
    entry = _blob(layout, manifest, "application/vnd.oci.image.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    index = layout / "index.json"
    known = json.loads(index.read_text())["manifests"] if index.exists() else []
    index.write_text(json.dumps({"schemaVersion": 2, "manifests": [*known, entry]}))
    return str(entry["digest"])


def _blob(layout: Path, content: bytes, media_type: str) -> dict[str, object]:
    name = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256" / name).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(content)}


def _layer(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
