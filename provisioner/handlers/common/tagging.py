"""The forms in which AWS's services take and give tags, read from the models of their calls. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

AWS_TAGS: Final = "aws:"
"""The prefix of tags that are AWS's own: nobody sets or removes them."""
_MEMBERS: Final = frozenset({"tags", "taglist", "tagslist", "tagset", "hostedzonetags", "resourcetags"})


def is_tags(member: str) -> bool:
    """Say whether a member of this name holds tags."""
    return member.lower() in _MEMBERS


def tags_member(shape: Any) -> str | None:
    """Return the member in which a call takes tags, or None."""
    return next((member for member in shape.members if is_tags(member)), None)


def owner_member(shape: Any, constants: Iterable[str] = ()) -> str:
    """Return the member that names what is tagged: the one that is required and no tags."""
    required = [m for m in shape.required_members if m not in constants and not is_tags(m) and not _is_keys(m)]
    return str(required[0])


def tags_as(shape: Any, tags: Mapping[str, str]) -> Any:
    """Return tags in the form of the shape: a map, or a list of a key and a value however they are called there."""
    if shape.type_name == "map":
        return dict(tags)
    members = shape.member.members
    key = next(member for member in members if member.lower().endswith("key"))
    value = next(member for member in members if member.lower().endswith("value"))
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def keys_as(shape: Any, removed: list[str]) -> dict[str, Any]:
    """Return the argument of an untagging call that names the keys: a list of them, or of tags."""
    member = next(m for m in shape.members if is_tags(m) or _is_keys(m))
    inner = shape.members[member]
    if inner.type_name == "list" and inner.member.type_name == "structure":
        key = next(name for name in inner.member.members if name.lower().endswith("key"))
        return {member: [{key: name} for name in removed]}  # with a value, a tag of another one would stay
    return {member: removed}


def tags_of(tags: Any) -> dict[str, str]:
    """Return as a dictionary the tags that a service gave, in whatever form; AWS's own are left out."""
    if isinstance(tags, list):
        pairs = [{name.lower().removeprefix("tag"): text for name, text in tag.items()} for tag in tags]
        tags = {pair["key"]: pair.get("value", "") for pair in pairs}
    return {name: text for name, text in (tags or {}).items() if not name.startswith(AWS_TAGS)}


def _is_keys(member: str) -> bool:
    return "tagkey" in member.lower()
