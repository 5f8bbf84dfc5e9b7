"""Service Quotas: the two that matter for launching, vCPUs of standard instances, on-demand and spot."""

import json
from typing import Any

from ess_plugins.sandbox.api.answers import Answer, as_json, error
from ess_plugins.sandbox.api.plan import Plan
from ess_plugins.sandbox.api.request import ApiRequest

SERVICE = "ec2"
ON_DEMAND, SPOT = "L-1216C47A", "L-34B43A08"
_STANDARD = "Standard (A, C, D, H, I, M, R, T, Z)"
_NAMES = {
    ON_DEMAND: f"Running On-Demand {_STANDARD} instances",
    SPOT: f"All {_STANDARD} Spot Instance Requests",
}


def answer(request: ApiRequest, plan: Plan) -> Answer:
    """Answer one Service Quotas call."""
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        return error("servicequotas", "SerializationException", "not JSON", 400)
    values = {ON_DEMAND: plan.vcpu_quota, SPOT: plan.spot_vcpu_quota}
    quotas = {code: _quota(request.region, code, value) for code, value in values.items()}
    if request.action == "ListServiceQuotas":
        return as_json({"Quotas": [*quotas.values()] if given.get("ServiceCode") == SERVICE else []})
    if request.action != "GetServiceQuota":
        return error("servicequotas", "UnknownOperationException", request.action, 400)
    quota = quotas.get(given.get("QuotaCode", ""))
    if given.get("ServiceCode") != SERVICE or quota is None:
        return error(
            "servicequotas",
            "NoSuchResourceException",
            "The request failed because the resource does not exist.",
            400,
        )
    return as_json({"Quota": quota})


def _quota(region: str, code: str, value: int) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE,
        "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
        "QuotaArn": f"arn:aws:servicequotas:{region}::{SERVICE}/{code}",
        "QuotaCode": code,
        "QuotaName": _NAMES[code],
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
