"""What a resource's properties become on their way: default tags, outputs, and inputs as they were observed. Pure.

Shared by the engine in process and the plugin, so that both leave the same state.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from provisioner.decide.compare import AWS_TAGS, Difference, equal, replaced, value_at
from provisioner.decide.diff import segments
from provisioner.values import Secret, Unknown, has_secret, has_unknown, plain

DEFAULTS: Final = "__defaults"
"""The input that lists inputs which the program never gave: an import found them. Taking one away changes nothing."""


def default_tags(provider_inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags that a provider gives all that it makes; its inputs hold them as a map or as JSON text."""
    given = plain(provider_inputs.get("defaultTags")) or {}
    if isinstance(given, str):
        given = msgspec.json.decode(given)
    return given.get("tags") or {}


def all_tags(defaults: Mapping[str, Any], tags: Any) -> Any:
    """Return the resource's tags, default tags included: `tagsAll`. A secret stays one, an unknown too."""
    if isinstance(tags, Unknown):
        return tags
    if isinstance(tags, Secret):
        return Secret(all_tags(defaults, tags.value))
    return {**defaults, **(tags or {})}


def created_outputs(inputs: Mapping[str, Any], known: Mapping[str, Any], secret: Iterable[str]) -> dict[str, Any]:
    """Return a resource's outputs: its inputs, and over them what AWS alone knows.

    `secret` names the outputs to hide; what an input hides stays hidden.
    """
    return updated_outputs({}, {}, inputs, known, secret)


def updated_outputs(
    old_inputs: Mapping[str, Any],
    old_outputs: Mapping[str, Any],
    inputs: Mapping[str, Any],
    known: Mapping[str, Any],
    secret: Iterable[str],
) -> dict[str, Any]:
    """Return the outputs after an update: what AWS alone knew stays, unless the update says otherwise."""
    computed = {name: value for name, value in old_outputs.items() if name not in old_inputs}
    before = {**computed, **inputs}
    hidden = {*secret, *(name for name, value in before.items() if has_secret(value))}
    outputs = {name: value for name, value in {**before, **known}.items() if value is not None and name != DEFAULTS}
    return {name: _hidden(value) if name in hidden else value for name, value in outputs.items()}


def _hidden(value: Any) -> Any:
    return value if has_secret(value) else Secret(value)


def observed_inputs(
    inputs: Mapping[str, Any], found: Iterable[Difference], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the inputs with the differences that were found in AWS: what a refresh saves.

    Of the tags, those that are the provider's defaults stay out of `tags`.
    """
    seen: Any = dict(inputs)
    for difference in found:
        path = segments(difference.path)
        if path[0] != "tags":
            seen = replaced(seen, path, difference.found)
            continue
        own = path[1] in plain(inputs.get("tags") or {}) or path[1] not in defaults
        seen = replaced(seen, ("tags", path[1]), difference.found) if own else seen
        seen = replaced(seen, ("tagsAll", path[1]), difference.found) if "tagsAll" in inputs else seen
    return dict(seen)


def kept_inputs(applied: Mapping[str, Any], inputs: Mapping[str, Any], found: Iterable[Difference]) -> dict[str, Any]:
    """Return the inputs with what was found in AWS where the program says what it said before: an update keeps it.

    Tags are not among them: of those an update sets only what the program changes.
    """
    kept: Any = dict(inputs)
    for difference in found:
        path = segments(difference.path)
        if path[0] != "tags" and equal(value_at(plain(applied), path), value_at(plain(inputs), path)):
            kept = replaced(kept, path, difference.found)
    return dict(kept)


def own_tags(observed: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags that are not there by the provider's defaults or by AWS itself."""
    return {
        key: value for key, value in observed.items() if defaults.get(key) != value and not key.startswith(AWS_TAGS)
    }


def compared_inputs(
    old_inputs: Mapping[str, Any], old_outputs: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the old inputs as new ones are to be compared with them.

    An input that the program gives for the first time is no change where AWS has that value already, and one that only
    an import knew is none when the program does not give it.
    """
    imported = set(plain(old_inputs.get(DEFAULTS)) or ())
    old = {n: v for n, v in old_inputs.items() if n != DEFAULTS and (n in inputs or n not in imported)}
    for name, value in inputs.items():
        if (
            name not in old
            and name in old_outputs
            and not has_unknown(value)
            and equal(plain(value), plain(old_outputs[name]))
        ):
            old[name] = value
    return old
