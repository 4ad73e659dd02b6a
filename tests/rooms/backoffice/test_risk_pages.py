"""The staff's queue of doubts, one case and what is decided on it, and what every page says of it."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from cliphaven.backoffice.queries import risk_queue
from cliphaven.earnings.models import Hold
from cliphaven.earnings.operations import holding, suspecting
from cliphaven.foundation import clock
from cliphaven.fraud.models import AnalyticsRequest, CaseEvent, RiskCase, TraitKind
from cliphaven.fraud.operations import analytics, appeals, traits
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind
from tests.people import a_campaign, a_user, an_approved_clip, ben, dot, mallory
from tests.rooms.backoffice.risk_desk import client, sent, shown, text_of
from tests.rooms.earnings.earners import a_plain_campaign
from tests.rooms.earnings.test_purges import BACK_AT, STEPS, a_clip_of, followed, purged
from tests.rooms.fraud.doubts import BOUGHT, CALM, NET_OF_BOUGHT, a_clip, a_policy, judged, live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def test_the_queue_says_of_each_case_why_how_rare_that_is_how_much_is_held_and_when_it_comes_back(case):
    page = shown("staff_risk")

    # 4,050 views came after the onset, at a cent each, less a fee of 10 %: 36.45 is held, 40.50 is at stake.
    assert NET_OF_BOUGHT == 4_050 - 405
    for said in (
        "4,000 views came in",
        "Held",
        "fewer than 1 in 10,000 honest clips",
        "$36.45",
        "$40.50 at stake",
        "back in 6 days",
        "Ben, for",
    ):
        assert said in page


def test_what_is_worth_most_comes_first_by_score_times_the_money_that_is_held(at):
    a_policy()
    for bought in (BOUGHT, tuple(1_000 + 3 * (views - 1_000) for views in BOUGHT), BOUGHT):
        now = live(a_clip(a_plain_campaign()), CALM + bought)
    at(now)
    small, large, released = RiskCase.objects.order_by("id")
    # The third has the score of the first, but nothing of it is held any more.
    holding.release_holds(
        clip_id=released.clip_id,
        hold_ids=list(Hold.objects.filter(placed_by=f"fraud:{released.id}").values_list("id", flat=True)),
        note="Let go by hand.",
        actor=f"user:{dot().id}",
        request_key="by-hand-1",
        now=now,
    )

    rows = csv.DictReader(io.StringIO(client().get(reverse("staff_risk_csv")).content.decode()))
    ranked = [(int(row["case"]), row["held"]) for row in rows]

    assert ranked == [(large.id, "109.35"), (small.id, "36.45"), (released.id, "0.00")]


def test_a_case_that_somebody_let_go_is_gone_from_what_is_under_way_and_stands_under_what_is_over(case):
    sent("risk_release", case.id)

    assert "Nothing is doubted" in shown("staff_risk")
    assert "Released" in shown("staff_risk", state="over")


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"band": "hold"}, True),
        ({"band": "review"}, False),
        ({"band": "shadow"}, False),
        ({"platform": "tiktok"}, True),
        ({"platform": "youtube"}, False),
        ({"signal": "burst"}, True),
        ({"signal": "purge"}, False),
        ({"state": "open"}, True),
        ({"state": "appealed"}, False),
        ({"state": "voiding"}, False),
        ({"sort": "ends"}, True),
        ({"sort": "newest"}, True),
        ({"sort": "oldest"}, True),
        ({"sort": "held"}, True),
        ({"sort": "score"}, True),
    ],
)
def test_the_queue_is_narrowed_and_put_in_order(case, query, fits):
    assert ("4,000 views came in" in shown("staff_risk", **query)) is fits


def test_the_queue_is_narrowed_by_campaign(case):
    other = a_campaign(title="Nobody's clips")

    assert "4,000 views" in shown("staff_risk", campaign=case.clip.campaign_id)
    an_approved_clip(other)
    # A campaign without any case is none that can be chosen.
    assert "Not searched" in shown("staff_risk", status=422, campaign=other.id)


def test_what_cannot_be_read_is_said_and_a_made_up_place_is_passed_over(case):
    assert "Not searched" in shown("staff_risk", status=422, platform="myspace")
    assert "4,000 views" in shown("staff_risk", after="a; drop table")


def test_each_band_has_its_number(case, at):
    now = clock.now()
    a_policy(modes={}, at=now)
    live(a_clip(), CALM + BOUGHT, begins_at=now)

    page = shown("staff_risk")

    assert "2 All 1 Held 1 In shadow" in page
    assert "nothing is held" in shown("staff_risk", band="shadow")


def test_the_queue_goes_on_behind_its_last_case_and_shows_none_twice(at, monkeypatch):
    monkeypatch.setattr(risk_queue, "SHOWN", 2)
    a_policy()
    for _ in range(3):
        now = live(a_clip(), CALM + BOUGHT)
    at(now)

    first = client().get(reverse("staff_risk")).content.decode()
    [following] = re.findall(r'href="\?(after=[^"]+)"', first)
    second = client().get(f"{reverse('staff_risk')}?{following}").content.decode()

    found = [re.findall(r"/staff/risk/cases/(\d+)/", page) for page in (first, second)]
    assert [len(set(numbers)) for numbers in found] == [2, 1]
    assert not set(found[0]) & set(found[1])


def test_the_case_shows_the_curve_with_the_doubted_stretch_and_each_entry_that_is_held(case):
    answer = client().get(reverse("staff_risk_case", args=[case.id]))
    page = text_of(answer)
    [chart] = [
        json.loads(found) for found in re.findall(r'id="views-data"[^>]*>(.*?)</script>', answer.content.decode())
    ]

    [[begins, ends, said]] = chart["marks"]
    assert said == "Doubted since 2 Nov, 16:00 UTC"
    assert (begins, ends) == (chart["rows"][9][0], chart["rows"][-1][0])
    for words in ("$36.45 is held.", "Doubted views 4,050, after 1,000", "1,000 clips, with 5+ readings", "No. 11"):
        assert words in page


def test_the_money_of_the_page_is_the_money_of_the_books(case):
    page = client().get(reverse("staff_risk_case", args=[case.id])).content.decode()
    lines = re.findall(r'data-label="Net"><strong><data value="([\d.]+)"', page)
    held = books.balance(Account(kind=AccountKind.CREATOR_HELD, owner_id=ben().id, currency="USD"))

    # Each line of the page is an entry of the books, and together they are all that the books hold of Ben's.
    assert sum(round(100 * float(line)) for line in lines) == held == NET_OF_BOUGHT
    for hold in Hold.objects.filter(ended_at=None):
        entry = client().get(reverse("staff_entry", args=["hold", f"hold:{hold.id}"]))
        assert entry.status_code == 200


def test_what_is_released_is_released_once_and_the_page_says_what_comes_of_it(case):
    assert "Released. What is held goes back within a minute" in sent("risk_release", case.id)
    assert "Released. What is held goes back within a minute" in sent("risk_release", case.id)

    assert CaseEvent.objects.filter(deed="released").count() == 1
    suspecting.settle_cases(now=clock.now())
    assert books.balance(Account(kind=AccountKind.CREATOR_HELD, owner_id=ben().id, currency="USD")) == 0


def test_whoever_was_slower_is_told_so(case):
    sent("risk_release", case.id)

    page = sent("risk_void", case.id, user=a_user("Fay", is_staff=True), request_key="another-key")

    assert "This case is decided or over already" in page


def test_nothing_is_decided_without_a_reason(case):
    assert "Say why" in sent("risk_void", case.id, note=" ")

    assert RiskCase.objects.get().state == "open"


def test_voiding_says_what_it_takes_and_takes_nothing_before_the_creator_could_appeal(case):
    page = shown("staff_risk_case", case.id)
    assert "$36.45 that is unpaid goes back to the campaign" in page

    assert "nothing is taken before" in sent("risk_void", case.id)

    assert RiskCase.objects.get().state == "voiding"
    assert "Decided against" in shown("staff_risk", state="voiding")


def test_extending_puts_off_the_day_on_which_it_comes_back(case):
    before = case.expires_at

    assert "Held 3 days longer" in sent("risk_extend", case.id, days=3)
    assert "extended by 30 days at most" in sent("risk_extend", case.id, days=28, request_key="another-key")

    assert RiskCase.objects.get().expires_at == before + 3 * DAY


def test_asking_mails_the_creator_and_a_note_stays_with_the_staff(case):
    assert "The creator is mailed" in sent("risk_ask", case.id, note="Where do they come from?")
    assert "Nobody but the staff reads it" in sent("risk_note", case.id, note="Seen before.", request_key="another-key")

    page = shown("staff_risk_case", case.id)
    for said in ("Asked for analytics", "Dot: Where do they come from?", "Dot: Seen before.", "By itself: holds money"):
        assert said in page


def test_a_case_of_the_shadow_holds_nothing_and_is_decided_to_learn_from(at):
    a_policy(modes={})
    at(live(a_clip(), CALM + BOUGHT))
    case_id = RiskCase.objects.get().id

    page = shown("staff_risk_case", case_id)
    assert "Nothing is held: only signals in shadow spoke." in page
    assert "No money was held for this case, and none is taken." in sent("risk_void", case_id)
    assert RiskCase.objects.get().state == "voided"


def test_a_case_of_the_shadow_that_is_released_promises_no_money(at):
    a_policy(modes={})
    at(live(a_clip(), CALM + BOUGHT))
    case_id = RiskCase.objects.get().id

    assert "Nothing is held; it counts for how right the signals are." in shown("staff_risk_case", case_id)
    assert "Decided for the clip. Nothing was held for this case." in sent("risk_release", case_id)


def an_appeal(case, *, upload=None) -> int:
    return appeals.appeal(
        case_id=case.id,
        creator_id=ben().id,
        text="A newspaper wrote about it.",
        upload=upload,
        request_key="appeal-1",
        now=clock.now(),
    )


def test_an_appeal_is_answered_by_somebody_else_than_who_decided(case):
    sent("risk_void", case.id)
    number = an_appeal(case)

    own = shown("staff_risk_case", case.id)
    refused = sent("risk_appeal_answer", number, granted="yes", request_key="answer-1")
    others = shown("staff_risk_case", case.id, user=a_user("Fay", is_staff=True))
    granted = sent("risk_appeal_answer", number, user=a_user("Fay", is_staff=True), granted="yes")

    assert "Somebody else answers this" in own
    assert "Answer the appeal" not in own
    assert "somebody else answers the appeal" in refused
    assert "71 h 59 min" in others or "3 days" in others or "72 h 0 min" in others
    assert "Answer the appeal" in others
    assert "Granted: the case is released." in granted
    assert RiskCase.objects.get().state == "released"


def test_a_refused_appeal_leaves_the_decision(case):
    sent("risk_void", case.id)
    number = an_appeal(case)

    assert "Refused: the decision stays." in sent(
        "risk_appeal_answer", number, user=a_user("Fay", is_staff=True), granted="no"
    )

    assert RiskCase.objects.get().state == "voiding"


def test_the_file_of_an_appeal_is_saved_and_never_shown_as_a_page(case):
    number = an_appeal(case, upload=appeals.Upload(name="../analytics.png", content=PNG))

    answer = client().get(reverse("risk_appeal_file", args=[number]))

    assert (answer.content, answer["Content-Disposition"]) == (PNG, 'attachment; filename="analytics.png"')
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_appeal_that_waits_stands_in_the_queue_with_its_clock(case):
    an_appeal(case)

    assert "Appeal, 3 days left" in shown("staff_risk", state="appealed")


def test_linked_accounts_are_named_with_what_they_share_and_what_was_doubted_of_theirs(case):
    for person in (ben(), mallory()):
        traits.note(user_id=person.id, kind=TraitKind.PAYOUT_ACCOUNT, what="bank-1", now=clock.now())

    page = shown("staff_risk_case", case.id)

    assert "Mallory the same bank account 0" in page


def test_a_second_clip_of_the_same_creator_leads_to_its_case(case):
    now = live(a_clip(a_plain_campaign()), CALM + BOUGHT)
    other = RiskCase.objects.exclude(id=case.id).get()
    judged(at=now)

    page = client().get(reverse("staff_risk_case", args=[case.id])).content.decode()

    assert "Of the same creator, Ben" in page
    assert reverse("staff_risk_case", args=[other.id]) in page


def test_every_page_of_staff_says_how_many_cases_wait_and_the_overview_for_how_long(case):
    page = shown("staff_overview")

    assert "Risk 1" in page
    assert "Cases that nobody decided 1" in page
    assert "The oldest waits since" in page


def test_what_the_house_decided_on_evidence_a_person_may_undo(at):
    clip = a_clip_of(*STEPS)
    purged(clip, 7_000)
    followed(at=BACK_AT)
    at(BACK_AT)
    [case] = RiskCase.objects.all()

    page = shown("staff_risk_case", case.id)
    # 3,000 views at a cent each, less the fee of 10 %.
    for said in ("Decided by the house, on evidence. $27.00 will not count.", "none asked: it is certain by itself"):
        assert said in page
    assert "Hold it longer?" not in page
    assert "1 All 1 Certain" in shown("staff_risk")
    assert "Released. What is held goes back" in sent("risk_release", case.id)

    assert RiskCase.objects.get().state == "released"


def test_analytics_that_a_creator_showed_stand_beside_the_case(case):
    AnalyticsRequest.objects.create(clip=case.clip, worth_minor=600_00, currency="USD", asked_at=clock.now())
    assert "Nothing was shown yet. Nothing follows from that." in shown("staff_risk_case", case.id)

    analytics.give(
        clip_id=case.clip_id,
        creator_id=ben().id,
        text="From a newspaper.",
        upload=appeals.Upload(name="sources.png", content=PNG),
        request_key="shown-1",
        now=clock.now(),
    )

    page = shown("staff_risk_case", case.id)
    assert "because its views are worth $600.00" in page
    assert "From a newspaper." in page
    assert "with sources.png" in page
