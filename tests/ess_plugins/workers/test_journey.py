"""From launch to work with nothing else typed: on workers of the sandbox, behind real SSH."""

import gzip

import pytest

from tests.ess_plugins.workers.days import DAYS, body


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_stream_and_query_run_on_workers_that_were_just_launched(pair, here, sandbox):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="journey")
    for number, day in enumerate(DAYS):
        s3.put_object(Bucket="journey", Key=f"in/{day}.csv", Body=gzip.compress(body(number)))
    assert here("select", "s3://journey/in").returncode == 0
    assert here("category", "add", "days", "*.csv", "--columnspec", "S:day I:line").returncode == 0
    done = here("stream", "days", "*", "*", "echo $HOME %date")
    assert done.returncode == 0, done.stderr
    found = [line.split() for line in done.stdout.splitlines()]
    assert [day for _, day in found] == DAYS
    assert {home for home, _ in found} <= {str(home) for home in pair.homes}
    done = here("query", "select count(*), sum(line) from days", "-f", "tsv")
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "36\t84"), done.stderr
    assert sandbox.counts()["sts:GetFederationToken"] == 0, "they have a role"
    assert not s3.list_objects_v2(Bucket="essentia-scratch").get("Contents")
