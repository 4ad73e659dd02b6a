"""Before anything is submitted every link is held against every rule, and nothing is written down."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from cliphaven.campaigns.operations import campaigns
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.campaigns.rules.clip_rules import ClipRule
from cliphaven.clips.models import Channel, Clip, Submission, SubmittedLine
from cliphaven.clips.operations import inspection, preflight, submission
from tests.people import MONDAY, a_campaign, adas_organisation, ben
from tests.rooms.clips.outside import an_account, proved
from tests.rooms.clips.test_pages import HTMX, signed_in

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "key-of-a-request"}
RULES = (ClipRule("hashtag", "shoes"), ClipRule("min_seconds", "1"))


def ask(path: str, body: object, *, client: Client | None = None, headers: dict[str, str] | None = None) -> Any:
    """The status and what was said."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = (client or signed_in(ben())).post(
        f"/api/v1{path}", text, content_type="application/json", headers=headers or {}
    )
    return answer.status_code, answer.json()


def check(campaign_id: int, *links: str) -> list[dict[str, Any]]:
    status, said = ask("/clips/check", {"campaign": campaign_id, "urls": list(links)})
    assert status == 200, said
    results: list[dict[str, Any]] = said["results"]
    return results


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {one["rule"]: one["answer"] for one in result["rules"]}


def a_campaign_with_rules() -> int:
    return a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150, "youtube": 150}, clip_rules=RULES)).id


