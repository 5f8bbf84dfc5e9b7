"""What happens to a launch that fails: its instances are ended, or the last words name what still runs."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from ess_core.cloud import PATIENT, Cloud, explain, within
from ess_core.errors import EssError
from ess_plugins.ec2 import ending
from ess_plugins.ec2.records import Launch, Records
from ess_plugins.ec2.report import Report

LONGEST_S = 60.0


def keep(launch: Launch, kept: Records, error: BaseException) -> None:
    """Leave everything as it is, and say so in the error's last words."""
    if not launch.attempts:
        kept.forget(launch)
        return
    error.add_note(_still_running(launch, launch.instance_ids, "kept as asked"))
    with contextlib.suppress(EssError):  # the tags find it as well
        kept.save(replace(launch, complete=True))


def end(cloud: Cloud, launch: Launch, kept: Records, report: Report, error: BaseException) -> None:
    """End this launch's instances, within a minute; where one stays, the error's last words name it.

    The launch's record goes when nothing of it can be left; else the next ``create`` or ``terminate``
    finds it.
    """
    if not launch.attempts:
        kept.forget(launch)
        return
    report.note("ending what was launched")
    try:
        ec2 = cloud.client("ec2", attempts=2, read_timeout_s=10)
        left = within(LONGEST_S, lambda: ending.abandon(ec2, launch, report))
        why = "EC2 did not end them in time"
    except Exception as failure:  # noqa: BLE001 - the error that led here is the one to show; this is added to it
        left, why = list(launch.instance_ids), explain(failure).message
    else:
        if not left:
            kept.forget(launch)
            report.note("nothing of this launch is left")
            return
    error.add_note(_still_running(launch, left, why))


def stragglers(cloud: Cloud, launch: Launch, ids: Sequence[str], report: Report) -> None:
    """End the few that did not become ready while the others did; say so where that fails."""
    try:
        ending.terminate(cloud.client("ec2", attempts=PATIENT), ids)
    except Exception as failure:  # noqa: BLE001 - the others are ready and must not be lost for this
        report.note(_still_running(launch, ids, explain(failure).message))


def _still_running(launch: Launch, ids: Sequence[str], why: str) -> str:
    names = " ".join(ids) or "instances whose ids are not known"
    which = " ".join(ids) if 0 < len(ids) <= 20 else "all"
    return (
        f"still running in {launch.region}: {names} ({why})\n"
        f"hint: this ends them: ess instance ec2 terminate {which} "
        f"--cluster {launch.cluster} --region {launch.region}"
    )
