"""The Resend adapter against the pretend Resend."""

import os
import uuid
from dataclasses import replace

import pytest

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers import resend
from cliphaven.providers.resend import Message, Resend
from tests.world import SandboxWorld

MESSAGE = Message(
    sender="ClipHaven <no-reply@cliphaven.invalid>",
    to="demo@example.com",
    subject="Your Monday payout",
    text="It is on its way.",
    html="<p>It is on its way.</p>",
    headers={"X-Demo": "1"},
)


@pytest.fixture
def team(world: SandboxWorld) -> Resend:
    return Resend(api_key=os.environ["RESEND_API_KEY"], base=f"{world.url}/resend")


def key() -> str:
    return f"test/{uuid.uuid4()}"


def test_a_message_is_taken(team: Resend, world: SandboxWorld) -> None:
    message_id = team.send(MESSAGE, idempotency_key=key())
    headers = {"Authorization": f"Bearer {os.environ['RESEND_API_KEY']}"}
    taken = world.http.get(f"/resend/emails/{message_id}", headers=headers).json()
    assert (taken["to"], taken["subject"], taken["html"]) == (["demo@example.com"], MESSAGE.subject, MESSAGE.html)


def test_the_same_key_sends_nothing_twice(team: Resend) -> None:
    ours = key()
    assert team.send(MESSAGE, idempotency_key=ours) == team.send(MESSAGE, idempotency_key=ours)


def test_a_lost_answer_is_unknown_and_trying_again_finds_the_message(team: Resend, world: SandboxWorld) -> None:
    ours = key()
    world.fault("resend", "drop_after_effect")
    with pytest.raises(ProviderFailed) as failure:
        team.send(MESSAGE, idempotency_key=ours)
    assert failure.value.outcome is Outcome.UNKNOWN
    assert team.send(MESSAGE, idempotency_key=ours) == team.send(MESSAGE, idempotency_key=ours)


def test_another_message_under_the_same_key_is_refused(team: Resend) -> None:
    ours = key()
    team.send(MESSAGE, idempotency_key=ours)
    with pytest.raises(ProviderFailed) as failure:
        team.send(replace(MESSAGE, text="Something else."), idempotency_key=ours)
    assert failure.value.outcome is Outcome.DEFINITE


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("conflict_409", Outcome.UNKNOWN),  # another try with the same key is under way
        ("rate_limit_429", Outcome.NOT_EXECUTED),
        ("error_500", Outcome.UNKNOWN),
    ],
)
def test_trouble_says_what_is_known_of_its_effect(
    team: Resend, world: SandboxWorld, kind: str, outcome: Outcome
) -> None:
    world.fault("resend", kind)
    with pytest.raises(ProviderFailed) as failure:
        team.send(MESSAGE, idempotency_key=key())
    assert failure.value.outcome is outcome


def test_a_used_up_allowance_is_its_own_failure(team: Resend, world: SandboxWorld) -> None:
    world.fault("resend", "out_of_credit_402")
    with pytest.raises(resend.QuotaExhausted):
        team.send(MESSAGE, idempotency_key=key())


def test_an_address_that_is_none_is_a_definite_failure(team: Resend) -> None:
    with pytest.raises(ProviderFailed) as failure:
        team.send(replace(MESSAGE, to="nobody"), idempotency_key=key())
    assert (failure.value.outcome, failure.value.code) == (Outcome.DEFINITE, "validation_error")


@pytest.mark.parametrize("ours", ["", "x" * 257])
def test_a_key_that_resend_would_not_take_is_not_sent(team: Resend, ours: str) -> None:
    with pytest.raises(ValueError, match="1 to 256"):
        team.send(MESSAGE, idempotency_key=ours)


@pytest.mark.usefixtures("world")
def test_the_installations_own_team_is_used_by_the_door() -> None:
    assert resend.send(MESSAGE, idempotency_key=key())
