"""What must not be asked for late is looked at where the bytes leave: on new connections and on open ones."""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.foundation import deadlines
from cliphaven.foundation.errors import Outcome
from cliphaven.providers.resend import Message, Resend
from tests.world import SandboxWorld

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def mail(world: SandboxWorld, name: str) -> Callable[[], object]:
    team = Resend(api_key=os.environ["RESEND_API_KEY"], base=f"{world.url}/resend")
    message = Message(
        sender="ClipHaven <no-reply@cliphaven.invalid>", to=f"{name}@example.com", subject="News", text="It is noon."
    )
    return lambda: team.send(message, idempotency_key=f"test/{name}")


def mails_to(world: SandboxWorld, name: str) -> int:
    return len(world.http.get("/resend/outbox.json", params={"to": f"{name}@example.com"}).json()["data"])


def late() -> datetime:
    return NOON + timedelta(hours=25)


@pytest.mark.parametrize("opened_before", [False, True], ids=["a new connection", "an open connection"])
def test_a_mail_that_comes_too_late_to_the_wire_is_not_sent(world: SandboxWorld, opened_before: bool):
    name = f"late-{uuid.uuid4().hex}"
    send = mail(world, name)
    if opened_before:
        mail(world, f"other-{name}")()

    with pytest.raises(deadlines.TooLate) as failure, deadlines.leaving_before(NOON, read_clock=late):
        send()

    assert failure.value.outcome is Outcome.NOT_EXECUTED
    assert mails_to(world, name) == 0
    send()
    assert mails_to(world, name) == 1


def test_what_is_in_time_leaves(world: SandboxWorld):
    name = f"early-{uuid.uuid4().hex}"

    with deadlines.leaving_before(NOON, read_clock=lambda: NOON - timedelta(microseconds=1)):
        mail(world, name)()

    assert mails_to(world, name) == 1
