"""Nothing of ours lets the environment's proxies in by itself: boto3 alone does, and not for loopback."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = (
    "app",
    "aws",
    "breiqctl",
    "dr",
    "estate",
    "localcloud",
    "operations",
    "provisioner",
    "releases",
    "review",
    "stackops",
)
HEED_PROXIES = {"urlopen", "build_opener", "getproxies", "trust_env", "import requests"}
"""Names that come with the environment's proxies: urllib's openers, aiohttp's switch, the library requests."""


def names(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return {name}
        case ast.Import(names=modules):
            return {f"import {module.name}" for module in modules}
        case ast.ImportFrom(module=str(module), names=members):
            return {f"import {module}", *(member.name for member in members)}
        case _:
            return set()


def test_no_client_of_ours_heeds_the_environments_proxies() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    nodes = ((path, node) for path in files for node in ast.walk(ast.parse(path.read_text())))
    found = [str(path.relative_to(ROOT)) for path, node in nodes if names(node) & HEED_PROXIES]
    assert files
    assert found == []
