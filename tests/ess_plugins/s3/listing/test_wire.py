"""Connections: TLS that is verified, and the proxies of the environment."""

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ess_plugins.s3.listing.wire import CUT, Wire, route


class Answering(BaseHTTPRequestHandler):
    """Notes what it is asked, and says ok; a CONNECT it refuses."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_CONNECT(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_error(502, "no way")

    def log_message(self, *_):
        pass


@contextmanager
def serving(context=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked = []
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server, server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def certificate(tmp_path):
    """A certificate of 127.0.0.1 that only who has it trusts; its key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(IPv4Address("127.0.0.1"))
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(pem + built.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_certificate_is_verified(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as (_, port):
        endpoint = urlsplit(f"https://127.0.0.1:{port}")
        trusting = Wire(route(endpoint, str(certificate)))
        assert trusting.get("/", {}).body == b"ok"
        trusting.close()
        with pytest.raises(CUT, match="certificate verify failed"):
            Wire(route(endpoint, None)).get("/", {})


def test_plain_http_goes_through_its_proxy(monkeypatch):
    with serving() as (proxy, port):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        wire = Wire(route(urlsplit("http://s3.example.com"), None))
        assert wire.get("/bucket?a=b", {}).body == b"ok"
        wire.close()
        assert [path for path, _ in proxy.asked] == ["http://s3.example.com/bucket?a=b"]


def test_https_goes_through_a_tunnel_and_says_who_asks(monkeypatch):
    with serving() as (proxy, port):
        monkeypatch.setenv("https_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        with pytest.raises(CUT, match="502"):
            Wire(route(urlsplit("https://s3.example.com"), None)).get("/", {})
        ((path, headers),) = proxy.asked
        assert path == "s3.example.com:443"
        assert headers["Proxy-Authorization"] == "Basic bWU6cEBzcw=="


def test_who_needs_no_proxy_uses_none(monkeypatch):
    with serving() as (server, port):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        wire = Wire(route(urlsplit(f"http://127.0.0.1:{port}"), None))
        assert wire.get("/", {}).body == b"ok"
        wire.close()
        assert [path for path, _ in server.asked] == ["/"]
