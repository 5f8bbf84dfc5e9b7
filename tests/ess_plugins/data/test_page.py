"""The page of a category: one file, harmless whatever it shows, and right in a browser."""

import http.server
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from ess_core.files.dates import Grain, Moment
from ess_core.tables.categories import Category, Tally
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_core.tables.dialect import Dialect
from ess_plugins.data.page import page
from ess_plugins.data.report import Report

HOSTILE = (
    "</title></style><script>document.title=1</script><img src=http://hit.test/x onerror=alert(1)>&amp;\"'"
)
OF_CHROMIUM = re.compile(r"[a-z]+ (?:https?://)?[a-z0-9.]*google(?:apis)?\.com[:/]", re.IGNORECASE)
"""It asks its maker for news, whatever the page."""

CATEGORY = Category(
    "purchase",
    "s3://bucket/in",
    "bucket",
    (HOSTILE, "caf\udce9\x00\x1b[31m"),
    dialect=Dialect(delimiter="\t", names=("a", "b")),
    columns=ColumnSpec((Column(ColumnType.TEXT, HOSTILE), Column(ColumnType.SKIP))),
    preprocess=HOSTILE,
    comment=HOSTILE,
    files=9,
    size_bytes=5 * 1024,
    scanned_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)
START = datetime(2014, 3, 5)  # noqa: DTZ001 - a name has no zone


def report(category=CATEGORY, without=(2,), undated=2):
    days = [Moment(START + timedelta(days=number), Grain.DAY) for number in range(5) if number not in without]
    tallies = [Tally(day, number, 1024 * number) for number, day in enumerate(days, 1)]
    return Report(category, [*([Tally(None, undated, 1)] if undated else []), *tallies])


class Elements(HTMLParser):
    """Each element with its attributes and the text directly in it."""

    def __init__(self, html):
        super().__init__()
        self.found, self.open = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))
        self.open.append(self.found[-1])

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def texts(self, tag, **wanted):
        wanted = {name.rstrip("_"): value for name, value in wanted.items()}
        return [
            "".join(text)
            for name, attrs, text in self.found
            if name == tag and wanted.items() <= attrs.items()
        ]


def test_cells_say_what_a_day_has_and_a_table_says_it_again():
    elements = Elements(page(report()))
    cells = [attrs for tag, attrs, _ in elements.found if tag == "td" and "title" in attrs]
    assert [(cell["class"], cell["title"]) for cell in cells] == [
        ("files-1 bytes-1", "2014-03-05: 1 file, 1.0 KiB"),
        ("files-2 bytes-2", "2014-03-06: 2 files, 2.0 KiB"),
        ("gap", "2014-03-07: no files"),
        ("files-3 bytes-3", "2014-03-08: 3 files, 3.0 KiB"),
        ("files-4 bytes-4", "2014-03-09: 4 files, 4.0 KiB"),
    ]
    assert all(cell["aria-label"] == cell["title"] for cell in cells)
    rows = elements.texts("td")
    at = rows.index("2014-03-05")
    assert rows[at : at + 8] == ["2014-03-05", "1", "1,024", "1.0 KiB", "2014-03-06", "2", "2,048", "2.0 KiB"]
    assert elements.texts("p", class_="quiet")[:2] == [
        "2 files more without a date in the name.",
        "1 gap: 1 of 5 days from 2014-03-05 to 2014-03-09 has no files.",
    ]


def test_names_are_text_and_never_markup():
    html = page(report())
    elements = Elements(html)
    assert not {"script", "img"} & {tag for tag, _, _ in elements.found}
    assert not [attrs for _, attrs, _ in elements.found if any(name.startswith("on") for name in attrs)]
    assert elements.texts("title") == ["purchase"]
    assert elements.texts("p", class_="place") == [HOSTILE]
    assert f"{HOSTILE}\ncaf\ufffd\ufffd\ufffd[31m" in elements.texts("dd")
    assert HOSTILE in elements.texts("td")
    html.encode()  # has no half of a surrogate pair


def test_nothing_is_fetched_from_anywhere():
    html = page(report(replace(CATEGORY, patterns=("*",), comment="", preprocess="", columns=None)))
    assert "default-src &#x27;none&#x27;" in html
    assert not re.search(r"https?:|@import|url\(", html)
    assert re.findall(r"<(?:link|script|img|iframe)[^>]*>", html) == ['<link rel="icon" href="data:,">']


def test_without_dates_the_page_says_so():
    html = page(Report(CATEGORY, [Tally(None, 9, 5 * 1024)]))
    assert Elements(html).texts("p", class_="quiet") == [
        "none of 9 files has a date in its name (dateregex auto)"
    ]
    assert '<h2 id="gaps">' not in html


@pytest.fixture(scope="module")
def proxy():
    """A proxy that lets nothing through; returns its port and the requests that it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self):
            self.raw_requestline = self.rfile.readline(65537)
            asked.append(self.raw_requestline.decode("latin-1"))
            self.close_connection = True

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


@pytest.fixture
def browse(tmp_path, proxy):
    """Show a page in chromium; returns what it then is, what chromium said, and what the page asked for."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no chromium here (Debian's package chromium)")
    port, asked = proxy

    def shown(html, *options):
        asked.clear()
        path = tmp_path / "page.html"
        path.write_text(html, "utf-8")
        done = subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                f"--user-data-dir={tmp_path / 'profile'}",
                f"--proxy-server=http://127.0.0.1:{port}",
                "--proxy-bypass-list=<-loopback>",
                "--enable-logging=stderr",
                *options,
                path.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )
        return (
            done.stdout,
            re.findall(r"CONSOLE.*", done.stderr),
            [one for one in asked if not OF_CHROMIUM.match(one)],
        )

    return shown


def test_a_browser_shows_all_of_it_without_a_complaint_or_a_request(browse, tmp_path):
    picture = tmp_path / "page.png"
    dom, said, asked = browse(page(report()), "--dump-dom", f"--screenshot={picture}")
    assert (said, asked) == ([], [])
    assert picture.stat().st_size > 10_000
    elements = Elements(dom)
    assert elements.texts("h1") == ["purchase"]
    assert elements.texts("title") == ["purchase"]
    assert elements.texts("p", class_="place") == [HOSTILE]
    assert elements.texts("dd")[:2] == ["9", "5.0 KiB"]
    assert len([1 for tag, attrs, _ in elements.found if tag == "td" and "aria-label" in attrs]) == 5
    assert not {"script", "img"} & {tag for tag, _, _ in elements.found}


def test_the_browser_would_tell_of_a_complaint_and_of_a_request(browse):
    html = page(report()).replace("<h1>", '<script>1</script><img src="http://hit.test/x"><h1>')
    _, said, _ = browse(html, "--dump-dom")
    assert len([line for line in said if "Content Security Policy" in line]) == 2
    _, _, asked = browse('<img src="http://hit.test/x">', "--dump-dom")
    assert [line for line in asked if "http://hit.test/x" in line]
