"""From an endpoint made by the API, by a fact, to a signed letter that another's library takes, and its log."""

import pytest
from svix.webhooks import WebhookVerificationError

from cliphaven.campaigns.operations import campaigns
from tests.people import MONDAY, a_campaign, adas_organisation
from tests.rooms.deliveries.receiver import Answer
from tests.rooms.identity.programs import Program


def test_a_campaign_that_pauses_is_told_to_its_organisations_program(site, run_jobs, receiver):
    campaign = a_campaign(budget_minor=10_000)
    program = Program(site, email="ada@example.test").sign_in()

    status, made = program.post(
        "/webhooks/endpoints", key="the-request-1", url=receiver.url, events=["campaign.paused"], description="Books"
    )
    assert status == 201, made
    campaigns.pause_campaign(campaign_id=campaign.id, organisation_id=adas_organisation().id, now=MONDAY)
    run_jobs()

    [letter] = receiver.letters
    told = letter.checked(made["secret"])
    assert (told["type"], told["version"]) == ("campaign.paused", 1)
    assert told["timestamp"] == "2026-11-02T06:00:00Z"
    assert told["data"] == {"campaign_id": campaign.id}
    assert told["id"] == letter.id
    with pytest.raises(WebhookVerificationError):
        letter.checked("whsec_" + "A" * 43 + "=")

    _, log = program.get(f"/webhooks/endpoints/{made['id']}/deliveries")
    [line] = log["deliveries"]
    assert (line["state"], line["tries"], line["status"], line["event_id"]) == ("delivered", 1, 200, letter.id)
    _, file = program.get(f"/webhooks/endpoints/{made['id']}/deliveries/{line['id']}")
    assert file["body"].encode() == letter.body
    assert [(one["result"], one["status"]) for one in file["log"]] == [("taken", 200)]


def test_a_test_is_sent_and_sent_again_when_it_was_refused(site, run_jobs, receiver):
    adas_organisation()
    program = Program(site, email="ada@example.test").sign_in()
    _, made = program.post("/webhooks/endpoints", key="the-request-1", url=receiver.url, events=["*"])
    receiver.answer(Answer(500, body=b"no <disk>"), Answer(204))

    at = f"/webhooks/endpoints/{made['id']}"
    status, sent = program.post(f"{at}/test")
    run_jobs()
    _, first = program.get(f"{at}/deliveries/{sent['delivery_id']}")
    program.post(f"{at}/deliveries/{sent['delivery_id']}/send-again")
    run_jobs()
    _, second = program.get(f"{at}/deliveries/{sent['delivery_id']}")

    assert status == 202
    assert (first["state"], first["log"][0]["answer"]) == ("waiting", "no <disk>")
    assert (second["state"], second["tries"]) == ("delivered", 2)
    assert receiver.letters[0].id == receiver.letters[1].id
    assert receiver.letters[0].body == receiver.letters[1].body
