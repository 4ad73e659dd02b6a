"""What people are owed beside what is there: each cent of a currency on the side it belongs to."""

from cliphaven.backoffice.rules.solvency import Solvency, solvency
from cliphaven.ledger.chart import ACCOUNT_TYPES, AccountClass, AccountKind

K = AccountKind


def test_what_is_earned_what_is_set_aside_and_what_is_there_are_told_apart():
    [dollars] = solvency(
        {
            "USD": {
                K.STRIPE_BALANCE: 900,
                K.STRIPE_CONNECTED: 100,
                K.CREATOR_CLEARING: 10,
                K.CREATOR_HELD: 20,
                K.CREATOR_PAYABLE: 30,
                K.CREATOR_RESERVED: 40,
                K.CREATOR_IN_TRANSIT: 100,
                K.SPONSOR_WALLET: 300,
                K.SPONSOR_REFUNDING: 50,
                K.CAMPAIGN_BUDGET: 400,
                K.PLATFORM_FEES: 50,
            }
        }
    )

    assert dollars == Solvency(
        currency="USD",
        creators_minor=10 + 20 + 30 + 40 + 100,
        sponsors_minor=300 + 50 + 400,
        cash_minor=900 + 100,
    )
    assert (dollars.owed_minor, dollars.missing_minor, dollars.covers_creators) == (200 + 750, 0, True)


def test_what_stripe_kept_is_missing_for_sponsors_before_it_is_for_creators():
    [short] = solvency({"USD": {K.STRIPE_BALANCE: 980, K.CREATOR_PAYABLE: 200, K.SPONSOR_WALLET: 800}})
    assert (short.missing_minor, short.covers_creators) == (1_000 - 980, True)

    [broke] = solvency({"USD": {K.STRIPE_BALANCE: 199, K.CREATOR_PAYABLE: 200}})
    assert (broke.missing_minor, broke.covers_creators) == (1, False)


def test_currencies_do_not_pay_for_each_other():
    found = solvency({"USD": {K.STRIPE_BALANCE: 500}, "EUR": {K.CREATOR_PAYABLE: 100}})

    assert [(one.currency, one.covers_creators) for one in found] == [("EUR", False), ("USD", True)]


def test_every_debt_to_others_is_on_one_side():
    """Of all liabilities only the platform's own reserve is owed to nobody by name."""
    debts = {kind for kind, one in ACCOUNT_TYPES.items() if one.account_class is AccountClass.LIABILITY}
    counted = {kind for kind in debts if solvency({"USD": {kind: 1}})[0].owed_minor == 1}

    assert debts - counted == {K.INVALID_VIEW_RESERVE}
