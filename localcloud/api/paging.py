"""Pages for the lists that moto gives whole: as small as asked, with a token for the next one. Pure down to `patch`.

Which parameters and members a list has is botocore's own model of paginators.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, ValuesView
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

MARK: Final = "localcloud:"
Path = tuple[str, ...]
_LISTS: Final = (list, tuple, ValuesView)
_PATH: Final = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*")


PARALLEL: Final = frozenset({("ServiceDetails", "ServiceNames")})
"""Lists of one answer that describe the same things: each is cut. Others follow one another, and their sum is cut."""


@dataclass(frozen=True)
class Names:
    """The names of a paginator: limit and token as they are asked for; where the result has token, flag and lists."""

    limit: str
    token: str
    next_token: Path
    lists: tuple[Path, ...]
    more: Path

    @property
    def parallel(self) -> bool:
        """Whether the lists describe the same things."""
        return tuple(".".join(path) for path in self.lists) in PARALLEL


def paged(config: Mapping[str, Any], asked: Callable[[str], Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return the page of a result that was asked for; the result itself where there is nothing to cut.

    `config`: the operation's paginator; `asked`: a parameter's value. A result that has a token was cut by moto.
    """
    names = names_of(config)
    if names is None:
        return result
    lists = [[*found] if isinstance(found := _at(result, path), _LISTS) else [] for path in names.lists]
    if not any(lists) or _at(result, names.next_token):
        return result
    start, limit = place_of(asked(names.token)), asked(names.limit)
    whole = max(map(len, lists)) if names.parallel else sum(map(len, lists))
    size = int(limit) if limit else whole
    if start == 0 and whole <= size:
        return result
    page = result
    for path, items in zip(names.lists, lists, strict=True):
        if _at(result, path) is not None:
            page = _put(page, path, _cut(items, start, size))
        if not names.parallel:
            size -= len(_cut(items, start, size))
            start = max(0, start - len(items))
    return _marked(page, names, place_of(asked(names.token)), int(limit) if limit else whole, whole)


def _marked(page: dict[str, Any], names: Names, start: int, size: int, whole: int) -> dict[str, Any]:
    """Return the page with what says whether there is more."""
    more = start + size < whole
    if more:
        page = _put(page, names.next_token, token_of(start + size))
    for name, value in (("Quantity", _length(page, names)), ("MaxItems", size)):
        if len(names.lists[0]) > 1 and _at(page, (names.lists[0][0], name)) is not None:
            page = _put(page, (names.lists[0][0], name), value)
    return _put(page, names.more, more) if names.more else page


def _cut(items: list[Any], start: int, size: int) -> list[Any]:
    return items[start : start + size] if size > 0 else []


def _length(page: dict[str, Any], names: Names) -> int:
    return len(_at(page, names.lists[0]) or [])


def names_of(config: Mapping[str, Any]) -> Names | None:
    """Return the names of a paginator; None for one without a limit, with several tokens, or with a computed token."""
    limit, token, following = (config.get(name) for name in ("limit_key", "input_token", "output_token"))
    lists = config.get("result_key") or []
    keys = [lists] if isinstance(lists, str) else lists
    texts = (limit, token, following, *keys)
    if not keys or not all(isinstance(text, str) and _PATH.fullmatch(text) for text in texts):
        return None
    paths = [tuple(text.split(".")) for text in (*keys, str(following))]
    more = config.get("more_results")
    return Names(str(limit), str(token), paths[-1], tuple(paths[:-1]), tuple(more.split(".")) if more else ())


def _at(result: Any, path: Path) -> Any:
    for name in path:
        result = result.get(name) if isinstance(result, dict) else None
    return result


def _put(result: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy in which the value stands at the path."""
    first, *rest = path
    return {**result, first: _put(result.get(first) or {}, tuple(rest), value) if rest else value}


def token_of(place: int) -> str:
    """Return the token of the page that begins at a place."""
    return base64.urlsafe_b64encode(f"{MARK}{place}".encode()).decode()


def place_of(token: Any) -> int:
    """Return where a page begins: 0 for no token, or one that is not ours."""
    try:
        text = base64.urlsafe_b64decode(str(token or "")).decode()
    except ValueError:
        return 0
    place = text.removeprefix(MARK)
    return int(place) if text.startswith(MARK) and place.isdecimal() else 0


DEFAULTS: Final = {("ecs", "ListServices"): 10, ("ssm", "DescribeParameters"): 10}
"""How much AWS gives who asks for no limit, where that is less than anybody expects. Other lists come whole."""


def patch() -> None:
    """Cut every list of moto's, whether it returns it as a structure or as JSON."""
    from moto.core.responses import ActionResult, BaseResponse

    base: Any = BaseResponse
    serialized, call = base.serialized, base.call_action

    def serialize_page(self: Any, action_result: Any) -> Any:
        self.is_structure = True
        result = action_result.result
        if isinstance(result, dict) and type(action_result) is ActionResult:
            action_result = ActionResult(_page_of(self, result, {}))
        return serialized(self, action_result)

    def call_and_cut(self: Any) -> Any:
        status, headers, body = call(self)
        if int(status) < 300 and not hasattr(self, "is_structure") and isinstance(body, str) and body.startswith("{"):
            body = json.dumps(_page_of(self, json.loads(body), wire_names(self.boto3_service_name, self._get_action())))
        return status, headers, body

    base.serialized, base.call_action = serialize_page, call_and_cut


def _page_of(response: Any, result: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the page of a result that a request of moto's asks for. `names`: how the result writes its members."""
    service, operation = response.boto3_service_name, response._get_action()
    config = paginator(service, operation)
    if config is None:
        return result
    wire = wire_names(service, operation, asked=True)

    def asked(name: str) -> Any:
        value = response._get_param(name) or response._get_param(wire.get(name, name))
        return value or (DEFAULTS.get((service, operation)) if name == config.get("limit_key") else None)

    return paged(_renamed(config, names), asked, result)


def _renamed(config: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a paginator with a result's members as they are written."""

    def written(value: Any) -> Any:
        return [written(one) for one in value] if isinstance(value, list) else names.get(value, value)

    return {key: written(value) if key in _OF_RESULT else value for key, value in config.items()}


_OF_RESULT: Final = frozenset({"output_token", "result_key", "more_results"})


@cache
def wire_names(service: str, operation: str, *, asked: bool = False) -> Mapping[str, str]:
    """Return the names under which an operation's members are written where they differ, of its answer or (`asked`) of
    its request; none for an operation that the service does not have.
    """
    from botocore.exceptions import UnknownServiceError
    from botocore.model import OperationNotFoundError
    from moto.core.utils import get_service_model

    try:
        model = get_service_model(service).operation_model(operation)
    except (UnknownServiceError, OperationNotFoundError):
        return {}
    shape = model.input_shape if asked else model.output_shape
    members = shape.members if shape is not None else {}
    return {name: str(member.serialization.get("name", name)) for name, member in members.items()}


@cache
def paginator(service: str, operation: str) -> Mapping[str, Any] | None:
    """Return botocore's paginator of an operation, None when it has none."""
    from botocore.exceptions import DataNotFoundError

    try:
        model = _session().get_paginator_model(service)
        config: Mapping[str, Any] = model.get_paginator(operation)
    except (DataNotFoundError, ValueError):
        return None
    return config


@cache
def _session() -> Any:
    from botocore.session import Session

    return Session()
