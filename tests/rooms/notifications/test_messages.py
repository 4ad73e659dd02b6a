"""Messages: queued with the rows they speak of, mailed once whatever goes wrong on the way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.foundation.transactions import TransactionMisuse
from cliphaven.notifications import operations
from cliphaven.notifications.models import Message
from cliphaven.notifications.rules import Kind
from tests.people import MONDAY, a_user, ben, mallory

LATER = MONDAY + timedelta(seconds=2)
MAILS = "/emails"


def queue(
    *,
    key: str = "clip-approved:1",
    subject: str = "Approved",
    name: str = "Ben",
    link: str = "/payouts/",
    kind: Kind = Kind.CLIPS,
    now: datetime = MONDAY,
) -> None:
    with transaction.atomic():
        operations.queue_message(
            user_id=a_user(name).id,
            key=key,
            kind=kind,
            subject=subject,
            text="Your clip counts now.",
            link=link,
            now=now,
        )


def queued(**options: Any) -> Message:
    queue(**options)
    return Message.objects.order_by("id").last()


def send(message: Message) -> Message:
    operations.send_message(message_id=message.id, now=LATER, read_clock=lambda: LATER)
    message.refresh_from_db()
    return message


def jobs_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'notifications.send'")
        return int(cursor.fetchone()[0])


def outbox(world, user) -> list[dict[str, object]]:
    return list(world.http.get("/resend/outbox.json", params={"to": user.email}).json()["data"])


@pytest.mark.django_db
def test_a_message_is_queued_with_a_job():
    message = queued()

    assert (message.state, message.queued_at, message.sent_at) == ("queued", MONDAY, None)
    assert jobs_waiting() == 1


def test_a_message_vanishes_with_the_transaction_that_queued_it(committed):
    ben()
    with transaction.atomic():
        operations.queue_message(user_id=ben().id, key="k", kind=Kind.CLIPS, subject="s", text="t", now=MONDAY)
        transaction.set_rollback(True)

    assert (Message.objects.count(), jobs_waiting()) == (0, 0)


def test_a_message_belongs_to_somebodys_transaction(committed):
    ben()

    with pytest.raises(TransactionMisuse):
        operations.queue_message(user_id=ben().id, key="k", kind=Kind.CLIPS, subject="s", text="t", now=MONDAY)


@pytest.mark.django_db
def test_nobody_is_told_twice_of_one_event():
    queue(subject="Approved")
    queue(subject="Approved, in other words")

    assert [message.subject for message in Message.objects.all()] == ["Approved"]
    assert jobs_waiting() == 1


@pytest.mark.django_db
def test_two_people_are_both_told_of_one_event():
    queue(name="Ben")
    queue(name="Mallory")

    assert {message.user for message in Message.objects.all()} == {ben(), mallory()}


@pytest.mark.django_db
def test_a_sent_message_knows_when_and_under_which_id(world):
    message = send(queued())

    assert (message.state, message.sent_at) == ("sent", LATER)
    headers = {"Authorization": f"Bearer {settings.RESEND_API_KEY}"}
    mail = world.http.get(f"/resend/emails/{message.provider_id}", headers=headers).json()
    assert (mail["to"], mail["subject"]) == (["ben@example.test"], "Approved")


@pytest.mark.django_db
def test_the_mail_leads_to_the_sites_own_address(world):
    message = send(queued(link="/clips/7/", name="Walker"))

    [mail] = outbox(world, message.user)
    assert f"{settings.SITE_URL}/clips/7/" in mail["text"]
    assert f'href="{settings.SITE_URL}/clips/7/"' in mail["html"]


@pytest.mark.django_db
def test_markup_in_a_message_is_text_in_the_mail(world):
    with transaction.atomic():
        operations.queue_message(
            user_id=a_user("Markup").id,
            key="k",
            kind=Kind.CLIPS,
            subject="<b>s</b>",
            text="<script>alert(1)</script>",
            now=MONDAY,
        )
    send(Message.objects.get())

    [mail] = outbox(world, a_user("Markup"))
    assert "<script>" not in mail["html"]
    assert "<b>s</b>" not in mail["html"]


@pytest.mark.django_db
def test_sending_a_sent_message_again_does_nothing(world):
    message = send(queued(name="Twice"))
    first = message.provider_id

    assert send(message).provider_id == first
    assert len(outbox(world, message.user)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["error_500", "error_500_with_effect", "drop_after_effect", "rate_limit_429"])
def test_after_a_stumble_the_same_key_mails_once(world, kind):
    message = queued(name=f"Stumble{kind.replace('_', '')}")
    world.fault("resend", kind, path_prefix=MAILS)

    with pytest.raises(ProviderFailed) as failure:
        send(message)
    assert failure.value.outcome is not Outcome.DEFINITE
    message.refresh_from_db()
    assert message.state == "queued"

    assert send(message).state == "sent"
    assert len(outbox(world, message.user)) == 1


@pytest.mark.django_db
def test_nobody_is_mailed_twice_when_the_next_try_comes_after_the_key_is_forgotten(world):
    message = queued(name="Late")
    world.fault("resend", "drop_after_effect", path_prefix=MAILS)
    with pytest.raises(ProviderFailed):
        send(message)
    world.advance(seconds=25 * 3_600)

    operations.send_message(
        message_id=message.id,
        now=message.queued_at + timedelta(hours=25),
        read_clock=lambda: message.queued_at + timedelta(hours=25),
    )

    message.refresh_from_db()
    assert message.state == "given_up"
    assert len(outbox(world, message.user)) == 1


@pytest.mark.django_db
def test_a_definite_no_is_given_up_and_not_tried_again(world):
    message = queued()
    type(message.user).objects.filter(id=message.user_id).update(email="no address")
    message.refresh_from_db()

    assert send(message).state == "given_up"
    assert send(message).provider_id == ""


@pytest.mark.django_db
def test_a_way_in_is_forgotten_once_it_was_mailed(world):
    assert send(queued(link="/sign-in/link/a-secret/", kind=Kind.ACCESS)).link == ""


@pytest.mark.django_db
def test_the_inbox_keeps_where_a_message_leads_once_it_was_mailed(world):
    assert send(queued(link="/clips/7/")).link == "/clips/7/"


def test_a_queued_message_is_mailed_by_a_worker(committed, world, run_jobs):
    message = queued(name="Worker", now=world.now())  # workers look at the world's clock
    run_jobs()

    message.refresh_from_db()
    assert message.state == "sent"
    assert len(outbox(world, message.user)) == 1


def attempts_and_pauses() -> list[tuple[int, str, int]]:
    """Each job for a message: its attempts, its state, and the whole seconds until it runs again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select attempts, status::text, coalesce(round(extract(epoch from scheduled_at - clock_timestamp())), 0)"
            " from procrastinate_jobs where task_name = 'notifications.send'"
        )
        return [(attempts, status, int(pause)) for attempts, status, pause in cursor.fetchall()]


