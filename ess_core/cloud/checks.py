"""The core's checks for `ess doctor`: configuration, region, clock, credentials."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from ess_core.cloud.checkup import Case, Finding, Status, needs
from ess_core.conf.text import shown
from ess_core.errors import EssError

MOST_SKEW_S = 240  # AWS refuses a signature that is 5 minutes off
TIMEOUT_S = 10


@dataclass(frozen=True)
class Greeting:
    """What AWS says to somebody it does not know: where it answered, and its and our time in Unix seconds."""

    endpoint: str
    theirs_s: float | None
    ours_s: float


def conf(case: Case) -> str:
    """There is an instance.conf; that it can be read was found before."""
    return shown(case.conf.require())


def region(case: Case) -> str:
    """Which region it is, who says so, and that AWS answers there."""
    name, origin = case.cloud.region, case.cloud.region_origin
    return f"{name} ({origin}), {case.once(_greet).endpoint} answers"


@needs("region")
def clock(case: Case) -> str | Finding:
    """This machine's clock is right enough for AWS to accept signatures."""
    greeting = case.once(_greet)
    if greeting.theirs_s is None:
        return Finding(Status.NOTE, f"{greeting.endpoint} does not say what time it is")
    off_s = greeting.ours_s - greeting.theirs_s
    said = f"{abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} AWS's clock"
    if abs(off_s) > MOST_SKEW_S:
        raise EssError(f"this machine's clock is {said}", "set it: timedatectl set-ntp true")
    return "as AWS's" if abs(off_s) < 2 else said


@needs("region")
def credentials(case: Case) -> str:
    """Who AWS says we are."""
    who = case.cloud.whoami()
    return f"account {who.account} as {who.arn} ({_source(case)})"


def _source(case: Case) -> str:
    """The CSV, or the link of AWS's own chain, that gave the keys."""
    keys = case.conf.credentials()
    if keys:
        return keys.source
    found = case.cloud.session.get_credentials()
    return str(found.method) if found else "unknown"


def _greet(case: Case) -> Greeting:
    """Ask STS without a signature: it refuses, with its time. Raises what botocore does where none answers.

    So region and clock can be judged also where there are no credentials, or wrong ones.
    """
    from botocore.exceptions import ClientError

    sts = case.cloud.client("sts", attempts=2, read_timeout_s=TIMEOUT_S, unsigned=True)
    started = time.time()
    try:
        answer: Mapping[str, Any] = sts.get_caller_identity()
    except ClientError as refusal:
        answer = refusal.response
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return Greeting(sts.meta.endpoint_url, _unix_s(headers.get("date", "")), (started + time.time()) / 2)


def _unix_s(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
