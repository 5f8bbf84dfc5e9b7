"""Getting one page for sure: what is worth another attempt, what ends the listing, and how that is said."""

import re
import threading
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from ess_core.cloud.failures import THROTTLED
from ess_core.errors import EssError
from ess_plugins.s3 import failures
from ess_plugins.s3.listing import pace
from ess_plugins.s3.listing.page import END, MalformedPageError, Page, parse
from ess_plugins.s3.listing.source import Ask, Source
from ess_plugins.s3.listing.wire import CUT, Answer, Wire

ACTION = "ListObjectsV2"
_MOST_TURNS = 3
_READING = threading.Semaphore(2)
"""Python reads one page at a time anyway; more at once would only take each other's turns, and memory."""
_PASSING = THROTTLED | failures.BUSY | {"RequestTimeout"}
_CODE = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_REGION = re.compile(r"<Region>([^<]*)</Region>")


@dataclass
class Stat:
    """What a listing cost so far: ``--stat`` shows it."""

    requests: int = 0
    pages: int = 0
    retries: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, requests: int = 0, pages: int = 0, retries: int = 0) -> None:
        """Count more, from any thread."""
        with self._lock:
            self.requests += requests
            self.pages += pages
            self.retries += retries


class _PassingError(Exception):
    """What may be gone at the next attempt; ``error`` is what to say if it is not."""

    def __init__(self, error: EssError, is_busy: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.is_busy = is_busy


class Fetcher:
    """Gets pages over a connection of its own; one for each thread."""

    def __init__(self, source: Source, gate: pace.Gate, stat: Stat) -> None:
        self._source = source
        self._gate = gate
        self._stat = stat
        self._wire = Wire(source.route)
        self.latency_s = 0.0
        """How long the last answer took to begin."""
        self.server = ""
        """What the server that gave the last answer calls itself."""

    def page(self, ask: Ask) -> Page:
        """The page that ``ask`` wants. Raises EssError where it cannot be had."""
        for attempt, pause_s in enumerate(pace.pauses(), 1):
            try:
                return self._attempt(ask)
            except _PassingError as trouble:
                if attempt >= (pace.ATTEMPTS if self._source.was_reached else pace.FIRST_ATTEMPTS):
                    raise trouble.error from trouble
                if trouble.is_busy:
                    self._gate.slow_down()
            self._stat.add(retries=1)
            time.sleep(pause_s)
        raise AssertionError("pauses never end")

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _attempt(self, ask: Ask) -> Page:
        with self._gate:
            answer = self._answer(ask)
        self.latency_s, self.server = answer.latency_s, answer.headers.get("Server", "")
        page = self._page(answer)
        self._gate.went_well()
        self._stat.add(pages=1)
        return page

    def _answer(self, ask: Ask) -> Answer:
        """The first answer that is not a redirect."""
        for _ in range(_MOST_TURNS):
            asked = self._source.route
            answer = self._get(ask)
            region = _other_region(answer)
            if not region or not (self._source.turn(region) or self._source.route is not asked):
                break
        return answer

    def _get(self, ask: Ask) -> Answer:
        if self._wire.route is not self._source.route:
            self._wire.close()
            self._wire = Wire(self._source.route)
        self._stat.add(requests=1)
        try:
            return self._wire.get(*self._source.request(ask))
        except CUT as error:
            raise _PassingError(failures.unreachable(_reason(error), self._where)) from error
        finally:
            self._source.was_reached |= self._wire.was_reached

    def _page(self, answer: Answer) -> Page:
        if answer.status != 200:
            raise self._refusal(answer)
        try:
            with _READING:
                return parse(answer.body, self._source.scope.restore)
        except MalformedPageError as error:
            if b"<Error>" in answer.body and END not in answer.body:  # S3 may find out after it said 200
                raise self._refusal(answer) from None
            raise _PassingError(failures.unreachable(str(error), self._where)) from error

    def _refusal(self, answer: Answer) -> Exception:
        """What is raised for an answer that is an error."""
        text = answer.body.decode(errors="replace")
        code = _first(_CODE, text) or str(answer.status)
        refusal = failures.Refusal(code, _first(_MESSAGE, text) or f"status {answer.status}", ACTION)
        error = failures.refused(refusal, self._where) or EssError(
            f"{ACTION} on {self._where} at {self._where.endpoint} failed: {refusal.message} ({code})"
        )
        is_busy = answer.status in (429, 503) or code in THROTTLED
        if is_busy or answer.status >= 500 or code in _PASSING:
            return _PassingError(error, is_busy)
        return error

    @property
    def _where(self) -> failures.Where:
        scope = self._source.scope
        return failures.Where(self._source.endpoint_url, scope.bucket, scope.prefix)


def _other_region(answer: Answer) -> str:
    """The region that S3 sends us to, or nothing.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html
    """
    if answer.status not in (301, 307, 400):
        return ""
    named = answer.headers.get("x-amz-bucket-region", "")
    return named or _first(_REGION, answer.body.decode(errors="replace"))


def _first(pattern: "re.Pattern[str]", text: str) -> str:
    found = pattern.search(text)
    return " ".join(unescape(found[1]).split()) if found else ""


def _reason(error: Any) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
