"""Pages for the lists that moto gives whole: as small as asked, with a token for the next one. Pure but for `patch`.

Which parameters and members a list has is botocore's own model of paginators.
"""

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

MARK: Final = "localcloud:"


def paged(config: Mapping[str, Any], asked: Callable[[str], Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return the page of a result that was asked for; the result itself where there is nothing to cut.

    `config`: the operation's paginator; `asked`: a parameter's value. A result that has a token was cut by moto.
    """
    names = _names(config)
    if names is None:
        return result
    limit_name, input_name, output_name, key = names
    items = result.get(key)
    if not isinstance(items, list) or result.get(output_name):
        return result
    start = place_of(asked(input_name))
    limit = asked(limit_name)
    size = int(limit) if limit else len(items)
    if start == 0 and len(items) <= size:
        return result
    page = {**result, key: items[start : start + size]}
    more = start + size < len(items)
    if more:
        page[output_name] = token_of(start + size)
    if truncated := config.get("more_results"):
        page[truncated] = more
    return page


def _names(config: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """Return limit, token in, token out and list of a paginator; None for one with several tokens, or nested ones."""
    found = [config.get(name) for name in ("limit_key", "input_token", "output_token", "result_key")]
    if isinstance(found[3], list):
        found[3] = found[3][0]
    if not all(isinstance(name, str) and name.isidentifier() for name in found):
        return None
    return str(found[0]), str(found[1]), str(found[2]), str(found[3])


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


def patch() -> None:
    """Cut every list of moto's that it returns as a structure."""
    from moto.core.responses import ActionResult, BaseResponse

    base: Any = BaseResponse
    serialized = base.serialized

    def cut(self: Any, action_result: Any) -> Any:
        result = action_result.result
        if isinstance(result, dict) and type(action_result) is ActionResult:
            config = paginator(self.boto3_service_name, self._get_action())
            if config:
                action_result = ActionResult(paged(config, self._get_param, result))
        return serialized(self, action_result)

    base.serialized = cut


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
