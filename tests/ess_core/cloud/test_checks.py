"""Region, clock and credentials are judged apart: one cause, one failure, and what to type."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ess_core.cloud import Cloud, checks
from ess_core.cloud.checkup import Case, Finding, Status
from ess_core.conf import Overrides, load
from ess_core.errors import ConfigError, EssError
from tests.fixtures.sandbox import Sandbox

Answering = Callable[[str], str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with no configuration."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Let STS be a server that refuses everything, under a Date of the test's choice; returns its address."""
    with ExitStack() as stack:

        def serve(date: str) -> str:
            class Refusing(BaseHTTPRequestHandler):
                def do_POST(self) -> None:
                    self.rfile.read(int(self.headers["Content-Length"]))
                    body = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
                    self.send_response_only(403)
                    if date:
                        self.send_header("Date", date)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Refusing))
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
            address = f"http://127.0.0.1:{server.server_port}"
            monkeypatch.setenv("AWS_ENDPOINT_URL", address)
            return address

        yield serve


def _case(**overrides: str) -> Case:
    conf = load(Overrides(**overrides))  # type: ignore[arg-type]
    return Case(conf, Cloud(conf))


@pytest.mark.parametrize(("off_s", "said"), [(0, "as AWS's"), (-30, "s ahead of"), (30, "s behind")])
def test_a_clock_that_is_about_right_passes(off_s: int, said: str, answering: Answering) -> None:
    answering(formatdate(time.time() + off_s, usegmt=True))
    assert said in checks.clock(_case())


@pytest.mark.parametrize(("off_s", "which"), [(-300, "ahead of"), (300, "behind"), (10**8, "behind")])
def test_a_clock_that_aws_would_refuse_fails(off_s: int, which: str, answering: Answering) -> None:
    answering(formatdate(time.time() + off_s, usegmt=True))
    with pytest.raises(EssError, match=f"this machine's clock is \\d+ s {which} AWS's clock") as caught:
        checks.clock(_case())
    assert caught.value.hint == "set it: timedatectl set-ntp true"


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 25:00:00 GMT"])
def test_an_answer_without_a_date_is_only_noted(date: str, answering: Answering) -> None:
    address = answering(date)
    assert checks.clock(_case()) == Finding(Status.NOTE, f"{address} does not say what time it is")


def test_the_region_is_said_with_its_origin_and_who_answers_there(answering: Answering) -> None:
    address = answering("")
    assert checks.region(_case(region="eu-west-3")) == f"eu-west-3 (--region), {address} answers"


def test_region_and_clock_need_no_credentials(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    address = answering(formatdate(usegmt=True))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")  # only half of a key is left
    assert checks.region(_case()) == f"us-east-1 (default), {address} answers"
    assert checks.clock(_case()) == "as AWS's"


def test_a_csv_that_is_missing_is_the_credentials_fault_and_not_the_regions(answering: Answering) -> None:
    answering(formatdate(usegmt=True))
    case = _case(credentials="gone.csv")
    assert checks.region(case).startswith("us-east-1 (default)")
    with pytest.raises(ConfigError, match=r"there is no file 'gone\.csv'"):
        checks.credentials(case)


def test_a_place_that_is_no_region_is_the_regions_fault() -> None:
    with pytest.raises(ConfigError, match="--region: 'mars' is not a region"):
        checks.region(_case(region="mars"))


def test_without_a_file_the_conf_check_says_how_to_get_one() -> None:
    with pytest.raises(ConfigError) as caught:
        checks.conf(_case())
    assert caught.value.hint == "ess config init writes a commented one"


def test_the_credentials_are_named_with_what_gave_them(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox.key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox.key.secret_access_key)
    who = "account 123456789012 as arn:aws:iam::123456789012:user/ess-sandbox"
    assert checks.credentials(_case()) == f"{who} (env)"
    csv = str(sandbox.folder / "credential_file.csv")
    assert checks.credentials(_case(credentials=csv)) == f"{who} (credential_file.csv)"


def test_what_checks_share_is_asked_once() -> None:
    asked: list[Case] = []
    case = _case()
    for _ in range(2):
        assert case.once(asked.append) is None
    assert len(asked) == 1
