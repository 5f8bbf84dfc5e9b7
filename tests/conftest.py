"""For all tests: nothing leaves this machine, and nothing of the user's is read."""

import os
from pathlib import Path

import hypothesis
import pytest

from ess_plugins.sandbox import guard

pytest.register_assert_rewrite("tests.ess_core.files.datastore_suite")
FIXTURES = ("sandbox", "redshift", "loads", "here", "s3list", "seaweed", "engine", "nodes")
pytest_plugins = [f"tests.fixtures.{name}" for name in FIXTURES]

GUARD = Path(__file__).parent / "guard"

for name, repeats in (("repeatable", True), ("searching", False)):
    hypothesis.settings.register_profile(
        name,
        derandomize=repeats,
        deadline=None,  # the machine may be busy
        suppress_health_check=[
            hypothesis.HealthCheck.too_slow,
            hypothesis.HealthCheck.function_scoped_fixture,
        ],
    )
hypothesis.settings.load_profile("repeatable")

guard.install()
for name in [name for name in os.environ if name.startswith(("AWS_", "ESS_")) and name != "ESS_TEST_DATA"]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIADUMMYDUMMYDUMMY0",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_SECRET_ACCESS_KEY": "dummy",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "PYTHONPATH": os.pathsep.join(filter(None, [str(GUARD), os.environ.get("PYTHONPATH")])),
}
