"""Budgets. Their control plane answers in us-east-1 alone."""
# ruff: noqa: ARG002 - methods take what a handler is given, whether they need it or not

from typing import Any, ClassVar, Final

from provisioner.aws import Aws
from provisioner.handlers.common.base import Properties, register
from provisioner.handlers.common.generic import Generic

_NAMES: Final = {
    "name": "Budget.BudgetName",
    "budgetType": "Budget.BudgetType",
    "timeUnit": "Budget.TimeUnit",
    "limitAmount": "Budget.BudgetLimit.Amount",
    "limitUnit": "Budget.BudgetLimit.Unit",
}


@register
class Budget(Generic):
    """A budget with its notifications. Its id is `<account>:<name>`."""

    type = "aws:budgets/budget:Budget"
    taggable = True
    service = "budgets"
    control_region = "us-east-1"
    create_call = "create_budget"
    read_call = "describe_budget"
    update_call = "update_budget"
    delete_call = "delete_budget"
    id_output = "id"
    names: ClassVar = _NAMES
    document = "Budget"
    missing = ("NotFoundException",)
    outputs: ClassVar = {"limitAmount": "BudgetLimit.Amount", "limitUnit": "BudgetLimit.Unit", "name": "BudgetName"}
    only_here = frozenset({"accountId", "notifications"})
    replace_on = frozenset({"name", "accountId"})
    tag_calls = ("tag_resource", "untag_resource", "list_tags_for_resource")

    def create_arguments(self, aws: Aws, inputs: Properties) -> dict[str, Any]:
        """See Generic."""
        notices = [
            {"Notification": _notification(each), "Subscribers": _subscribers(each)}
            for each in inputs.get("notifications", [])
        ]
        arguments = super().create_arguments(aws, inputs)
        return {**arguments, "AccountId": _account(aws), "NotificationsWithSubscribers": notices}

    def _new_id(self, inputs: Properties, answer: dict[str, Any]) -> str:
        return str(inputs["name"])

    def complete(self, aws: Aws, resource_id: str, inputs: Properties) -> None:
        """See Generic; what is tagged is known with its notifications."""

    def create(self, aws: Aws, inputs: Properties) -> Any:
        """See Handler."""
        created = super().create(aws, inputs)
        resource_id = f"{_account(aws)}:{created.id}"
        return type(created)(resource_id, self.read(aws, resource_id, inputs) or {})

    def find(self, aws: Aws, inputs: Properties) -> str | None:
        """See Handler: a name is one account's."""
        resource_id = f"{_account(aws)}:{inputs['name']}"
        return resource_id if self.read(aws, resource_id, {}) is not None else None

    def id_arguments(self, aws: Aws, call: str, resource_id: str) -> dict[str, Any]:
        """See Generic."""
        named = {"AccountId": _account(aws), "BudgetName": resource_id.rpartition(":")[2]}
        return {"AccountId": named["AccountId"]} if call == self.update_call else named

    def update_arguments(self, aws: Aws, resource_id: str, new: Properties, changed: frozenset[str]) -> dict[str, Any]:
        """See Generic."""
        wanted = {name: new[name] for name in _NAMES if name in new}
        return {"NewBudget": self.parameters(aws, self.create_call, wanted)["Budget"]}

    def update(
        self, aws: Aws, resource_id: str, old: Properties, new: Properties, changed: frozenset[str]
    ) -> Properties:
        """See Handler; notifications that are not wanted any more go, those that are new come."""
        if changed - {"notifications"}:
            arguments = self.update_arguments(aws, resource_id, new, changed)
            self.call(aws, "update_budget", **arguments, AccountId=_account(aws))
        named = self.id_arguments(aws, self.read_call, resource_id)
        there = self._notifications(aws, resource_id)
        wanted = new.get("notifications", [])
        for each in there:
            if each not in wanted:
                self.call(aws, "delete_notification", **named, Notification=_notification(each))
        for each in wanted:
            if each not in there:
                notice, told = _notification(each), _subscribers(each)
                self.call(aws, "create_notification", **named, Notification=notice, Subscribers=told)
        return self.read(aws, resource_id, new) or {}

    def observe(self, aws: Aws, resource_id: str, document: Any) -> Properties:
        """See Generic; a budget's limit is a decimal, as text."""
        arn = f"arn:aws:budgets::{_account(aws)}:budget/{document['BudgetName']}"
        seen = super().observe(aws, resource_id, document)
        seen["limitAmount"] = f"{float(seen['limitAmount']):.1f}"
        return {**seen, "arn": arn, "notifications": self._notifications(aws, resource_id)}

    def _notifications(self, aws: Aws, resource_id: str) -> list[Properties]:
        named = self.id_arguments(aws, self.read_call, resource_id)
        listed = self.call(aws, "describe_notifications_for_budget", **named)
        seen = []
        for each in listed.get("Notifications", []):
            asked = {name: item for name, item in each.items() if name != "NotificationState"}
            told = self.call(aws, "describe_subscribers_for_notification", **named, Notification=asked)["Subscribers"]
            seen.append(_property(each, told))
        return seen


def _account(aws: Aws) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])


def _notification(notice: Properties) -> dict[str, Any]:
    return {
        "NotificationType": notice["notificationType"],
        "ComparisonOperator": notice["comparisonOperator"],
        "Threshold": float(notice["threshold"]),
        "ThresholdType": notice["thresholdType"],
    }


def _subscribers(notice: Properties) -> list[dict[str, str]]:
    topics = [{"SubscriptionType": "SNS", "Address": arn} for arn in notice.get("subscriberSnsTopicArns", [])]
    people = [{"SubscriptionType": "EMAIL", "Address": a} for a in notice.get("subscriberEmailAddresses", [])]
    return [*topics, *people]


def _property(notice: dict[str, Any], told: list[dict[str, str]]) -> Properties:
    threshold = notice["Threshold"]
    seen: Properties = {
        "notificationType": notice["NotificationType"],
        "comparisonOperator": notice["ComparisonOperator"],
        "threshold": int(threshold) if threshold == int(threshold) else threshold,
        "thresholdType": notice["ThresholdType"],
    }
    for kind, name in (("SNS", "subscriberSnsTopicArns"), ("EMAIL", "subscriberEmailAddresses")):
        addresses = [each["Address"] for each in told if each["SubscriptionType"] == kind]
        if addresses:
            seen[name] = addresses
    return seen
