"""Resend as its own client meets it, and the outbox that people read."""

from collections.abc import Callable
from typing import Any

import pytest
import resend
from resend.exceptions import RateLimitError, ResendError, ValidationError

MAIL = {
    "from": "ClipHaven <mail@cliphaven.example>",
    "to": ["maker@example.com"],
    "subject": "Sign in & go <now>",
    "html": '<p><a href="http://127.0.0.1:8000/in?a=1&amp;b=2">Sign in</a></p><script>alert(1)</script>',
    "text": "Sign in: http://127.0.0.1:8000/in?a=1&b=2.",
}


@pytest.fixture
def mail(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The official client, pointed at the sandbox."""
    monkeypatch.setattr(resend, "api_url", f"{world.url}/resend")
    monkeypatch.setattr(resend, "api_key", world.config.resend_api_key)
    return resend


def outbox(world: Any) -> list[Any]:
    return list(world.http.get("/resend/outbox.json").json()["data"])


def test_a_mail_is_kept_and_can_be_read_back(world: Any, mail: Any, shapes: Callable[..., None]) -> None:
    sent = mail.Emails.send(MAIL)
    headers = {"authorization": f"Bearer {world.config.resend_api_key}"}
    kept = world.http.get(f"/resend/emails/{sent['id']}", headers=headers).json()
    shapes("resend email", kept)
    assert (kept["subject"], kept["to"]) == (MAIL["subject"], MAIL["to"])


def test_the_same_key_sends_once(world: Any, mail: Any) -> None:
    first, second = (mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"}) for _ in range(2))
    assert (first["id"], len(outbox(world))) == (second["id"], 1)


def test_the_same_key_with_another_mail_is_409(mail: Any) -> None:
    mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"})
    with pytest.raises(ResendError) as refused:
        mail.Emails.send({**MAIL, "subject": "Another"}, {"idempotency_key": "welcome-1"})
    assert (refused.value.code, refused.value.error_type) == (409, "invalid_idempotent_request")


def test_a_key_is_forgotten_after_24_hours(world: Any, mail: Any) -> None:
    mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"})
    world.advance(hours=24, seconds=1)
    mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"})
    assert len(outbox(world)) == 2


def test_a_key_of_257_characters_is_refused(mail: Any) -> None:
    with pytest.raises(ResendError) as refused:
        mail.Emails.send(MAIL, {"idempotency_key": "x" * 257})
    assert refused.value.error_type == "invalid_idempotency_key"


def test_a_mail_whose_answer_was_lost_is_sent_once_with_its_key(world: Any, mail: Any) -> None:
    world.fault("resend", "drop_after_effect")
    with pytest.raises(ResendError) as unknown:
        mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"})
    assert unknown.value.error_type == "HttpClientError"
    mail.Emails.send(MAIL, {"idempotency_key": "welcome-1"})
    assert len(outbox(world)) == 1


def test_an_address_that_is_none_is_refused(mail: Any) -> None:
    with pytest.raises(ValidationError):
        mail.Emails.send({**MAIL, "to": "nobody"})


def test_a_wrong_key_is_refused(world: Any, mail: Any, shapes: Callable[..., None]) -> None:
    answer = world.http.post("/resend/emails", json=MAIL, headers={"authorization": "Bearer wrong"})
    shapes("resend error", answer.json())
    assert (answer.status_code, answer.json()["name"]) == (403, "invalid_api_key")


def test_no_key_is_401(world: Any, shapes: Callable[..., None]) -> None:
    answer = world.http.post("/resend/emails", json=MAIL)
    shapes("resend error", answer.json())
    assert (answer.status_code, answer.json()["name"]) == (401, "missing_api_key")


def test_too_many_requests_say_when_to_come_back(world: Any, mail: Any) -> None:
    world.fault("resend", "rate_limit_429")
    with pytest.raises(RateLimitError) as refused:
        mail.Emails.send(MAIL)
    assert refused.value.headers["retry-after"] == "1"


def test_a_batch_is_taken_whole_or_not_at_all(world: Any, mail: Any) -> None:
    mail.Batch.send([MAIL, {**MAIL, "to": ["other@example.com"]}])
    with pytest.raises(ResendError):
        mail.Batch.send([MAIL, {**MAIL, "to": "nobody"}])
    assert len(outbox(world)) == 2


def test_the_outbox_lists_the_newest_mail_first(world: Any, mail: Any) -> None:
    ids = [mail.Emails.send({**MAIL, "subject": f"Mail {number}"})["id"] for number in (1, 2)]
    page = world.http.get("/resend/outbox").text
    assert page.index(f"mail-{ids[1]}") < page.index(f"mail-{ids[0]}")


def test_the_page_of_a_mail_shows_its_links_and_runs_no_scripts(world: Any, mail: Any) -> None:
    sent = mail.Emails.send(MAIL)
    page = world.http.get(f"/resend/outbox/{sent['id']}").text
    assert '<li><a href="http://127.0.0.1:8000/in?a=1&amp;b=2">' in page
    assert "<script>" not in page


def test_the_outbox_can_be_narrowed_to_one_reader(world: Any, mail: Any) -> None:
    mail.Emails.send(MAIL)
    mail.Emails.send({**MAIL, "to": "Other <other@example.com>"})
    found = world.http.get("/resend/outbox.json?to=other@example.com").json()["data"]
    assert [one["to"] for one in found] == [["Other <other@example.com>"]]
