"""Getting a page for sure: asked for again after what passes, and more gently after a complaint."""

import pytest

from ess_core.errors import EssError
from ess_plugins.s3.access import USUAL
from ess_plugins.s3.listing.fetch import Fetcher, Stat
from ess_plugins.s3.listing.pace import Gate
from ess_plugins.s3.listing.source import Ask, Scope, Source


@pytest.mark.parametrize(("fault", "limit"), [("slow_down", 44), ("error_in_200", 64), ("dropped", 64)])
def test_a_page_comes_at_last_and_less_is_asked_only_after_a_complaint(
    rig, listed, quick_pauses, monkeypatch, fault, limit
):
    rig.hold("ab")
    rig.plan(script=("", fault))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", rig.endpoint)
    gate, stat = Gate(64), Stat()
    fetcher = Fetcher(Source(listed.cloud, USUAL, Scope(rig.bucket)), gate, stat)
    for _ in range(2):
        assert [row[0] for row in fetcher.page(Ask("")).rows] == ["a", "b"]
    assert (gate.limit, stat.requests, stat.pages, stat.retries) == (limit, 3, 2, 1)


@pytest.mark.parametrize(("was_reached", "requests"), [(True, 12), (False, 3)])
def test_who_never_answered_is_given_up_sooner(listed, quick_pauses, monkeypatch, was_reached, requests):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    source, stat = Source(listed.cloud, USUAL, Scope("bucket")), Stat()
    source.was_reached = was_reached
    with pytest.raises(EssError, match="Connection refused"):
        Fetcher(source, Gate(1), stat).page(Ask(""))
    assert stat.requests == requests
