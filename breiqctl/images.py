"""Images of the app for the local cloud's registry."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from breiqctl.context import Context
from breiqctl.folders import REGISTRY
from estate import topology
from estate.errors import BreiqError
from estate.files import ROOT
from stackops import local_socket


def first_image(context: Context) -> dict[str, Any]:
    """Pack this checkout's app under a tag that follows from its content; return tag, digest and path."""
    total = hashlib.sha256()
    for path in sorted((ROOT / "app").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return build_image(context, f"checkout-{total.hexdigest()[:8]}", ROOT / "app")


def build_image(context: Context, tag: str, source: Path) -> dict[str, Any]:
    """Pack `source` (a copy of the app) as an image of the local registry; return tag, digest and path.

    Raises BreiqError when the tag exists with other content, or the folder is not an app.
    """
    if not (source / "__main__.py").is_file():
        raise BreiqError(
            "not_an_app",
            "usage",
            f"{source} is not a copy of the app",
            cause="it has no __main__.py",
            remedy="copy app/, change the copy, and give its folder to --from",
        )
    REGISTRY.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-I", "-m", "localcloud", "image", "build", "--registry", str(REGISTRY)]
    command += ["--repository", topology.repository(context.environment), "--tag", tag, "--from", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        output = done.stdout + done.stderr
        raise local_socket.printed_refusal(output) or BreiqError(
            "image_not_built",
            "permanent",
            "the image build failed",
            cause=(output.strip().splitlines() or ["no output"])[-1],
        )
    document: dict[str, Any] = json.loads(done.stdout)
    return document
