"""Listings of the test server, and the oracle that they are held against."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import Conf
from ess_plugins.s3 import listing
from ess_plugins.s3.access import USUAL
from ess_plugins.s3.listing import Manner, Scope, engine, pace
from ess_plugins.s3.listing.page import etag
from tests.fixtures.s3list import serving


@dataclass
class Listed:
    """Lists a server's bucket; ``fast`` in parallel, else with the plain paginator."""

    monkeypatch: pytest.MonkeyPatch
    stat: Any = None
    cloud: Cloud = field(default_factory=lambda: Cloud(Conf()))

    def __call__(self, rig, prefix="", delimiter="", **manner):
        """The rows, with ETags as they are without quotes."""
        opened = self.opened(rig, prefix, delimiter, **manner)
        self.stat = opened.stat
        return [(*row[:2], etag(row), *row[3:]) for page in listing.pages(opened) for row in page]

    def opened(
        self, rig, prefix="", delimiter="", fast=True, workers=16, access=USUAL, pack=listing.pack, **scope
    ):
        """The listing before anything is asked."""
        self.monkeypatch.setenv("AWS_ENDPOINT_URL_S3", rig.endpoint)
        wanted = Scope(scope.pop("bucket", rig.bucket), prefix, delimiter, **scope)
        return listing.opened(self.cloud, access, wanted, pack, Manner(workers, plain=not fast))


@pytest.fixture
def listed(monkeypatch):
    """What lists."""
    return Listed(monkeypatch)


@pytest.fixture(scope="module")
def rig():
    """One server for many listings, ten keys a page."""
    with serving(page_size=10) as server:
        yield server


@pytest.fixture
def quick_pauses(monkeypatch):
    """Attempts follow each other at once: what is tested is that there are any."""
    monkeypatch.setattr(pace, "_FIRST_S", 0.0005)


@pytest.fixture
def parallel(monkeypatch):
    """Go parallel at once, however quickly pages come."""
    monkeypatch.setattr(engine, "SLOW_S", -1.0)


@pytest.fixture
def never_slow(monkeypatch):
    """Take no page for slow, however busy this machine is."""
    monkeypatch.setattr(engine, "SLOW_S", 60.0)
    monkeypatch.setattr(engine, "QUICK_S", 60.0)
