"""AWS Config's managed rules that need no parameters, from the table that moto ships. Run it to write the file anew:

python tests/contract/managed_rules.py
"""

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "estate" / "managed_rules.json"


def rules() -> list[str]:
    """Return the identifiers, written as configuration has them, sorted."""
    table: dict[str, dict[str, Any]] = json.loads(
        gzip.decompress(files("moto").joinpath("config/resources/aws_managed_rules.json.gz").read_bytes())
    )["ManagedRules"]
    return sorted(name.lower().replace("_", "-") for name, rule in table.items() if not _needs(rule))


def _needs(rule: dict[str, Any]) -> bool:
    return any(not each["Optional"] and not each.get("Default") for each in rule.get("Parameters", []))


def text() -> str:
    """Return the file's content: one line a rule, so that a difference can be read."""
    return "[\n" + ",\n".join(f"  {json.dumps(name)}" for name in rules()) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(text())
