"""Two people credit a sponsor for views that are gone; and what reaches a wallet by hand pays what is owed first."""

import pytest
from django.db import transaction

from cliphaven.backoffice.operations import corrections
from cliphaven.backoffice.operations.corrections import CorrectionRefused
from cliphaven.campaigns.models import Campaign
from cliphaven.earnings.operations.crediting import CreditRefused
from cliphaven.identity.models import Membership, Organisation
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.people import MONDAY, a_campaign, a_user, adas_organisation, dot

pytestmark = pytest.mark.django_db

CREDIT = "invalid_view_credit:invalid_view_reserve:sponsor_wallet"
FAVOUR = "adjustment:platform_adjustments:sponsor_wallet"
TAKEN = "adjustment:sponsor_wallet:platform_adjustments"
PROVISION = "provision:platform_losses:invalid_view_reserve"


def proposed(movement: str, amount_minor: int, *, refers_to: str = "", owner_id: int | None = None, **words) -> int:
    if owner_id is None and movement != PROVISION:
        owner_id = adas_organisation().id
    return corrections.propose(
        **{
            "movement": movement,
            "owner_id": owner_id,
            "amount_minor": amount_minor,
            "currency": "USD",
            "reason": "Views that the platform purged",
            "refers_to": refers_to,
            "proposed_by_id": dot().id,
            "now": MONDAY,
            **words,
        }
    )


def booked(correction_id: int) -> int:
    corrections.book(correction_id=correction_id, decided_by_id=a_user("Eli", is_staff=True).id, now=MONDAY)
    return correction_id


def a_closed_campaign() -> Campaign:
    campaign = a_campaign(budget_minor=1_00)
    Campaign.objects.filter(id=campaign.id).update(state="closed")
    return campaign


def wallet() -> int:
    return balance(AccountKind.SPONSOR_WALLET)


def owed() -> int:
    return balance(AccountKind.SPONSOR_RECEIVABLE)


def balance(kind: AccountKind) -> int:
    return books.balance(Account(kind=kind, owner_id=adas_organisation().id, currency="USD"))


@transaction.atomic
def charged_back(owed_minor: int) -> None:
    """A card's bank took more than the sponsor has."""
    receivable = Account(kind=AccountKind.SPONSOR_RECEIVABLE, owner_id=adas_organisation().id, currency="USD")
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
    leg = ledger.Leg(debit=receivable, credit=cash, amount_minor=owed_minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.CHARGEBACK, external_id="dp_1:txn_1", legs=(leg,), occurred_at=MONDAY, cause="test"
            )
        ]
    )


def test_two_people_credit_the_sponsor_of_a_closed_campaign():
    campaign = a_closed_campaign()
    booked(proposed(PROVISION, 50_00))

    correction_id = booked(proposed(CREDIT, 40_00, refers_to=f"campaign {campaign.id}, clip 7"))

    assert wallet() == 40_00
    entry = books.entry(EntryKind.INVALID_VIEW_CREDIT, f"correction:{correction_id}")
    assert entry is not None
    assert entry.cause == f"campaign {campaign.id}, invalid views"


@pytest.mark.parametrize("state", ["active", "completed"])
def test_a_campaign_that_can_have_its_money_back_itself_is_not_credited(state):
    campaign = a_campaign(budget_minor=1_00)
    Campaign.objects.filter(id=campaign.id).update(state=state)

    with pytest.raises(CreditRefused, match="is not closed"):
        proposed(CREDIT, 40_00, refers_to=f"campaign {campaign.id}")


@pytest.mark.parametrize(
    ("refers_to", "sentence"), [("", "Say for which campaign"), ("campaign 987654", "There is no campaign 987654")]
)
def test_a_credit_names_its_campaign(refers_to, sentence):
    a_closed_campaign()

    with pytest.raises((CorrectionRefused, CreditRefused), match=sentence):
        proposed(CREDIT, 40_00, refers_to=refers_to)


def test_a_credit_goes_to_the_campaigns_own_sponsor_in_its_own_currency():
    campaign = a_closed_campaign()
    refers_to = f"campaign {campaign.id}"
    other = Organisation.objects.create(name="Eve Ltd", created_at=MONDAY)
    Membership.objects.create(organisation=other, user=a_user("Eve"), role="owner")

    with pytest.raises(CreditRefused, match="credit that one"):
        proposed(CREDIT, 40_00, refers_to=refers_to, owner_id=other.id)
    with pytest.raises(CreditRefused, match="in that currency"):
        proposed(CREDIT, 40_00, refers_to=refers_to, currency="EUR")


def test_a_credit_pays_what_the_sponsor_owes_first():
    campaign = a_closed_campaign()
    booked(proposed(PROVISION, 50_00))
    charged_back(30_00)

    booked(proposed(CREDIT, 40_00, refers_to=f"campaign {campaign.id}"))

    assert (wallet(), owed()) == (10_00, 0)


def test_what_is_put_into_a_wallet_by_hand_pays_what_the_sponsor_owes_first():
    adas_organisation()
    charged_back(30_00)

    correction_id = booked(proposed(FAVOUR, 20_00))

    assert (wallet(), owed()) == (0, 10_00)
    name = f"sponsor:{adas_organisation().id}:correction:{correction_id}"
    assert books.entry(EntryKind.RECOVER, name) is not None


def test_what_an_undone_correction_gives_back_to_a_wallet_pays_it_too():
    adas_organisation()
    booked(proposed(FAVOUR, 20_00))
    taken = booked(proposed(TAKEN, 20_00))
    charged_back(30_00)

    booked(
        corrections.propose_reversal(
            correction_id=taken, reason="It was the wrong sponsor", proposed_by_id=dot().id, now=MONDAY
        )
    )

    assert (wallet(), owed()) == (0, 10_00)
