"""Mistakes of the machinery: jobs that are lost or hidden, ticks, leases, the letterbox, and mails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

Real = Callable[..., Any]
JOBS, POLLING = "cliphaven.foundation.jobs", "cliphaven.tracking.operations.polling"
LETTERBOX, EVENTS = "cliphaven.webhooks.operations", "cliphaven.providers.stripe.events"
MAILS, MAIL = "cliphaven.notifications.operations", "cliphaven.providers.resend"


def _leave_jobs_of_silent_workers(planting: Planting) -> None:
    """Only the jobs of workers that are forgotten are put back; one that was killed stays known."""

    def wrong(real: Real) -> Real:
        def retry_stalled(*, heartbeat_older_than_s: int = 60) -> int:
            from django.db import connection, transaction  # only in a planted house

            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "select j.id from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id"
                    " where j.status = 'doing' and w.id is null and %s > 0 for update of j skip locked",
                    [heartbeat_older_than_s],
                )
                stalled = [row[0] for row in cursor.fetchall()]
                for job_id in stalled:
                    cursor.execute(
                        "select procrastinate_retry_job_v2(%s, clock_timestamp(), null, null, null)", [job_id]
                    )
            return len(stalled)

        return retry_stalled

    planting.replace(JOBS, "retry_stalled", wrong)


def _work_in_a_queue_of_nobody(planting: Planting) -> None:  # a task is changed where it is kept
    """A slip of the pen in the name of a queue: no page shows it, and what was given up there stays unseen."""
    from procrastinate.contrib.django import app

    app.tasks["earnings.accrue"].queue = "book"


def _never_end_a_lease(planting: Planting) -> None:
    """Whether a clip is leased was asked, not until when: a poller that dies takes its clips with it."""

    def wrong(real: Real) -> Real:
        def claim(*, now: datetime, **rest: Any) -> Any:
            from cliphaven.tracking.models import TrackedClip

            TrackedClip.objects.filter(leased_until__lte=now).update(leased_until=now + timedelta(days=365))
            return real(now=now, **rest)

        return claim

    planting.replace(POLLING, "_claim", wrong)


def _say_yes_before_it_is_kept(planting: Planting) -> None:
    """The letterbox answers 200 whatever becomes of a letter, so that nobody is bothered with repetitions."""

    def wrong(real: Real) -> Real:
        def receive_event(**named: Any) -> bool:
            from django.db import DatabaseError

            try:
                return bool(real(**named))
            except DatabaseError:
                return False

        return receive_event

    planting.replace(LETTERBOX, "receive_event", wrong)


def _believe_any_letter(planting: Planting) -> None:
    """The signature is only looked at where there is none."""

    def wrong(real: Real) -> Real:
        def verified_event(payload: bytes, signature: str, *, connect: bool) -> Any:
            import json

            from cliphaven.providers.stripe import events

            if not signature:
                return real(payload, signature, connect=connect)
            return events._event_facts(json.loads(payload))

        return verified_event

    planting.replace(EVENTS, "verified_event", wrong)


def _keep_letters_of_the_other_mode(planting: Planting) -> None:
    """Letters of Stripe's test mode are taken for real ones."""

    def wrong(real: Real) -> Real:
        def verified_event(payload: bytes, signature: str, *, connect: bool) -> Any:
            from dataclasses import replace

            from django.conf import settings

            return replace(real(payload, signature, connect=connect), livemode=settings.LIVEMODE)

        return verified_event

    planting.replace(EVENTS, "verified_event", wrong)


def _mail_in_the_middle(planting: Planting) -> None:
    """A mail goes out as soon as it is written, in the middle of a transaction that may yet be undone."""

    def wrong(real: Real) -> Real:
        def queue_message(*, user_id: int, key: str, now: datetime, **said: Any) -> None:
            from django.conf import settings

            from cliphaven.identity.models import User
            from cliphaven.notifications.models import Message, MessageState
            from cliphaven.providers import resend

            real(user_id=user_id, key=key, now=now, **said)
            message = Message.objects.get(user_id=user_id, key=key)
            if message.state != MessageState.QUEUED:
                return
            mail = resend.Message(
                sender=settings.MAIL_FROM,
                to=User.objects.get(id=user_id).email,
                subject=message.subject,
                text=message.text,
            )
            sent_as = resend.send(mail, idempotency_key=f"{settings.KEY_PREFIX}:mail:{message.id}")
            Message.objects.filter(id=message.id).update(
                state=MessageState.SENT, provider_id=sent_as, sent_at=now, link=""
            )

        return queue_message

    planting.replace(MAILS, "queue_message", wrong)


