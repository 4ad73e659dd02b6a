"""Letters go out until they are taken: tried again, rested, given up; and once for each try, whoever sends."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connections
from svix.webhooks import WebhookVerificationError

from cliphaven.deliveries.models import Delivery, DeliveryTry, EndpointAct, Event
from cliphaven.deliveries.operations import delivering, endpoints, replaying, switching
from cliphaven.deliveries.rules import pace
from cliphaven.foundation import clock
from cliphaven.identity.models import User
from cliphaven.identity.operations.allowances import TooOften
from cliphaven.identity.queries import NotAnOwner, faces_of
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_user, ben, mallory
from tests.rooms.deliveries.hooks import adas_endpoint, an_endpoint, here, kept, paid_out, sent
from tests.rooms.deliveries.receiver import Answer

pytestmark = pytest.mark.usefixtures("loopback")
NEVER = timedelta(days=400)


def only() -> Delivery:
    return Delivery.objects.get()


def results() -> list[str]:
    return list(DeliveryTry.objects.order_by("id").values_list("result", flat=True))


def test_a_fact_is_told_once_to_each_endpoint_that_asked(committed, receiver):
    first, second = an_endpoint(receiver.url), an_endpoint(receiver.url, "payout.paid")
    others = [an_endpoint(receiver.url, "clip.approved"), an_endpoint(receiver.url, user=mallory())]
    for _ in range(3):
        paid_out()

    assert [sent(one) for one in (first, second, *others)] == [1, 1, 0, 0]
    assert len({letter.id for letter in receiver.letters}) == 1
    assert Event.objects.count() == 1
    receiver.letters[0].checked(first.secret)
    receiver.letters[1].checked(second.secret)
    with pytest.raises(WebhookVerificationError):
        receiver.letters[0].checked(second.secret)


def test_nothing_is_written_where_nobody_asked(committed):
    paid_out()

    assert not Event.objects.exists()


def test_a_fact_that_did_not_come_about_is_not_told(committed, receiver):
    an_endpoint(receiver.url)
    with pytest.raises(RuntimeError):
        paid_out(user=_breaks())

    assert not Event.objects.exists()


class _breaks:  # noqa: N801
    @property
    def id(self) -> int:
        raise RuntimeError("the fact's transaction ends badly")


def test_what_is_refused_is_tried_again_under_its_id_until_it_is_taken(committed, receiver):
    made, now = an_endpoint(receiver.url), clock.wall()
    receiver.answer(Answer(500), Answer(302, {"Location": "http://127.0.0.1:1/"}), Answer(200))
    paid_out()

    assert sent(made, at=now) == 1
    assert sent(made, at=now) == 0  # not before its time
    assert sent(made, at=now, after=timedelta(minutes=2)) == 1
    assert sent(made, at=now, after=timedelta(minutes=8)) == 1
    assert sent(made, at=now, after=NEVER) == 0

    assert results() == ["refused", "refused", "taken"]
    assert list(DeliveryTry.objects.order_by("id").values_list("status", flat=True)) == [500, 302, 200]
    assert len({(letter.id, letter.body) for letter in receiver.letters}) == 1
    assert len({letter.headers["webhook-timestamp"] for letter in receiver.letters}) == 3
    assert only().state == "delivered"


def test_a_letter_is_given_up_after_three_days_of_tries(committed, receiver):
    made, began = an_endpoint(receiver.url), clock.wall()
    receiver.answer(Answer(500))
    paid_out()
    now, tries = began, 0
    while only().state == "waiting":
        now = max(only().next_try_at, kept(made).rests_until or now)
        tries += sent(made, at=now)

    assert (tries, only().state) == (pace.TRIES_MAX, "failed")
    assert timedelta(days=2.5) < now - began < timedelta(days=4)


def test_an_endpoint_that_says_when_is_left_alone_until_then(committed, receiver):
    made, now = an_endpoint(receiver.url), clock.wall()
    receiver.answer(Answer(429, {"Retry-After": "1800"}), Answer(200))
    paid_out("1")
    paid_out("2")

    assert sent(made, at=now) == 1  # the other letter waits, too
    assert sent(made, at=now, after=timedelta(minutes=29)) == 0
    assert sent(made, at=now, after=timedelta(minutes=31)) == 2


def test_an_endpoint_that_wants_no_more_is_switched_off_at_once(committed, receiver):
    made = an_endpoint(receiver.url)
    receiver.answer(Answer(410))
    paid_out("1")
    paid_out("2")

    assert sent(made) == 1
    row = kept(made)
    assert (row.is_on, row.off_because) == (False, "gone")
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "kept"]
    [told] = Message.objects.filter(kind="programs")
    assert "switched off" in told.subject
    assert "410" in told.text


def test_an_endpoint_that_takes_nothing_for_days_is_warned_of_and_switched_off(committed, receiver):
    made, now = an_endpoint(receiver.url), clock.wall()
    receiver.answer(Answer(503, body=b"down"))
    paid_out("1")
    sent(made, at=now)
    for hours in range(1, 125):
        moment = now + timedelta(hours=hours)
        if hours % 20 == 0:
            paid_out(str(hours))
        sent(made, at=moment)

    row = kept(made)
    assert (row.is_on, row.off_because) == (False, "failing")
    assert [one.subject.split()[-1] for one in Message.objects.filter(kind="programs").order_by("id")] == [
        "nothing",
        "off",
    ]
    assert EndpointAct.objects.filter(deed="switched_off", user=None).count() == 1
    assert not Delivery.objects.filter(state="waiting").exists()


def test_what_happened_while_it_was_off_is_kept_and_sent_when_somebody_says_so(committed, receiver):
    made, faces, since = an_endpoint(receiver.url), faces_of(ben()), clock.wall() - timedelta(minutes=1)
    switching.switch_off(faces=faces, endpoint_id=made.id, **here())
    paid_out("1")
    paid_out("2")
    assert sent(made) == 0
    with pytest.raises(replaying.EndpointIsOff):
        replaying.send_all_again(faces=faces, endpoint_id=made.id, since=since, delivered_too=False, **here())

    switching.switch_on(faces=faces, endpoint_id=made.id, **here())
    assert sent(made) == 0
    again = replaying.send_all_again(faces=faces, endpoint_id=made.id, since=since, delivered_too=False, **here())

    assert (again, sent(made)) == (2, 2)
    nothing = replaying.send_all_again(faces=faces, endpoint_id=made.id, since=since, delivered_too=False, **here())
    everything = replaying.send_all_again(faces=faces, endpoint_id=made.id, since=since, delivered_too=True, **here())
    assert (nothing, everything, sent(made)) == (0, 2, 2)
    assert len(receiver.letters) == 4
    assert len({letter.id for letter in receiver.letters}) == 2


def test_while_two_secrets_hold_letters_carry_both_signatures(committed, receiver):
    made, faces, now = an_endpoint(receiver.url), faces_of(ben()), clock.wall()
    renewed = endpoints.renew_secret(
        faces=faces, endpoint_id=made.id, overlap_hours=24, told_at=MONDAY, origin="A test", now=now
    )
    paid_out("1")
    sent(made)
    both = receiver.letters[0]
    paid_out("2")
    endpoints.renew_secret(faces=faces, endpoint_id=made.id, overlap_hours=0, told_at=MONDAY, **here())
    sent(made)

    assert len(both.signatures) == 2
    both.checked(made.secret)
    both.checked(renewed)
    [one] = receiver.letters[1].signatures
    assert one not in both.signatures
    for former in (made.secret, renewed):
        with pytest.raises(WebhookVerificationError):
            receiver.letters[1].checked(former)


def test_the_secret_from_before_ends_by_itself(committed, receiver):
    made, faces = an_endpoint(receiver.url), faces_of(ben())
    hours_ago = clock.wall() - timedelta(hours=25)
    endpoints.renew_secret(
        faces=faces, endpoint_id=made.id, overlap_hours=24, told_at=MONDAY, origin="A test", now=hours_ago
    )
    paid_out()
    sent(made)

    assert len(receiver.letters[0].signatures) == 1


def test_two_senders_at_once_make_each_try_once(committed, receiver):
    made = an_endpoint(receiver.url)
    receiver.answer(Answer(200, after_s=0.05))
    for number in range(12):
        paid_out(str(number))
    senders = 4
    ready = threading.Barrier(senders)

    def work() -> None:
        ready.wait()
        try:
            sent(made)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(receiver.letters) == 12
    assert len({letter.id for letter in receiver.letters}) == 12
    assert DeliveryTry.objects.count() == 12
    assert set(Delivery.objects.values_list("state", "tries")) == {("delivered", 1)}


def test_a_try_whose_sender_was_killed_is_made_again(committed, receiver):
    made, now = an_endpoint(receiver.url), clock.wall()
    paid_out()
    claim = delivering._claim(endpoint_id=made.id, now=now)
    assert claim is not None
    assert (delivering.sweep(now=now + timedelta(minutes=1)), only().state) == (0, "sending")

    delivering.sweep(now=now + timedelta(minutes=3))
    assert sent(made, at=now, after=timedelta(minutes=10)) == 1

    assert results() == ["lost", "taken"]
    # Who was thought dead comes back, and changes nothing any more.
    late = delivering.posting.Reply(status=500, took_ms=1)
    delivering._record(claim=claim, reply=late, now=now, told_at=MONDAY)
    assert (results(), only().state) == (["lost", "taken"], "delivered")


def test_the_minutes_sweep_takes_up_what_is_due(committed, run_jobs, receiver):
    made, now = an_endpoint(receiver.url), clock.wall()
    receiver.answer(Answer(500), Answer(200))
    paid_out()
    run_jobs()
    assert (len(receiver.letters), only().state) == (1, "waiting")
    Delivery.objects.update(next_try_at=now)

    assert delivering.sweep(now=clock.wall()) == 1
    run_jobs()

    assert (len(receiver.letters), only().state) == (2, "delivered")
    assert kept(made).taken_at is not None


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(hangs_up=True), "broken"),
        (Answer(200, {f"X-{n}": "y" * 900 for n in range(60)}), "broken"),
        (Answer(200, body=b"x" * 5_000_000), "taken"),
        (Answer(400, body=b"\x00\xff<script>"), "refused"),
    ],
)
def test_what_a_strange_answer_comes_to(committed, receiver, answer, result):
    made = an_endpoint(receiver.url)
    receiver.answer(answer)
    paid_out()
    sent(made)

    assert results() == [result]
    assert len(DeliveryTry.objects.get().answer) <= 1024


def test_one_that_answers_too_slowly_has_not_taken_it(committed, receiver, monkeypatch):
    monkeypatch.setattr(delivering.posting, "MAX_SECONDS", 0.3)
    made = an_endpoint(receiver.url)
    receiver.answer(Answer(200, after_s=2))
    paid_out()
    sent(made)

    assert results() == ["timed_out"]


def test_nobody_there(committed, receiver):
    made = an_endpoint("http://127.0.0.1:9/hooks")
    paid_out()
    sent(made)

    assert results() == ["no_connection"]


def test_a_removed_endpoint_gets_nothing_and_forgets_its_secret(committed, receiver):
    made = an_endpoint(receiver.url)
    paid_out("1")
    endpoints.remove_endpoint(faces=faces_of(ben()), endpoint_id=made.id, **here())
    paid_out("2")

    assert sent(made) == 0
    assert bytes(kept(made).sealed_secret) == b""
    assert Event.objects.count() == 1


def test_the_log_is_kept_for_its_days_and_what_waits_longer(committed, receiver, settings):
    settings.WEBHOOK_LOG_KEPT_DAYS = 30
    made = an_endpoint(receiver.url)
    paid_out("1")
    sent(made)
    receiver.answer(Answer(500))
    paid_out("2")
    sent(made)
    Delivery.objects.update(written_at=clock.wall() - timedelta(days=31))
    paid_out("3")

    assert delivering.forget(now=clock.wall()) == 1
    assert sorted(json.loads(one.body)["data"]["payout"] for one in Event.objects.all()) == ["2-USD", "3-USD"]


def test_a_reviewer_sees_the_organisations_log_and_owners_are_told(committed, receiver):
    made = adas_endpoint(receiver.url, "deposit.paid")

    assert list(Message.objects.values_list("user__name", "kind")) == [("Ada", "security")]
    with pytest.raises(NotAnOwner):
        replaying.send_test(
            faces=faces_of(a_user("Cleo")), endpoint_id=made.id, origin="A test", now=clock.wall(), told_at=MONDAY
        )


def test_nothing_goes_out_for_somebody_who_was_switched_off(committed, receiver):
    made = an_endpoint(receiver.url)
    paid_out("1")
    User.objects.filter(id=ben().id).update(is_active=False)
    paid_out("2")

    assert sent(made) == 0
    assert [one.state for one in Delivery.objects.all()] == ["kept"]


def test_what_was_written_while_it_was_being_switched_off_is_kept(committed, receiver):
    made = an_endpoint(receiver.url)
    switching.switch_off(faces=faces_of(ben()), endpoint_id=made.id, **here())
    paid_out()
    Delivery.objects.update(state="waiting", next_try_at=clock.wall())

    assert sent(made) == 0
    assert only().state == "kept"


def test_nobody_keeps_an_address_busy_by_our_hand(committed, receiver, monkeypatch):
    monkeypatch.setattr(replaying, "ORDERS_MAX", 2)
    made, faces = an_endpoint(receiver.url), faces_of(ben())
    order = {"faces": faces, "endpoint_id": made.id, **here()}
    first = replaying.send_test(**order, told_at=MONDAY)
    replaying.send_again(**order, delivery_id=first)

    with pytest.raises(TooOften):
        replaying.send_all_again(**order, since=MONDAY, delivered_too=True)