def make_it_due() -> None:
    """As if the pause were over."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")


def test_a_failing_message_is_tried_again_after_10_100_and_1000_seconds_and_no_more(committed, world, run_jobs):
    message = queued(name="Patient", now=world.now())
    world.fault("resend", "error_500", path_prefix=MAILS, times=100)
    seen = []
    for _ in range(4):
        make_it_due()
        run_jobs()
        seen += attempts_and_pauses()

    message.refresh_from_db()
    assert [(attempts, pause) for attempts, _, pause in seen] == [(1, 10), (2, 100), (3, 1_000), (4, 0)]
    assert (seen[-1][1], message.state) == ("failed", "queued")


def test_a_message_whose_job_gave_up_is_found_and_sent_after_a_bad_hour(committed, world, run_jobs):
    message = queued(name="Patient", now=world.now())
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set status = 'failed'")

    assert operations.sweep_messages(now=message.queued_at + timedelta(minutes=31)) == 1
    run_jobs()

    message.refresh_from_db()
    assert message.state == "sent"


def test_a_message_that_could_not_be_sent_for_a_day_is_given_up(committed, world):
    message = queued(name="Patient")

    assert operations.sweep_messages(now=message.queued_at + timedelta(hours=24)) == 0

    message.refresh_from_db()
    assert message.state == "given_up"
