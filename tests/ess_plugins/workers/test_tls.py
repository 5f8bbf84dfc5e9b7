"""Nobody without a certificate of the cluster's own authority talks to the engine."""

import asyncio
import ssl
import stat
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from cryptography import x509
from distributed import Scheduler
from distributed.core import rpc
from distributed.security import Security

from ess_core.errors import EssError
from ess_plugins.workers.cluster import Cluster, Record


@pytest.fixture
def ess_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    return tmp_path / "ess-home"


@pytest.fixture
def place(ess_home):
    return Cluster("ec2", "nightly")


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_the_keys_are_for_nobody_else(place):
    authority = place.authority()
    assert modes(authority.folder) == dict.fromkeys(
        ("ca.pem", "ca-key.pem", "client.pem", "client-key.pem"), 0o600
    )
    for folder in (place.folder, *place.folder.parents[:3]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_authority_is_made_once(place):
    first = place.authority().fingerprint
    assert place.authority().fingerprint == first


def test_one_that_was_not_made_to_its_end_is_made_anew(place):
    authority = place.authority()
    before = authority.fingerprint
    authority.client.unlink()
    assert place.authority().fingerprint != before


def test_clusters_share_no_authority(place):
    assert place.authority().fingerprint != Cluster("ec2", "other").authority().fingerprint


def test_a_node_is_vouched_for_at_its_addresses_and_no_key_of_it_is_kept(place):
    authority = place.authority()
    before = modes(authority.folder)
    pair = authority.for_node(["10.0.0.7"])
    certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "10.0.0.7"]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc > timedelta(days=3650)
    assert modes(authority.folder) == before
    assert pair.key not in repr(pair)


def test_two_nodes_have_different_keys(place):
    authority = place.authority()
    assert authority.for_node(["10.0.0.7"]).key != authority.for_node(["10.0.0.7"]).key


def test_a_damaged_key_is_named_with_the_way_out(place):
    authority = place.authority()
    (authority.folder / "ca-key.pem").write_text("damaged")
    with pytest.raises(EssError, match="cannot be used") as failed:
        authority.for_node(["10.0.0.7"])
    assert "ess cluster prepare" in failed.value.hint


def test_nothing_is_left_of_a_cluster_that_has_ended(place):
    place.authority()
    place.keep(Record("i-1", "tls://10.0.0.7:8786", "127.0.0.1:8787", "d", "d-1"))
    place.forget()
    assert not place.folder.exists()
    place.forget()


@asynccontextmanager
async def scheduler(authority):
    """One as a node runs it, on this machine."""
    pair = authority.for_node([])
    security = Security(
        require_encryption=True,
        tls_ca_file=authority.ca.read_text(),
        tls_scheduler_cert=pair.certificate,
        tls_scheduler_key=pair.key,
    )
    async with Scheduler(
        host="127.0.0.1", port=0, protocol="tls", security=security, dashboard_address="127.0.0.1:0"
    ) as made:
        yield made


def shown_by(authority, ca=None):
    """What a client shows that has a certificate of ``authority`` and trusts the scheduler."""
    return Security(
        tls_ca_file=str((ca or authority).ca),
        tls_client_cert=str(authority.client),
        tls_client_key=str(authority.client_key),
    ).get_connection_args("client")


def nothing_shown(ca):
    context = ssl.create_default_context(cafile=ca.ca)
    context.check_hostname = False
    return {"ssl_context": context}


async def asked(authority, how, protocol="tls"):
    """Who the scheduler says it is. Raises OSError where it says nothing."""
    async with scheduler(authority) as made:
        address = f"{protocol}://127.0.0.1:{made.port}"
        async with asyncio.timeout(10), rpc(address, connection_args=how, timeout=3) as remote:
            return (await remote.identity())["type"]


def test_the_clients_own_certificate_is_taken(place):
    authority = place.authority()
    assert asyncio.run(asked(authority, shown_by(authority))) == "Scheduler"


def test_a_foreign_certificate_is_refused(place):
    authority, foreign = place.authority(), Cluster("ec2", "foreign").authority()
    with pytest.raises(OSError):
        asyncio.run(asked(authority, shown_by(foreign, ca=authority)))


def test_who_shows_no_certificate_is_refused(place):
    authority = place.authority()
    with pytest.raises(OSError):
        asyncio.run(asked(authority, nothing_shown(authority)))


def test_plain_tcp_is_refused(place):
    with pytest.raises(OSError):
        asyncio.run(asked(place.authority(), {}, "tcp"))
