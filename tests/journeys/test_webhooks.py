"""Ada's developer adds an endpoint, tries it out, mends it, and gives it a new secret, in a browser."""

import re

from cliphaven.campaigns.operations import campaigns
from tests.people import MONDAY, PASSWORD, a_campaign, adas_organisation
from tests.rooms.deliveries.receiver import Answer, Receiver


def test_an_endpoint_is_added_tried_out_mended_and_given_a_new_secret(visitor, run_jobs):
    campaign = a_campaign(budget_minor=10_000)
    receiver = Receiver(Answer(500, body=b"the disk is full"), Answer(204))
    ada = visitor()
    page = ada.sign_in("ada@example.test", PASSWORD)

    ada.go("/account/")
    page.get_by_role("main").get_by_role("link", name="Webhooks").click()
    ada.keep("webhooks-none")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_label("Description").fill("Bookkeeping")
    page.get_by_label("campaign.paused").check()
    page.get_by_role("button", name="Add it").click()
    secret = page.locator("#new-secret").inner_text()
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    ada.keep("webhook-made")

    with page.expect_navigation(url="**/account/webhooks/*/*/"):
        page.get_by_role("button", name="Send a test").click()
    page.get_by_text("It goes out in a moment").wait_for()
    run_jobs()
    page.get_by_text("the disk is full").wait_for()
    ada.keep("webhook-refused")
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    run_jobs()
    page.get_by_text("204 No Content").wait_for()
    receiver.letters[-1].checked(secret)

    campaigns.pause_campaign(campaign_id=campaign.id, organisation_id=adas_organisation().id, now=MONDAY)
    run_jobs()
    page.get_by_role("link", name="Bookkeeping").click()
    page.get_by_role("link", name="campaign.paused").wait_for()
    page.get_by_role("button", name="Make a new one").click()
    renewed = page.locator("#new-secret").inner_text()
    ada.keep("webhook-renewed")
    with page.expect_navigation(url="**/account/webhooks/*/*/"):
        page.get_by_role("button", name="Send a test").click()
    run_jobs()
    page.get_by_text("204 No Content").wait_for()
    receiver.letters[-1].checked(secret)
    receiver.letters[-1].checked(renewed)
    receiver.close()
