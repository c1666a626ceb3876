"""CloudWatch Logs: moto's records, and the key of a log group that exists. Operations are listed in `records`."""

from typing import Any

from localcloud.api.emulated import Parameters, ProblemError, RequestContext, add


def patch() -> None:
    """Let a log group's key be set and taken away: moto knows it at creation alone."""
    from moto.logs.responses import LogsResponse

    def associate_kms_key(self: Any) -> str:
        _group(self).kms_key_id = self._get_param("kmsKeyId")
        return ""

    def disassociate_kms_key(self: Any) -> str:
        _group(self).kms_key_id = None
        return ""

    add(
        "logs",
        {
            "PutAccountPolicy": _put_account_policy,
            "DescribeAccountPolicies": _describe_account_policies,
            "DeleteAccountPolicy": _delete_account_policy,
        },
    )
    LogsResponse.associate_kms_key = associate_kms_key  # type: ignore[attr-defined]
    LogsResponse.disassociate_kms_key = disassociate_kms_key  # type: ignore[attr-defined]


def _group(response: Any) -> Any:
    from moto.logs.exceptions import ResourceNotFoundException

    group = response.logs_backend.groups.get(response._get_param("logGroupName"))
    if group is None:
        raise ResourceNotFoundException
    return group


def _put_account_policy(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    policy = {"scope": "ALL", **asked, "accountId": request.account}
    request.kind("account policies")[f"{asked['policyName']}:{asked['policyType']}"] = policy
    return {"accountPolicy": policy}


def _describe_account_policies(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    found = [
        policy
        for policy in request.kind("account policies").values()
        if policy["policyType"] == asked["policyType"] and asked.get("policyName") in (None, policy["policyName"])
    ]
    if asked.get("policyName") and not found:
        raise ProblemError("ResourceNotFoundException", f"{asked['policyName']} does not exist")
    return {"accountPolicies": found}


def _delete_account_policy(request: RequestContext, asked: Parameters) -> dict[str, Any]:
    if request.kind("account policies").pop(f"{asked['policyName']}:{asked['policyType']}", None) is None:
        raise ProblemError("ResourceNotFoundException", f"{asked['policyName']} does not exist")
    return {}
