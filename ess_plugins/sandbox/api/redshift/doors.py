"""What the Redshift front asks the API process, through the control door."""

from collections.abc import Callable, Mapping
from typing import Any

from ess_plugins.sandbox.api.plan import Planner
from ess_plugins.sandbox.api.redshift.warehouses import Warehouses, logins

Route = Callable[[Mapping[str, Any]], Any]


def routes(warehouses: Warehouses, planner: Planner) -> dict[tuple[str, str], Route]:
    """The routes below ``warehouse/``."""
    return {
        ("POST", "warehouse/opens"): lambda given: {
            "opens": any(house.opens for house in warehouses.at(given["address"]))
        },
        ("POST", "warehouse/guest"): lambda given: _guest(warehouses, given["address"], given["user"]),
        ("POST", "warehouse/fault"): lambda given: {"fault": planner.take_warehouse_fault(given["names"])},
    }


def _guest(warehouses: Warehouses, address: str, user: str) -> dict[str, Any]:
    """Who ``user`` is at this address; without passwords where nobody of that name may log in now."""
    houses = warehouses.at(address)
    found = [login for house in houses for login in logins(house) if login.user == user]
    return {
        "role": found[-1].role if found else user,
        "superuser": any(login.superuser for login in found),
        "created": any(login.creates for login in found),
        "passwords": [login.password for login in found if login.password],
        "databases": sorted({name for house in houses for name in house.databases}),
    }
