"""Services that are records alone: nothing runs behind them. An operation more is a word more in its list."""

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVICES: Final = {
    "sts": _names("GetCallerIdentity AssumeRole AssumeRoleWithWebIdentity GetSessionToken"),
    "s3": _names("Get Put Post Delete Head"),
    "ssm": _names(
        "PutParameter GetParameter GetParameters GetParametersByPath DeleteParameter DeleteParameters DescribeParameters"
        " GetParameterHistory AddTagsToResource ListTagsForResource RemoveTagsFromResource"
    ),
}
