"""Connected accounts of the pretend Stripe: onboarding, what they may do, their bank accounts."""

from typing import Any

import pytest
import stripe

from tests.providers.sandbox.stripe.stripe_world import GOOD_BANK, Running

NEW: Any = {"type": "express", "email": "creator@example.com", "capabilities": {"transfers": {"requested": True}}}
BANK: Any = {
    "external_account": {
        "object": "bank_account", "country": "US", "currency": "usd", "account_number": "000111111113",
        "routing_number": "110000000",
    }
}  # fmt: skip


def test_a_new_account_can_do_nothing_and_says_what_is_missing(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.create(NEW)
    assert (account.details_submitted, account.payouts_enabled, account.capabilities.transfers) == (
        False,
        False,
        "inactive",
    )
    assert "external_account" in account.requirements.currently_due
    assert account.requirements.disabled_reason == "requirements.past_due"


def test_onboarding_completed_makes_the_account_able_to_be_paid(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.retrieve(sandbox.creator())
    assert (account.details_submitted, account.payouts_enabled, account.capabilities.transfers) == (
        True,
        True,
        "active",
    )
    assert account.requirements.currently_due == []
    assert account.external_accounts.data[0].last4 == GOOD_BANK[-4:]


def test_onboarding_without_a_bank_account_allows_transfers_but_no_payouts(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.retrieve(sandbox.creator(bank_number=None))
    assert (account.capabilities.transfers, account.payouts_enabled) == ("active", False)
    assert account.requirements.currently_due == ["external_account"]


def test_the_onboarding_page_offers_both_ways_and_leads_back(sandbox: Running) -> None:
    url = sandbox.onboarding(sandbox.api.v1.accounts.create(NEW).id)
    page = sandbox.http.get(url)
    assert 'id="onboard-complete"' in page.text
    assert 'id="onboard-without-bank"' in page.text
    answer = sandbox.http.post(url, data={"action": "complete"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://house.test/onboarded")


def test_an_onboarding_link_is_good_for_one_visit(sandbox: Running) -> None:
    url = sandbox.onboarding(sandbox.api.v1.accounts.create(NEW).id)
    sandbox.http.get(url)
    assert sandbox.http.get(url).headers["Location"] == "http://house.test/again"


def test_an_onboarding_link_is_good_for_five_minutes(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.create(NEW).id
    url = sandbox.onboarding(account)
    sandbox.advance(minutes=5)
    assert sandbox.http.post(url, data={"action": "complete"}).headers["Location"] == "http://house.test/again"
    assert sandbox.api.v1.accounts.retrieve(account).details_submitted is False


def test_on_a_fast_clock_people_still_have_five_minutes_of_their_own(sandbox: Running) -> None:
    sandbox.post("/control/clock", {"speed": 600})
    account = sandbox.api.v1.accounts.create(NEW).id
    url = sandbox.onboarding(account)
    sandbox.advance(hours=49)  # 4.9 minutes of the wall
    assert sandbox.http.post(url, data={"action": "complete"}).headers["Location"] == "http://house.test/onboarded"


def test_a_controller_says_the_same_as_the_old_type(sandbox: Running) -> None:
    given: Any = {
        "controller": {
            "fees": {"payer": "application"},
            "losses": {"payments": "application"},
            "stripe_dashboard": {"type": "express"},
        }
    }
    account = sandbox.api.v1.accounts.create(given)
    assert (account.type, account.controller.stripe_dashboard.type) == ("none", "express")


def test_type_and_controller_together_are_refused(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.api.v1.accounts.create({"type": "express", "controller": {"fees": {"payer": "application"}}})


def test_an_express_account_is_not_updated_through_an_account_link(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="account_update"):
        sandbox.api.v1.account_links.create(
            {
                "account": sandbox.creator(),
                "type": "account_update",
                "refresh_url": "http://house.test/again",
                "return_url": "http://house.test/back",
            }
        )


def test_the_bank_account_is_changed_behind_a_login_link(sandbox: Running) -> None:
    account = sandbox.creator()
    link = sandbox.api.v1.accounts.login_links.create(account)
    assert 'id="express-save"' in sandbox.http.get(link.url).text
    sandbox.http.post(link.url, data={"bank_number": "000111111116"})
    banks = sandbox.api.v1.accounts.external_accounts.list(account).data
    assert [bank.last4 for bank in banks] == ["1116"]


def test_there_is_no_login_link_before_onboarding(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.create(NEW)
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.api.v1.accounts.login_links.create(account.id)


def test_another_bank_account_can_become_the_default(sandbox: Running) -> None:
    account = sandbox.creator()
    added = sandbox.api.v1.accounts.external_accounts.create(account, {**BANK, "default_for_currency": True})
    shown = {
        bank.id: bank.default_for_currency for bank in sandbox.api.v1.accounts.external_accounts.list(account).data
    }
    assert shown.pop(added.id) is True
    assert list(shown.values()) == [False]


def test_the_default_bank_account_goes_last(sandbox: Running) -> None:
    account = sandbox.creator()
    first = sandbox.api.v1.accounts.external_accounts.list(account).data[0]
    second = sandbox.api.v1.accounts.external_accounts.create(account, BANK)
    with pytest.raises(stripe.InvalidRequestError, match="default"):
        sandbox.api.v1.accounts.external_accounts.delete(account, first.id)
    assert sandbox.api.v1.accounts.external_accounts.delete(account, second.id).deleted is True


def test_a_rejected_account_can_do_nothing(sandbox: Running) -> None:
    account = sandbox.api.v1.accounts.reject(sandbox.creator(), {"reason": "fraud"})
    assert (account.capabilities.transfers, account.payouts_enabled) == ("inactive", False)
    assert account.requirements.disabled_reason == "rejected.fraud"


def test_a_capability_can_be_asked_for_later(sandbox: Running) -> None:
    account = sandbox.creator(capabilities={})
    assert sandbox.api.v1.accounts.retrieve(account).capabilities.to_dict() == {}
    assert sandbox.api.v1.accounts.capabilities.update(account, "transfers", {"requested": True}).status == "active"


def test_the_payout_schedule_can_be_set_in_both_places(sandbox: Running) -> None:
    account = sandbox.creator(settings={})
    settings = sandbox.api.v1.balance_settings.retrieve(options={"stripe_account": account})
    assert settings.payments.payouts.schedule.interval == "daily"
    sandbox.api.v1.balance_settings.update(
        {"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, {"stripe_account": account}
    )
    assert sandbox.api.v1.accounts.retrieve(account).settings.payouts.schedule.interval == "manual"


def test_a_weekly_schedule_knows_business_days_only(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.api.v1.balance_settings.update(
            {"payments": {"payouts": {"schedule": {"interval": "weekly", "weekly_payout_days": ["sunday"]}}}}
        )


def test_an_account_with_money_cannot_be_deleted(sandbox: Running) -> None:
    account = sandbox.creator()
    sandbox.deposit()
    sandbox.api.v1.transfers.create({"amount": 100, "currency": "usd", "destination": account})
    with pytest.raises(stripe.InvalidRequestError, match="not zero"):
        sandbox.api.v1.accounts.delete(account)


def test_a_deleted_account_is_out_of_reach(sandbox: Running) -> None:
    account = sandbox.creator()
    assert sandbox.api.v1.accounts.delete(account).deleted is True
    with pytest.raises(stripe.PermissionError):
        sandbox.api.v1.balance.retrieve(options={"stripe_account": account})
    sandbox.settle()
    assert "account.application.deauthorized" in sandbox.listener.types("/connect")


def test_the_account_of_the_key_is_the_platform(sandbox: Running) -> None:
    own = sandbox.api.v1.accounts.retrieve_current()
    assert own.id not in {account.id for account in sandbox.api.v1.accounts.list().data}
