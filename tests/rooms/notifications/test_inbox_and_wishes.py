"""What stands in the inbox, how people want to have mail, the day's summary, and where mail does not arrive."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cliphaven.notifications import operations, queries
from cliphaven.notifications.models import Message, StoppedAddress
from cliphaven.notifications.rules import Kind, Wish
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user, ben, mallory

DAY = timedelta(days=1)


def tell(key: str, *, kind: Kind = Kind.CLIPS, who: Any = None, subject: str = "", link: str = "/clips/7/") -> Message:
    user = who or ben()
    with transaction.atomic():
        operations.queue_message(
            user_id=user.id, key=key, kind=kind, subject=subject or key, text="So it is.", link=link, now=MONDAY
        )
    return Message.objects.get(user=user, key=key)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def wish(kind: Kind, how: Wish, *, who: Any = None) -> None:
    operations.say_wish(user_id=(who or ben()).id, kind=kind, wish=how, now=MONDAY)


def subjects(user: Any, **narrowed: Any) -> list[str]:
    return [line.subject for line in queries.inbox(user_id=user.id, **narrowed).lines]


@pytest.mark.django_db
def test_the_inbox_shows_the_newest_first_and_nobody_elses():
    tell("first"), tell("second"), tell("of Mallory", who=mallory())  # fmt: skip

    assert subjects(ben()) == ["second", "first"]


@pytest.mark.django_db
def test_ways_in_stand_in_no_inbox():
    tell("magic-link:1", kind=Kind.ACCESS, link="/sign-in/link/secret/")

    assert subjects(ben()) == []
    assert queries.unread_count(user_id=ben().id) == 0


@pytest.mark.django_db
def test_the_inbox_goes_on_below_the_last_line():
    for number in range(5):
        tell(f"{number}")
    first = queries.inbox(user_id=ben().id, page=3)

    assert [line.subject for line in first.lines] == ["4", "3", "2"]
    assert subjects(ben(), page=3, before=first.next_before) == ["1", "0"]
    assert queries.inbox(user_id=ben().id, page=3, before=first.next_before).next_before is None


@pytest.mark.django_db
def test_what_came_after_the_list_was_shown_stays_new():
    shown = tell("shown")
    tell("came since")
    browser(ben()).post(reverse("inbox_read"), {"up_to": shown.id})

    assert subjects(ben(), unread_only=True) == ["came since"]


@pytest.mark.django_db
def test_nobody_reads_for_somebody_else():
    told = tell("of Ben")
    browser(mallory()).post(reverse("inbox_read"), {"message": told.id})

    assert queries.unread_count(user_id=ben().id) == 1


@pytest.mark.django_db
def test_every_page_tells_how_many_are_new():
    tell("one"), tell("two")  # fmt: skip

    assert "Inbox, 2 new" in browser(ben()).get(reverse("creator_home")).content.decode()
    assert "Inbox, 2 new" in browser(ben()).get(reverse("inbox_bell")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "state"), [(Wish.AT_ONCE, "queued"), (Wish.DAILY, "collected"), (Wish.NEVER, "not_wanted")]
)
def test_mail_goes_out_as_its_reader_wants_it_and_the_inbox_has_it_in_any_case(how, state):
    wish(Kind.CLIPS, how)

    assert tell("clip:1").state == state
    assert subjects(ben()) == ["clip:1"]


@pytest.mark.django_db
def test_a_wish_about_one_kind_says_nothing_of_another():
    wish(Kind.CLIPS, Wish.NEVER)

    assert tell("payout", kind=Kind.MONEY).state == "queued"


@pytest.mark.django_db
def test_nobody_can_wish_to_hear_nothing_of_their_own_account():
    with pytest.raises(ValueError, match="Nobody chooses"):
        wish(Kind.SECURITY, Wish.NEVER)


@pytest.mark.django_db
def test_the_form_of_wishes_is_kept():
    said = browser(ben()).post(
        reverse("notifications"),
        {"money": "daily", "clips": "never", "doubts": "at_once", "files": "daily", "programs": "never"},
    )

    assert said.status_code == 302
    assert queries.wishes_of(user_id=ben().id) == {
        Kind.MONEY: Wish.DAILY,
        Kind.CLIPS: Wish.NEVER,
        Kind.DOUBTS: Wish.AT_ONCE,
        Kind.FILES: Wish.DAILY,
        Kind.PROGRAMS: Wish.NEVER,
        Kind.STAFF: Wish.AT_ONCE,
    }


def test_the_days_summary_tells_everything_once(committed, world, run_jobs):
    reader = a_user("Reader")
    wish(Kind.CLIPS, Wish.DAILY, who=reader)
    for number in (1, 2):
        tell(f"clip:{number}", subject=f"Clip {number} is approved", who=reader)

    assert operations.send_summaries(now=world.now()) == 1
    assert operations.send_summaries(now=world.now() + DAY) == 0
    run_jobs()

    [mail] = world.http.get("/resend/outbox.json", params={"to": reader.email}).json()["data"]
    assert mail["subject"] == "2 things happened on ClipHaven"
    assert f"Clip 1 is approved\n{settings.SITE_URL}/clips/7/" in mail["text"]
    assert "Clip 2 is approved" in mail["text"]


def test_two_runs_at_once_write_one_summary(committed):
    wish(Kind.CLIPS, Wish.DAILY)
    tell("clip:1")

    summaries = at_once(lambda _: operations.send_summaries(now=MONDAY), workers=8)

    assert sum(summaries) == 1
    assert Message.objects.filter(kind=Kind.SUMMARY).count() == 1


def leaving(mail: dict[str, Any]) -> str:
    """The path at which mails like this one end."""
    found = re.search(r"No more mails like this: (\S+)", mail["text"])
    assert found is not None
    return found[1].removeprefix(settings.SITE_URL)


@pytest.fixture
def mailed(world: Any) -> dict[str, Any]:
    """A mail about clips, as Ben has it."""
    message = tell("clip:1", who=a_user("Leaver"))
    operations.send_message(message_id=message.id, now=MONDAY, read_clock=lambda: MONDAY)
    headers = {"Authorization": f"Bearer {settings.RESEND_API_KEY}"}
    found: dict[str, Any] = world.http.get(
        f"/resend/emails/{Message.objects.get().provider_id}", headers=headers
    ).json()
    return found


@pytest.mark.django_db
def test_looking_at_the_way_out_changes_nothing_and_one_click_does(mailed):
    stranger, path = Client(enforce_csrf_checks=True), leaving(mailed)

    assert stranger.get(path).status_code == 200
    assert queries.wish_of(user_id=a_user("Leaver").id, kind=Kind.CLIPS) is Wish.AT_ONCE
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert queries.wish_of(user_id=a_user("Leaver").id, kind=Kind.CLIPS) is Wish.NEVER


@pytest.mark.django_db
def test_a_changed_way_out_ends_nothing(mailed):
    path = leaving(mailed).rstrip("/")

    assert Client().post(f"{path[:-1]}{'A' if path[-1] != 'A' else 'B'}/").status_code == 404
    assert queries.wish_of(user_id=a_user("Leaver").id, kind=Kind.CLIPS) is Wish.AT_ONCE


@pytest.mark.django_db
def test_what_protects_an_account_has_no_way_out(world):
    message = tell("token-reuse:1", kind=Kind.SECURITY, who=a_user("Guarded"))
    operations.send_message(message_id=message.id, now=MONDAY, read_clock=lambda: MONDAY)

    [mail] = world.http.get("/resend/outbox.json", params={"to": message.user.email}).json()["data"]
    assert "No more mails like this" not in mail["text"]


@pytest.mark.django_db
def test_an_address_that_bounced_gets_no_mail_but_the_ways_in_it_asks_for():
    message = tell("clip:1")
    Message.objects.update(provider_id="mail-1", sent_to=message.user.email, state="sent")
    operations.stop_address(provider_id="mail-1", because="bounced", now=MONDAY)

    assert tell("clip:2").state == "stopped"
    assert tell("security:1", kind=Kind.SECURITY).state == "stopped"
    assert tell("magic-link:1", kind=Kind.ACCESS).state == "queued"


@pytest.mark.django_db
def test_its_owner_is_told_and_can_have_mail_again():
    message = tell("clip:1")
    Message.objects.update(provider_id="mail-1", sent_to=message.user.email, state="sent")
    operations.stop_address(provider_id="mail-1", because="bounced", now=MONDAY)
    page = browser(ben())

    assert f"Mail to {ben().email} does not arrive" in page.get(reverse("inbox")).content.decode()
    page.post(reverse("mail_again"))
    assert tell("clip:2").state == "queued"


@pytest.mark.django_db
def test_a_letter_about_a_mail_that_is_not_known_yet_is_looked_at_later():
    with pytest.raises(operations.NotKnownYet):
        operations.stop_address(provider_id="mail-9", because="bounced", now=MONDAY)

    assert not StoppedAddress.objects.exists()
