"""Who trusts an authority trusts what it signs, where it is good, and nothing else."""

import ssl
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ess_core.nodes.certificates import Authority, Pair

LASTS = timedelta(days=1)
HERE = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]


def refusal(authority, pair, tmp_path, name):
    """Why a client that trusts the authority does not take the server with this pair; empty if it does."""
    (tmp_path / "own.pem").write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(to_server, to_client, server_side=True)
    trusting = ssl.create_default_context(cadata=authority.pair.certificate)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    try:
        for side in (client, server, client):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                """It waits for the other."""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    assert client.getpeercert(), "it came to the end"
    return ""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_what_it_signs_is_trusted_where_it_is_good(tmp_path, name):
    authority = Authority.new("own", LASTS)
    pair = authority.signed("server", HERE, LASTS)
    assert refusal(authority, pair, tmp_path, name) == ""
    assert "mismatch" in refusal(authority, pair, tmp_path, "127.0.0.2")
    assert refusal(Authority.new("own", LASTS), pair, tmp_path, name)


def test_one_that_was_kept_signs_as_before(tmp_path):
    authority = Authority.new("own", LASTS)
    pair = Authority.of(authority.pair).signed("server", HERE, LASTS)
    assert refusal(authority, pair, tmp_path, "localhost") == ""


def test_what_is_over_is_refused(tmp_path):
    authority = Authority.new("own", LASTS)
    pair = authority.signed("server", HERE, timedelta(seconds=-1))
    assert "expired" in refusal(authority, pair, tmp_path, "localhost")


def test_it_vouches_for_nothing_outside_of_its_names(tmp_path):
    authority = Authority.new("own", LASTS, [x509.IPAddress(ip_network("127.0.0.0/8"))])
    inside, outside = (x509.IPAddress(ip_address(text)) for text in ("127.0.0.9", "192.0.2.1"))
    assert refusal(authority, authority.signed("server", [inside], LASTS), tmp_path, "127.0.0.9") == ""
    assert "permitted" in refusal(authority, authority.signed("it", [outside], LASTS), tmp_path, "192.0.2.1")


def test_a_key_is_not_shown():
    pair = Authority.new("own", LASTS).pair
    assert "PRIVATE" in pair.key
    assert "PRIVATE" not in repr(pair)


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def test_what_does_not_belong_together_is_a_value_error(rsa_key):
    pair, other = (Authority.new("own", LASTS).pair for _ in range(2))
    hidden = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    open_ = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for key in ("x", other.key, hidden.decode(), open_.decode()):
        with pytest.raises(ValueError, match=r".+"):
            Authority.of(Pair(pair.certificate, key))
    with pytest.raises(ValueError, match=r".+"):
        Authority.of(Pair("x", pair.key))
