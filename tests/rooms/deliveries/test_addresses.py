"""Letters go to addresses of the open Internet alone, whatever somebody writes and whatever a name leads to."""

import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from cliphaven.deliveries.rules import addresses
from cliphaven.deliveries.rules.addresses import AddressRefused
from cliphaven.providers import fence, posting
from cliphaven.providers.posting import Silence

BODY, HEADERS = b"{}", {"content-type": "application/json"}


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/clips",
        "https://hooks.example.com:8443/clips?tenant=1",
        "https://xn--bcher-kva.example/",
        "https://a.b.c.xn--p1ai/x",
    ],
)
def test_a_name_over_https_is_taken(url):
    assert not addresses.checked(url, loopback_allowed=False).is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://8.8.8.8/",
        "https://user:secret@hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://hooks.example.com./",
        "https://intranet/",
        "https://-a.example.com/",
        "https://a_b.example.com/",
        "https://bücher.example/",
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\x00",
        " https://hooks.example.com/",
        "https://hooks.example.com/" + "a" * 500,
        "https://" + "a." * 200 + "com/",
    ],
)
def test_everything_else_is_refused(url):
    with pytest.raises(AddressRefused):
        addresses.checked(url, loopback_allowed=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://localhost:8443/", "http://[::1]:9/"])
def test_this_very_machine_is_for_the_sandbox(url):
    assert addresses.checked(url, loopback_allowed=True).is_loopback
    with pytest.raises(AddressRefused):
        addresses.checked(url, loopback_allowed=False)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://user@127.0.0.1/", "http://169.254.169.254/", "https://127.1/"]
)
def test_the_sandbox_opens_nothing_else(url):
    with pytest.raises(AddressRefused):
        addresses.checked(url, loopback_allowed=True)


@pytest.mark.parametrize(
    "inside",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::"],
        ["fd00::1"],
        ["fe80::1"],
        ["8.8.8.8", "127.0.0.1"],
    ],
)
def test_a_name_that_leads_inside_is_not_connected_to(inside):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.1)
        url = f"https://hooks.example.com:{trap.getsockname()[1]}/"
        reply = posting.post(url, body=BODY, headers=HEADERS, to_loopback=False, look_up=lambda _host, _port: inside)

        assert (reply.silence, reply.status) == (Silence.LEADS_INSIDE, None)
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_name_is_asked_once_a_try_so_that_it_cannot_lead_inside_by_changing_its_mind():
    answers = iter([["198.51.100.7"], ["127.0.0.1"]])
    reply = posting.post(
        "https://hooks.example.com/",
        body=BODY,
        headers=HEADERS,
        to_loopback=False,
        look_up=lambda _h, _p: next(answers),
    )

    assert reply.silence is Silence.LEADS_INSIDE  # a documentation network is not public either
    assert next(answers) == ["127.0.0.1"]  # nobody asked a second time


class TlsReceiver:
    """Speaks TLS with a certificate for one name that nobody trusts unless told to."""

    def __init__(self, folder: Path, name: str) -> None:
        self.key, self.certificate = folder / "key.pem", folder / "cert.pem"
        order = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        order += ["-keyout", str(self.key), "-out", str(self.certificate), "-days", "2", "-subj", f"/CN={name}"]
        subprocess.run([*order, "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
        self.names: list[str | None] = []
        self.requests: list[bytes] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    connection, _ = self.socket.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as stream:
                        self.requests.append(_whole_request(stream))
                        stream.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()


def _whole_request(stream: ssl.SSLSocket) -> bytes:
    """Head and body: a connection that is closed with something unread is reset, and takes the answer with it."""
    request = b""
    while not request.endswith(BODY) and (more := stream.recv(4096)):
        request += more
    return request


def test_the_address_that_was_looked_up_is_connected_to_under_the_name_of_the_url(tmp_path, monkeypatch):
    there = TlsReceiver(tmp_path, "hooks.example.com")
    monkeypatch.setattr(fence, "is_public", lambda _address: True)
    url = f"https://hooks.example.com:{there.port}/clips"

    def posted() -> posting.Reply:
        return posting.post(
            url, body=BODY, headers=HEADERS, to_loopback=False, look_up=lambda _host, _port: ["127.0.0.1"]
        )

    stranger = posted()
    monkeypatch.setenv("SSL_CERT_FILE", str(there.certificate))
    trusted = posted()

    assert (stranger.silence, trusted.status) == (Silence.NOT_TRUSTED, 204)
    assert there.names == ["hooks.example.com"] * 2
    assert b"Host: hooks.example.com" in there.requests[-1]
    there.socket.close()


def test_a_name_that_nobody_answers_for_costs_no_more_than_its_time(monkeypatch):
    monkeypatch.setattr(posting, "MAX_SECONDS", 0.2)
    began = time.monotonic()

    def hangs(_host: str, _port: int) -> list[str]:
        time.sleep(3)
        return ["8.8.8.8"]

    reply = posting.post("https://hooks.example.com/", body=BODY, headers=HEADERS, to_loopback=False, look_up=hangs)

    assert reply.silence is Silence.NO_CONNECTION
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("120", "", 120),
        (" 5 ", "", 5),
        ("999999999", "", 86_400),
        ("Mon, 02 Nov 2026 06:01:00 GMT", "Mon, 02 Nov 2026 06:00:00 GMT", 60),
        ("Mon, 02 Nov 2026 05:00:00 GMT", "Mon, 02 Nov 2026 06:00:00 GMT", 0),
        ("soon", "", None),
        ("-5", "", None),
        ("1e9", "", None),
        ("", "", None),
        ("Mon, 02 Nov 2026 06:01:00 GMT", "", None),
    ],
)
def test_when_somebody_says_to_come_again(said, date, seconds):
    wait = posting._retry_after(said, date=date)

    assert (None if wait is None else wait.total_seconds()) == seconds
