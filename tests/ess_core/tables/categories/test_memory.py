"""Memory does not grow with the number of files."""

import subprocess
import sys

import pytest

SCAN = """if True:
    import sys
    from datetime import UTC, datetime, timedelta
    from ess_core.files import File
    from ess_core.tables import categories

    class Listing:
        url = "s3://made"

        def __init__(self, etag):
            self.etag = etag

        def list(self, prefix=""):
            at = datetime(2026, 1, 1, tzinfo=UTC)
            for number in range(int(sys.argv[1])):
                day = datetime(2014, 1, 1) + timedelta(days=number // 1000)
                yield File(f"logs/{day:%Y-%m-%d}/{number:08}", 1, at, self.etag, "STANDARD")

    made = categories.Category("made", "s3://made", "made", ("**",))
    with categories.compare(made, Listing("a" * 32)) as found:
        made = categories.add(made, found)
    categories.scan(made, Listing("b" * 32))
    assert sum(1 for _ in categories.files(made)) == int(sys.argv[1])
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def peak_mb(files, home):
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(files)],
        env={"ESS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_a_scan_of_many_files_takes_no_more_memory_than_one_of_some(tmp_path):
    some = peak_mb(150_000, tmp_path / "some")
    many = peak_mb(400_000, tmp_path / "many")
    assert many < some + 16, (some, many)