def test_each_link_is_answered_rule_by_rule(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    video = account.post()

    [good, unreadable] = check(campaign_id, video["url"], "https://example.com/x")

    assert verdicts(good) == {
        "address": "pass",
        "platform": "pass",
        "once": "pass",
        "channel": "cannot_tell",
        "freshness": "pass",
        "hashtag": "cannot_tell",
        "min_seconds": "cannot_tell",
    }
    assert (good["answer"], good["video_id"]) == ("cannot_tell", video["id"])
    assert (unreadable["answer"], unreadable["video_id"]) == ("fail", None)
    assert [(one["rule"], one["code"]) for one in unreadable["rules"]] == [("address", "foreign_host")]


def test_a_check_writes_down_nothing_but_that_somebody_asked(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    client, video = signed_in(ben()), account.post()
    statements: list[str] = []

    def note(execute: Any, sql: str, *others: Any) -> Any:
        statements.append(sql)
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        status, _ = ask(
            "/clips/check", {"campaign": campaign_id, "urls": [video["url"], video["short_url"]]}, client=client
        )

    assert status == 200
    writing = re.compile(r"\s*(?:insert\s+into|update|delete\s+from)\s+\"?(\w+)", re.IGNORECASE)
    written = {found[1] for sql in statements if (found := writing.match(sql))}
    assert written == {"identity_allowance", "identity_ratewindow"}
    assert Clip.objects.count() == 0


def test_a_short_link_is_followed_and_the_same_clip_twice_is_seen(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    video = account.post()

    first, second = check(campaign_id, video["short_url"], f"{video['url']}?_r=1")

    assert (first["video_id"], first["answer"]) == (video["id"], "cannot_tell")
    assert (second["answer"], verdicts(second)["once"]) == ("fail", "fail")
    assert "A line above means the same clip." in [rule["sentence"] for rule in second["rules"]]


def test_a_dead_link_is_told_so(world):
    [result] = check(a_campaign_with_rules(), "https://vm.tiktok.com/ZGoneGone/")

    assert [(one["answer"], one["code"]) for one in result["rules"]] == [("fail", "dead_link")]


def test_a_platform_that_does_not_answer_says_nothing_about_a_link(world):
    world.fault("links", "error_500", method="HEAD", times=5)
    world.fault("links", "error_500", method="GET", times=5)
    [result] = check(a_campaign_with_rules(), "https://vm.tiktok.com/ZGoneGone/")

    assert [(one["answer"], one["code"]) for one in result["rules"]] == [("cannot_tell", "link_not_answered")]


def test_the_daily_limit_counts_the_lines_before(world):
    campaign = a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, clips_per_creator_daily=1))
    account = an_account(world)
    proved(account, ben(), at=world.now())

    first, second = check(campaign.id, account.post()["url"], account.post()["url"])

    assert (verdicts(first)["daily_limit"], verdicts(second)["daily_limit"]) == ("pass", "fail")


def test_what_a_check_calls_broken_is_refused_with_the_same_code(world):
    campaign, account = a_campaign(terms=TermsDraft(cpm_minor={"youtube": 150})), an_account(world)
    links = [account.post()["url"], "https://youtu.be/18NGQq7p3LY", "nonsense"]

    checked = preflight.check_clips(creator_id=ben().id, campaign_id=campaign.id, lines=links, now=world.now())
    submitted = submission.submit_clips(creator_id=ben().id, campaign_id=campaign.id, lines=links, now=world.now())

    codes = [next(one.code for one in line.rules if one.verdict == "fail") for line in checked]
    assert codes == [line.code for line in submitted]


@pytest.mark.parametrize(
    "body",
    [
        {"campaign": 1, "urls": []},
        {"campaign": 1, "urls": ["x"] * 51},
        {"campaign": 1, "urls": [""]},
        {"campaign": 1, "urls": ["x" * 5_000]},
        {"campaign": 1, "urls": [7]},
        {"campaign": 1, "urls": "https://youtu.be/18NGQq7p3LY"},
        {"campaign": "1", "urls": ["x"]},
        {"campaign": True, "urls": ["x"]},
        {"campaign": 2**63, "urls": ["x"]},
        {"urls": ["x"]},
    ],
)
@pytest.mark.usefixtures("world")
def test_a_body_of_another_shape_is_refused(body):
    assert ask("/clips/check", body)[0] == 422
    assert ask("/clips", body, headers=KEY)[0] == 422


@pytest.mark.usefixtures("world")
def test_a_campaign_that_takes_nothing_is_told_so():
    campaign = a_campaign()
    campaigns.pause_campaign(campaign_id=campaign.id, organisation_id=adas_organisation().id, now=MONDAY)

    for campaign_id in (campaign.id, campaign.id + 999):
        status, said = ask("/clips/check", {"campaign": campaign_id, "urls": ["x"]})
        assert (status, said["code"]) == (409, "campaign_not_open")


def test_clips_are_submitted_by_the_api_once_for_a_key(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    client, video = signed_in(ben()), account.post()
    order = json.dumps({"campaign": campaign_id, "urls": [video["url"], "nonsense"]})

    def submit() -> Any:
        return client.post("/api/v1/clips", order, content_type="application/json", headers=KEY)

    first, second = submit(), submit()

    assert (first.status_code, first.json()) == (200, second.json())
    assert [line["state"] for line in first.json()["results"]] == ["accepted", "refused"]
    assert (first.headers["Idempotency-Replayed"], second.headers["Idempotency-Replayed"]) == ("false", "true")
    assert (Clip.objects.count(), Submission.objects.count()) == (1, 1)


def test_a_key_that_was_used_for_other_links_is_refused(world):
    campaign_id = a_campaign_with_rules()
    ask("/clips", {"campaign": campaign_id, "urls": ["one"]}, headers=KEY)

    status, said = ask("/clips", {"campaign": campaign_id, "urls": ["two"]}, headers=KEY)

    assert (status, said["code"]) == (422, "idempotency_key_used")


@pytest.mark.usefixtures("world")
def test_submitting_by_the_api_needs_a_key():
    assert ask("/clips", {"campaign": a_campaign().id, "urls": ["x"]})[0] == 422


def test_what_a_killed_process_left_undone_is_done_by_the_repeat(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    urls = [account.post()["url"], account.post()["url"]]
    submission.submit_clips(
        creator_id=ben().id, campaign_id=campaign_id, lines=urls, now=world.now(), request_key="the-form-shown"
    )
    # As if the process had been killed after the first line.
    SubmittedLine.objects.filter(number=2).update(clip=None, settled_at=None)
    Clip.objects.order_by("-id")[0].delete()

    again = submission.submit_clips(
        creator_id=ben().id, campaign_id=campaign_id, lines=urls, now=world.now(), request_key="the-form-shown"
    )

    assert [line.state for line in again] == ["accepted", "accepted"]


@pytest.mark.usefixtures("world")
def test_lines_that_no_database_holds_are_refused_and_kept_as_they_can_be():
    results = submission.submit_clips(
        creator_id=ben().id,
        campaign_id=a_campaign().id,
        lines=["https://youtu.be/\0", "https://youtu.be/\ud800", f"https://youtu.be/18NGQq7p3LY?{'x' * 3_000}"],
        now=MONDAY,
    )

    assert [line.state for line in results] == ["refused"] * 3
    assert results[2].code == "too_long"


def test_clips_are_listed_page_by_page(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    urls = [account.post()["url"] for _ in range(51)]
    submission.submit_clips(creator_id=ben().id, campaign_id=campaign_id, lines=urls[:50], now=world.now())
    submission.submit_clips(creator_id=ben().id, campaign_id=campaign_id, lines=urls[50:], now=world.now())
    client = signed_in(ben())

    first = client.get("/api/v1/clips").json()
    second = client.get("/api/v1/clips", {"before": first["next_before"]}).json()

    assert (len(first["clips"]), len(second["clips"]), second["next_before"]) == (50, 1, None)
    assert {clip["id"] for clip in first["clips"] + second["clips"]} == set(Clip.objects.values_list("id", flat=True))


@pytest.mark.usefixtures("world")
def test_a_channel_is_added_and_checked_by_the_api():
    status, said = ask("/channels", {"platform": "instagram", "profile": "@ben.runs"})
    channel = Channel.objects.get()

    assert (status, said["code"], said["state"]) == (200, channel.code, "unverified")
    assert ask(f"/channels/{channel.id}/check", {}) == (200, {"is_being_read": True})
    assert signed_in(ben()).get("/api/v1/channels").json()[0]["state"] == "checking"
    assert ask(f"/channels/{channel.id + 1}/check", {})[0] == 404


def test_the_page_checks_before_it_submits(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    form = {"campaign": campaign_id, "links": account.post()["url"], "act": "check"}

    for headers in ({}, HTMX):
        page = signed_in(ben()).post("/creator/submit/", form, headers=headers).content.decode()
        assert "Nothing was submitted." in page
        assert "The caption carries #shoes" in page
    assert Clip.objects.count() == 0


def test_a_form_that_is_sent_twice_submits_once_and_htmx_gets_another_key(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    form = {"campaign": campaign_id, "links": account.post()["url"], "request_key": "the-form-that-was-shown"}
    client = signed_in(ben())

    pages = [client.post("/creator/submit/", form, headers=HTMX).content.decode() for _ in range(2)]

    assert [("Submitted" in page, 'name="request_key"' in page) for page in pages] == [(True, True)] * 2
    assert "the-form-that-was-shown" not in pages[0]


def test_how_far_a_submission_is_can_be_asked(world):
    campaign_id = a_campaign_with_rules()
    submission.submit_clips(
        creator_id=ben().id, campaign_id=campaign_id, lines=["a", "b"], now=world.now(), request_key="the-form-shown"
    )
    client, address = signed_in(ben()), "/creator/submit/progress/"
    assert "links are done" not in client.get(address, {"request_key": "the-form-shown"}).content.decode()

    SubmittedLine.objects.filter(number=2).update(settled_at=None)

    assert "1 of 2 links are done." in client.get(address, {"request_key": "the-form-shown"}).content.decode()


def test_a_refused_clip_is_answered_by_the_api(world):
    campaign_id, account = a_campaign_with_rules(), an_account(world)
    proved(account, ben(), at=world.now())
    urls = [account.post(caption="On the trail")["url"]]
    submission.submit_clips(creator_id=ben().id, campaign_id=campaign_id, lines=urls, now=world.now())
    inspection.inspect_due(read_clock=world.now)
    clip = Clip.objects.get()
    client = signed_in(ben())

    before = client.get(f"/api/v1/clips/{clip.id}").json()
    status, after = ask(f"/clips/{clip.id}/resubmit", {"note": "The tag is in it now."}, client=client)

    assert (before["state"], before["decision_code"]) == ("needs_fix", "rule_broken")
    assert [rule["sentence"] for rule in before["rules"] if rule["answer"] == "fail"] == [
        "The caption lacks #shoes: add it."
    ]
    assert (status, after["state"]) == (200, "pending")
    assert ask(f"/clips/{clip.id}/resubmit", {"note": "Again."}, client=client)[0] == 409
    assert ask(f"/clips/{clip.id + 1}/resubmit", {"note": "Again."}, client=client)[0] == 404
