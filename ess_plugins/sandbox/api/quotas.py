"""Service Quotas: the one that matters for launching, running standard on-demand vCPUs."""

import json
from typing import Any

from ess_plugins.sandbox.api.answers import Answer, as_json, error
from ess_plugins.sandbox.api.request import ApiRequest

SERVICE, CODE = "ec2", "L-1216C47A"


def answer(request: ApiRequest, vcpu_quota: int) -> Answer:
    """Answer one Service Quotas call."""
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        return error("servicequotas", "SerializationException", "not JSON", 400)
    quota = _quota(request.region, vcpu_quota)
    if request.action == "ListServiceQuotas":
        return as_json({"Quotas": [quota] if given.get("ServiceCode") == SERVICE else []})
    if request.action != "GetServiceQuota":
        return error("servicequotas", "UnknownOperationException", request.action, 400)
    if (given.get("ServiceCode"), given.get("QuotaCode")) != (SERVICE, CODE):
        return error(
            "servicequotas",
            "NoSuchResourceException",
            "The request failed because the resource does not exist.",
            400,
        )
    return as_json({"Quota": quota})


def _quota(region: str, vcpu_quota: int) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE,
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:aws:servicequotas:{region}::{SERVICE}/{CODE}",
        "QuotaCode": CODE,
        "QuotaName": "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
        "Value": float(vcpu_quota),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
