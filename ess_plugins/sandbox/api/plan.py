"""What a test asks the simulated cloud to do wrong, or slowly."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

WAREHOUSE_FAULTS = frozenset(
    {
        "hang_at_connect",
        "copy_s3_503",
        "drop_in_copy",
        "drop_before_commit",
        "drop_after_commit",
        "serialization_on_commit",
    }
)
"""What can go wrong in Redshift itself."""


class Loss(Enum):
    """How an answer gets lost after the work was done."""

    NO = ""
    RESET = "reset"
    UNAVAILABLE = "503"


@dataclass(frozen=True)
class ApiFault:
    """Refuse the next ``times`` calls of ``action`` whose parameters equal ``when``.

    With ``after`` they are done, and the answer is lost.
    """

    action: str
    code: str = "InternalError"
    http: int = 400
    message: str = ""
    times: int = 1
    when: Mapping[str, str] = field(default_factory=dict)
    after: Loss = Loss.NO

    def fits(self, action: str, parameters: Mapping[str, str]) -> bool:
        """Whether it applies to this call."""
        return fnmatchcase(action, self.action) and self.when.items() <= parameters.items()


@dataclass(frozen=True)
class Plan:
    """Times in seconds. ``capacity``: instances left room for, by ``type`` or ``type@zone``.

    ``ssh``: launch order (from 0) or ``*`` -> ``refuse``, ``dead`` (packets dropped), ``hang`` (no banner),
    ``slow:SECONDS``, ``badkey``. ``deny``: actions (with ``*``) that IAM refuses. ``enforce_groups``: no rule
    for the SSH port means dead. ``warehouse``: names of WAREHOUSE_FAULTS, each for the next connection,
    COPY or COMMIT that it fits.
    """

    latency_s: float = 0.0
    pending_s: float = 0.5
    boot_s: float = 0.5
    shutdown_s: float = 0.3
    notfound_s: float = 0.0
    vcpu_quota: int = 512
    spot_vcpu_quota: int = 512
    capacity: Mapping[str, int] = field(default_factory=dict)
    errors: Sequence[ApiFault] = ()
    ssh: Mapping[str, str] = field(default_factory=dict)
    deny: Sequence[str] = ()
    enforce_groups: bool = True
    warehouse: Sequence[str] = ()

    def changed(self, changes: Mapping[str, Any]) -> "Plan":
        """This plan with some values replaced. Raises ValueError for an unknown name."""
        known = {item.name for item in fields(self)}
        if unknown := changes.keys() - known:
            raise ValueError(f"a plan has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
        values = dict(changes)
        if "errors" in values:
            values["errors"] = tuple(_fault(item) for item in values["errors"])
        if unknown := set(values.get("warehouse", ())) - WAREHOUSE_FAULTS:
            known_faults = ", ".join(sorted(WAREHOUSE_FAULTS))
            raise ValueError(f"a warehouse has no fault {', '.join(sorted(unknown))}; it has {known_faults}")
        return replace(self, **values)

    def denies(self, action: str) -> bool:
        """Whether IAM refuses the action."""
        return any(fnmatchcase(action, pattern) for pattern in self.deny)

    def as_json(self) -> dict[str, Any]:
        """The plan as the control door shows it."""
        return {**asdict(self), "errors": [{**asdict(e), "after": e.after.value} for e in self.errors]}


def _fault(item: Mapping[str, Any]) -> ApiFault:
    return ApiFault(**{**item, "after": Loss(item.get("after", ""))})


class Planner:
    """The plan in force, with its faults counted down; safe from several threads."""

    def __init__(self, plan: Plan) -> None:
        self._first = plan
        self._lock = threading.Lock()
        self.plan = plan

    def change(self, changes: Mapping[str, Any]) -> Plan:
        """Replace some of its values. Raises ValueError for an unknown name."""
        with self._lock:
            self.plan = self.plan.changed(changes)
            return self.plan

    def reset(self) -> None:
        """Back to the plan the sandbox started with."""
        with self._lock:
            self.plan = self._first

    def take_fault(self, action: str, parameters: Mapping[str, str]) -> ApiFault | None:
        """The fault that hits this call, used up once."""
        with self._lock:
            for index, fault in enumerate(self.plan.errors):
                if fault.fits(action, parameters):
                    self._use(index, fault)
                    return fault
        return None

    def take_warehouse_fault(self, names: Sequence[str]) -> str:
        """The first planned fault of Redshift that is among ``names``, used up; empty where there is none."""
        with self._lock:
            planned = list(self.plan.warehouse)
            for name in planned:
                if name in names:
                    planned.remove(name)
                    self.plan = replace(self.plan, warehouse=tuple(planned))
                    return name
        return ""

    def _use(self, index: int, fault: ApiFault) -> None:
        errors = list(self.plan.errors)
        errors[index : index + 1] = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
        self.plan = replace(self.plan, errors=tuple(errors))
