"""The pages of sponsors: the public list, the wallet, and campaigns from form to pause."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.campaigns.models import Campaign, Deposit
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.identity.models import Membership, Organisation, Role, User
from cliphaven.ledger.chart import AccountKind
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, deposited
from tests.rooms.campaigns.conftest import balance

DRAFT = {
    "title": "Trail <b>shoes</b>",
    "brief": "Show the sole.",
    "currency": "USD",
    "rate_tiktok": "1.50",
    "starts_on": "2026-11-02",
    "review_hours": "48",
    "hold_days": "7",
}


def signed_in(name: str = "Ada") -> Client:
    adas_organisation()
    client = Client()
    client.force_login(a_user(name))
    return client


def eve() -> User:
    """The owner of another organisation."""
    organisation = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=organisation, user=a_user("Eve"), role=Role.OWNER)
    return a_user("Eve")


def said(answer) -> str:
    return str(answer.content.decode())


@pytest.mark.django_db
def test_the_landing_page_shows_campaigns_that_are_open():
    a_campaign(title="Trail shoes")

    page = Client().get(reverse("landing"))
    assert (page.status_code, "Trail shoes" in said(page)) == (200, True)


@pytest.mark.django_db
def test_the_public_list_can_be_narrowed_to_one_platform():
    a_campaign(title="Trail shoes", terms=TermsDraft(cpm_minor={"tiktok": 150}))
    address = reverse("public_campaigns")
    shown = [
        "Trail shoes" in said(Client().get(address, {"platform": platform}))
        for platform in ("", "tiktok", "youtube", "myspace", "\x00")
    ]

    assert shown == [True, True, False, True, True]


@pytest.mark.django_db
def test_a_top_up_leads_to_the_pay_page_and_back_to_a_paid_wallet(world):
    client = signed_in()
    to_pay = client.post(reverse("wallet_top_up"), {"amount": "250"}).headers["Location"]
    assert to_pay.startswith(f"{world.url}/stripe")

    back = world.http.post(to_pay, data={"method": "card", "card": "4242"}).headers["Location"]
    parts = urlsplit(back)
    assert f"{parts.scheme}://{parts.netloc}" == world.site_url

    assert "$250.00" in said(client.get(f"{parts.path}?{parts.query}"))
    assert balance(AccountKind.SPONSOR_WALLET, adas_organisation().id) == 250_00


@pytest.mark.django_db
def test_coming_back_with_somebody_elses_deposit_does_nothing(world):
    signed_in().post(reverse("wallet_top_up"), {"amount": "250"})
    deposit = Deposit.objects.get()
    world.fault("stripe", "error_500", method="GET", times=9)  # any look-up would fail, and be told
    client = Client()
    client.force_login(eve())

    page = client.get(reverse("wallet"), {"deposit": str(deposit.id)})
    assert (page.status_code, "not confirmed" in said(page)) == (200, False)


@pytest.mark.django_db
@pytest.mark.parametrize("deposit", ["0", "-1", "x", "9" * 18, "9" * 400, "１", "1;2", ""])
def test_a_meddled_return_address_shows_the_wallet(deposit):
    assert signed_in().get(reverse("wallet"), {"deposit": deposit}).status_code == 200


@pytest.mark.django_db
def test_while_stripe_is_silent_the_wallet_says_so_and_takes_nothing(world):
    world.fault("stripe", "error_500", path_prefix="v1/checkout", times=9)
    page = signed_in().post(reverse("wallet_top_up"), {"amount": "250"})

    assert (page.status_code, "Nothing was paid" in said(page)) == (503, True)


@pytest.mark.django_db
def test_back_from_the_pay_page_while_stripe_is_silent_the_wallet_still_shows(world):
    client = signed_in()
    client.post(reverse("wallet_top_up"), {"amount": "250"})
    world.fault("stripe", "error_500", method="GET", path_prefix="v1/checkout", times=9)

    page = client.get(reverse("wallet"), {"deposit": str(Deposit.objects.get().id)})
    assert (page.status_code, "not confirmed the payment yet" in said(page)) == (200, True)


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["", "0", "4.99", "-5", "5,00", "1e3", "1000000", "9" * 13])
def test_an_amount_that_cannot_be_paid_in_is_explained_beside_the_field(amount):
    page = signed_in().post(reverse("wallet_top_up"), {"amount": amount})

    assert page.status_code == 422
    assert 'aria-invalid="true"' in said(page)


@pytest.mark.django_db
def test_a_drafted_campaign_waits_for_its_budget():
    answer = signed_in().post(reverse("campaign_create"), {**DRAFT, "budget": "300"}, follow=True)

    campaign = Campaign.objects.get()
    assert answer.redirect_chain == [(f"{reverse('campaign', args=[campaign.id])}?fund=30000", 302)]
    assert 'value="300.00"' in said(answer)
    assert "<b>shoes</b>" not in said(answer)


@pytest.mark.django_db
def test_an_unsound_draft_comes_back_with_what_was_typed():
    page = signed_in().post(reverse("campaign_create"), {**DRAFT, "rate_tiktok": ""})

    assert (page.status_code, Campaign.objects.count()) == (422, 0)
    assert "Choose at least one platform" in said(page)
    assert "Show the sole." in said(page)


@pytest.mark.django_db
def test_a_campaign_is_funded_opened_and_paused_from_its_page():
    client = signed_in()
    client.post(reverse("campaign_create"), DRAFT)
    campaign = Campaign.objects.get()
    deposited(adas_organisation(), 100_00)
    form = {"amount": "60", "request_key": "the-form-that-was-shown"}
    told = [
        said(client.post(reverse(name, args=[campaign.id]), form, follow=True))
        for name in ("campaign_fund", "campaign_activate", "campaign_pause")
    ]

    assert "$60.00 is set aside" in told[0]
    assert "Creators can see it now" in told[1]
    assert "Paused." in told[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"amount": "60", "request_key": "the-form-that-was-shown"}, "top it up first"),
        ({"amount": "0", "request_key": "the-form-that-was-shown"}, "more than nothing"),
        ({"amount": "60"}, "required"),
    ],
)
def test_money_that_cannot_be_set_aside_is_explained(form, sentence):
    client = signed_in()
    client.post(reverse("campaign_create"), DRAFT)
    page = client.post(reverse("campaign_fund", args=[Campaign.objects.get().id]), form, follow=True)

    assert sentence in said(page)


@pytest.mark.django_db
def test_a_change_that_cannot_be_is_explained():
    client = signed_in()
    client.post(reverse("campaign_create"), DRAFT)
    id_ = Campaign.objects.get().id

    assert "money aside" in said(client.post(reverse("campaign_activate", args=[id_]), follow=True))
    assert "cannot become" in said(client.post(reverse("campaign_pause", args=[id_]), follow=True))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["campaign_fund", "campaign_activate", "campaign_pause"])
def test_another_organisations_campaign_is_not_there(name):
    campaign = a_campaign(budget_minor=10_00)
    client = Client()
    client.force_login(eve())
    form = {"amount": "1", "request_key": "the-form-that-was-shown"}

    assert client.post(reverse(name, args=[campaign.id]), form).status_code == 404
    assert Campaign.objects.get().state == "active"


@pytest.mark.django_db
def test_reviewers_see_the_money_and_are_not_offered_to_move_it():
    campaign = a_campaign()
    client = signed_in("Cleo")
    shown = {name: said(client.get(reverse(name))) for name in ("sponsor_home", "wallet")}
    shown["campaign"] = said(client.get(reverse("campaign", args=[campaign.id])))

    offers = (reverse("campaign_create"), reverse("wallet_top_up"), f"/sponsor/campaigns/{campaign.id}/")
    assert "$1,000.00" in shown["campaign"]
    assert [name for name, page in shown.items() if f'href="{offers[0]}"' in page] == []
    assert [name for name, page in shown.items() if f'action="{offers[1]}"' in page] == []
    assert [name for name, page in shown.items() if f'action="{offers[2]}' in page] == []
