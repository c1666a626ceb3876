"""CloudWatch: which alarms are raised."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws.calls import typed_errors

if TYPE_CHECKING:
    from aws.session import Session


class CloudWatch:
    """CloudWatch of one region."""

    def __init__(self, session: "Session") -> None:
        self.region, self._session = session.region, session

    @cached_property
    def _client(self) -> Any:
        return self._session.client("cloudwatch")

    def raised(self, prefix: str) -> list[str]:
        """Return the names of the alarms in state ALARM that begin with a prefix, sorted; composite ones too."""
        names: list[str] = []
        with typed_errors("cloudwatch:DescribeAlarms", self.region):
            pages = self._client.get_paginator("describe_alarms").paginate(
                AlarmNamePrefix=prefix, StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
            for page in pages:
                found = [*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())]
                names += [str(one["AlarmName"]) for one in found if one.get("StateValue") == "ALARM"]
        return sorted(names)
