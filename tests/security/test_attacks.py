"""Attacks over the network on the server that production runs, over a database of the test's own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from cliphaven.identity.models import AddressChange, MagicLink, User
from cliphaven.ledger import queries as books
from cliphaven.notifications.models import Message
from tests.people import PASSWORD, a_campaign, a_user, adas_organisation, an_approved_clip, ben
from tests.rooms.identity.programs import Program
from tests.world import free_port

SITE = "https://clips.example"
BEHIND_TLS = {"X-Forwarded-Proto": "https", "Host": "clips.example"}
STARTS_WITHIN_S = 240

TIMEOUT_S = 120  # on a machine that does much else


def get(url: str, **how: Any) -> httpx2.Response:
    return httpx2.get(url, timeout=TIMEOUT_S, **how)


def post(url: str, **how: Any) -> httpx2.Response:
    return httpx2.post(url, timeout=TIMEOUT_S, **how)


def options(url: str, **how: Any) -> httpx2.Response:
    return httpx2.options(url, timeout=TIMEOUT_S, **how)


@pytest.fixture
def server(committed: str) -> Iterator[str]:
    """The web server as it runs in production behind a proxy that ends TLS."""
    port, (address, _, _) = free_port(), os.environ["DATABASE_URL"].rpartition("/")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "cliphaven.config.wsgi:application"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws", "--workers-kill-timeout", "3"]
    production = {
        "DATABASE_URL": f"{address}/{committed}",
        "CLIPHAVEN_ENVIRONMENT": "production",
        "CLIPHAVEN_SITE_URL": SITE,
        "CLIPHAVEN_PROXIES": "1",
        "CLIPHAVEN_DB_POOL": "8",
    }
    with subprocess.Popen(command, env={**os.environ, **production}, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    began = time.monotonic()
    while time.monotonic() < began + STARTS_WITHIN_S:
        try:
            if get(f"http://127.0.0.1:{port}/livez/", headers=BEHIND_TLS).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def raw(server: str, text: bytes) -> bytes:
    """What the server answers to these very bytes, until it hangs up or has said nothing for a second."""
    with socket.create_connection(("127.0.0.1", int(server.rpartition(":")[2])), timeout=5) as line:
        line.sendall(text)
        line.settimeout(1)
        answer = b""
        try:
            while part := line.recv(65_536):
                answer += part
        except TimeoutError:
            pass
        return answer


HEAD = b"POST /sign-in/password/ HTTP/1.1\r\nHost: clips.example\r\nX-Forwarded-Proto: https\r\n"
HIDDEN = b"GET /staff/ HTTP/1.1\r\nHost: clips.example\r\n\r\n"
SMUGGLED = {
    "a length beside chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + HIDDEN,
    "a length with a sign": HEAD + b"Content-Length: +4\r\n\r\nabcd",
    "a length that is none": HEAD + b"Content-Length: 4, 5\r\n\r\nabcd",
    "a space before the colon": HEAD + b"Content-Length : 4\r\n\r\nabcd",
    "a line that goes on": HEAD + b"X-A: b\r\n c: d\r\n\r\n",
    "chunks of a strange name": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "NUL in a header": HEAD + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "no host": b"GET /livez/ HTTP/1.1\r\n\r\n",
    "a header without an end": HEAD + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n",
}


def test_the_server_that_production_runs(server):
    """In one test, because starting it takes longer than all that is asked of it."""
    _nothing_is_smuggled_past_the_server(server)
    _cookies_and_headers_are_those_of_a_site_behind_tls(server)
    _nobody_says_under_which_name_the_site_is_reached(server)
    _no_other_site_reads_an_answer(server)
    _nothing_lies_around(server)


def _nothing_is_smuggled_past_the_server(server: str) -> None:
    for what, text in SMUGGLED.items():
        answer = raw(server, text)
        statuses = [int(one) for one in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]
        # One answer at most to what was one request, and none of them is the page that was hidden in it.
        assert all(status >= 400 for status in statuses), (what, answer[:200])
        assert b"500" not in answer[:12], what


def _cookies_and_headers_are_those_of_a_site_behind_tls(server: str) -> None:
    # As production hashes, not as the tests do.
    hashed = Argon2PasswordHasher().encode(PASSWORD, "a-salt-of-the-test-alone")
    User.objects.filter(id=ben().id).update(password=hashed)
    door = get(f"{server}/sign-in/", headers=BEHIND_TLS)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', door.text)
    assert token is not None
    form = {"email": "ben@example.test", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    csrf = door.headers["Set-Cookie"].partition(";")[0]
    planted = "__Host-sid=planted0planted0planted0planted0"
    entered = post(
        f"{server}/sign-in/password/",
        data=form,
        headers={**BEHIND_TLS, "Cookie": f"{csrf}; {planted}", "Referer": f"{SITE}/sign-in/", "Origin": SITE},
    )
    assert entered.status_code == 302
    [cookie] = [one for one in entered.headers.get_list("set-cookie") if one.startswith("__Host-sid=")]
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert "planted" not in cookie
    for answer in (door, entered, get(f"{server}/nothing/", headers=BEHIND_TLS)):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers or not re.search(r"\d", answer.headers["Server"])
        if answer.content:
            assert "charset=utf-8" in answer.headers["Content-Type"].lower()


def _nobody_says_under_which_name_the_site_is_reached(server: str) -> None:
    others = ({"Host": "evil.example"}, {"Host": "clips.example", "X-Forwarded-Host": "evil.example"})
    asked = [
        post(f"{server}/api/v1/auth/link", json={"email": "ben@example.test"}, headers={**BEHIND_TLS, **other})
        for other in others
    ]

    assert [one.status_code for one in asked] == [400, 202]
    # Only the path stands in the message; the mail puts the address of the settings before it.
    assert all(message.link.startswith("/sign-in/link/") for message in Message.objects.filter(kind="access"))


def _no_other_site_reads_an_answer(server: str) -> None:
    for origin in ("https://evil.example", "null", "https://clips.example.evil.example"):
        for ask in (get, options):
            answer = ask(
                f"{server}/api/v1/fairness",
                headers={**BEHIND_TLS, "Origin": origin, "Access-Control-Request-Method": "POST"},
            )
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def _nothing_lies_around(server: str) -> None:
    lying = ("/.git/config", "/.env", "/.state/", "/admin/", "/debug/", "/static/../pyproject.toml", "/server-status")
    for path in (*lying, "/static/%2e%2e/pyproject.toml", "/static/..%2fpyproject.toml", "/phpinfo.php"):
        answer = get(f"{server}{path}", headers=BEHIND_TLS)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text


def test_a_new_installation_has_no_account_and_no_key(committed):
    assert not User.objects.exists()


ADDRESSES = (
    "ben@example.test\r\nBcc: eve@example.test",
    "ben@example.test\nBcc: eve@example.test",
    "ben@example.test,eve@example.test",
    "ben@example.test;eve@example.test",
    "<ben@example.test> eve@example.test",
    "bеn@example.test",  # a letter of another alphabet
    "ben@example.test" + " " * 300 + "x",
    "b" * 10_000 + "@example.test",
    ["ben@example.test", "eve@example.test"],
    {"to": "ben@example.test"},
    None,
    7,
)


def test_no_address_that_was_bent_gets_a_mail_or_adds_a_line_to_one(site, world, run_jobs):
    ben()
    a_user("Eve")
    for address in ADDRESSES:
        answer = post(f"{site}/api/v1/auth/link", json={"email": address})
        assert answer.status_code in (202, 422), address
    assert not MagicLink.objects.exists()
    # However it is written, it goes to the address as it is kept.
    assert post(f"{site}/api/v1/auth/link", json={"email": " BEN@Example.Test "}).status_code == 202
    run_jobs()
    [mail] = world.http.get("/resend/outbox.json", params={"to": "ben@example.test"}).json()["data"][:1]
    assert mail["to"] == ["ben@example.test"]


AMOUNTS = (
    -1,
    0,
    0.5,
    "100",
    1e3,
    True,
    None,
    [],
    {},
    2**31 * 10,
    2**53 + 1,
    2**63,
    10**30,
    "１００",
    "1_000",
    " 5 ",
    10.001,
)
CURRENCIES = ("XXX", "usd ", "usd", "", None, "USDT", 840, "US\x00")


def test_no_amount_that_is_none_moves_a_cent(site):
    adas_organisation()
    a_campaign()
    program = Program(site, email="ada@example.test").sign_in()
    assert program.post("/auth/prove", password=PASSWORD)[0] == 200
    before = books.trial_balance()
    orders = [{"amount": {"amount": amount, "currency": "USD"}} for amount in AMOUNTS]
    orders += [{"amount": {"amount": 100, "currency": currency}} for currency in CURRENCIES]
    orders += [{"amount": {"amount": 100}}, {"amount": 100}, {}, {"amount": {"amount": 100, "currency": "JPY"}}]
    for number, order in enumerate(orders):
        status, told = program.post("/sponsor/wallets/refund", key=f"refund-{number:04}", **order)
        assert 400 <= status < 500, (order, status)
        assert told["code"]
    for key in ("", "short", "k" * 65, "with space", "ключ-ключ"):
        headers = {"Authorization": f"Bearer {program.access}", "Idempotency-Key": key.encode()}
        answer = program.http.post(
            "/sponsor/wallets/refund", json={"amount": {"amount": 1, "currency": "USD"}}, headers=headers
        )
        assert answer.status_code in (400, 422), key

    assert books.trial_balance() == before


INWARD = (
    *("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:5432", "http://localhost", "http://[::1]"),
    *(
        "http://0",
        "http://2130706433",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://127.1",
        "https://127.0.0.1.nip.io",
    ),
    *("file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "ftp://www.tiktok.com/x", "javascript:alert(1)", "data:,x"),
    *("//vm.tiktok.com/x", "vm.tiktok.com:22/x", "https://vm.tiktok.com:8443/x", "https://user:pass@vm.tiktok.com/x"),
    *(
        "https://vm.tiktok.com@127.0.0.1/x",
        "https://vm.tiktok.com\\@127.0.0.1/x",
        "https://vm.tiktok.com.evil.example/x",
    ),
    *("https://vm.tiktok.com%00.evil.example/", "https://ⓥm.tiktok.com/x", "https://vm.tiktok.com\t.evil.example/x"),
)


def test_no_link_that_was_bent_makes_us_ask_anybody(site, world, monkeypatch):
    called: list[object] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: object) -> None:
        called.append(address)
        connect(self, address)  # type: ignore[arg-type]

    campaign = a_campaign()
    an_approved_clip(campaign)
    program = Program(site).sign_in()
    monkeypatch.setattr(socket.socket, "connect", noted)
    status, told = program.post("/clips/check", campaign=campaign.id, urls=list(INWARD))

    assert status == 200
    assert [one["url"] for one in told["results"] if one["video_id"] is not None or one["answer"] != "fail"] == []
    # Ours alone: the program's way to the site, and the database.
    ports = {address[1] for address in called if isinstance(address, tuple)}
    assert 5432 not in ports
    assert {address[0] for address in called if isinstance(address, tuple)} <= {"127.0.0.1", "localhost", "::1"}
    assert int(world.url.rpartition(":")[2]) not in ports


def test_what_everybody_may_read_names_nobody(site):
    an_approved_clip(a_campaign())
    for path in ("/", "/campaigns/", "/fairness/", "/api/v1/fairness"):
        answer = get(f"{site}{path}", follow_redirects=True)
        if answer.status_code == 200:
            assert not re.search(r"@example\.test|acct_[A-Za-z0-9]|\bba_[A-Za-z0-9]{6}", answer.text), path


def test_a_secret_in_an_address_lets_nobody_in(site):
    ben()
    program = Program(site).sign_in()
    asked = [
        get(f"{site}/api/v1/me", params={"access_token": program.access}),
        get(f"{site}/api/v1/me", headers=[("Authorization", f"Bearer {program.access}")] * 2),
        get(f"{site}/api/v1/me", cookies={"sid": program.access}),
        get(f"{site}/account/", headers={"Authorization": f"Bearer {program.access}"}),
    ]

    assert [one.status_code for one in asked] == [401, 401, 401, 302]
    assert not AddressChange.objects.exists()