def _mail_with_a_key_for_each_try(planting: Planting) -> None:
    """The key under which a mail is sent is made when it is sent: each try is another mail."""

    def wrong(real: Real) -> Real:
        tries: list[str] = []

        def send(message: Any, *, idempotency_key: str) -> str:
            tries.append(idempotency_key)
            return str(real(message, idempotency_key=f"{idempotency_key}:{len(tries)}"))

        return send

    planting.replace(MAIL, "send", wrong)


def _tell_it_each_time(planting: Planting) -> None:
    """A message is not looked for before it is queued, and no constraint stands behind that."""

    def wrong(real: Real) -> Real:
        def queue_message(*, user_id: int, key: str, now: datetime, **said: Any) -> None:
            from cliphaven.foundation import jobs
            from cliphaven.notifications.models import Message

            message = Message.objects.create(user_id=user_id, key=key, queued_at=now, **said)
            jobs.defer("notifications.send", at_most_one_waiting=f"mail:{message.id}", message_id=message.id)

        return queue_message

    planting.replace(MAILS, "queue_message", wrong)
    planting.sql("alter table notifications_message drop constraint one_message_per_event_and_user")


def _defer_whatever_becomes_of_it(planting: Planting) -> None:
    """Jobs go over a connection of their own: they are there before what they are about, and stay if it is undone."""

    def wrong(real: Real) -> Real:
        def defer(name: str, *, at_most_one_waiting: str | None = None, **arguments: Any) -> None:
            import json
            import os

            import psycopg
            from procrastinate.contrib.django import app

            if name != "notifications.send":
                real(name, at_most_one_waiting=at_most_one_waiting, **arguments)
                return
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as apart:
                apart.execute(
                    "insert into procrastinate_jobs (queue_name, task_name, priority, args, queueing_lock)"
                    " values (%s, %s, 0, %s::jsonb, %s) on conflict do nothing",
                    [app.tasks[name].queue, name, json.dumps(arguments), at_most_one_waiting],
                )

        return defer

    planting.replace(JOBS, "defer", wrong)


BUGS = (
    Bug(
        name="jobs_of_the_silent",
        what="the job of a worker that fell silent is never put back",
        invariant="I21",
        plant=_leave_jobs_of_silent_workers,
        shows_in=circumstances.befalls("request", "kill", percent=circumstances.MOSTLY_PERCENT),
    ),
    Bug(
        name="queue_of_nobody",
        what="a task's jobs go into a queue that nobody looks at, so that given-up ones are hidden",
        invariant="I21",
        plant=_work_in_a_queue_of_nobody,
    ),
    Bug(
        name="lease_without_end",
        what="the clips of a poller that died stay leased for ever",
        invariant="I21",
        plant=_never_end_a_lease,
        shows_in=circumstances.befalls("request", "kill", percent=circumstances.MOSTLY_PERCENT),
    ),
    Bug(
        name="yes_before_it_is_kept",
        what="Stripe is told that a letter arrived, also when it could not be kept",
        invariant="I25",
        plant=_say_yes_before_it_is_kept,
    ),
    Bug(
        name="any_signature",
        what="a letter with a wrong signature is taken",
        invariant="I25",
        plant=_believe_any_letter,
        shows_in=circumstances.letters("forged"),
    ),
    Bug(
        name="the_other_mode",
        what="a letter of the other mode is taken for a real one",
        invariant="I25",
        plant=_keep_letters_of_the_other_mode,
        shows_in=circumstances.letters("of_the_other_mode"),
    ),
    Bug(
        name="mail_before_commit",
        what="mail goes out in the middle of a transaction that may yet be undone",
        invariant="I23",
        plant=_mail_in_the_middle,
    ),
    Bug(
        name="mail_key_each_try",
        what="each try at a mail has a key of its own, so that a lost answer sends it twice",
        invariant="I23",
        plant=_mail_with_a_key_for_each_try,
        shows_in=circumstances.answers_are_lost,
    ),
    Bug(
        name="told_each_time",
        what="somebody is told again of what they were told already",
        invariant="I23",
        plant=_tell_it_each_time,
    ),
    Bug(
        name="job_of_an_undone_act",
        what="a mail's job is deferred outside the transaction that wrote the mail",
        invariant="I23",
        plant=_defer_whatever_becomes_of_it,
    ),
)
