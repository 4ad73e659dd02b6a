"""What must hold of the house's money, numbered: one list, with the names of the checks that ask each.

It is a list of sentences and names alone, so that reports can read it where there is no house.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """What must hold at every moment, in a sentence for people who know money, and the names of what asks for it."""

    number: str
    says: str
    checks: tuple[str, ...]


def _invariant(number: int, says: str, *checks: str) -> Invariant:
    return Invariant(number=f"I{number}", says=says, checks=checks)


INVARIANTS = (
    _invariant(
        1,
        "The books balance: debits equal credits, in every entry and in every currency.",
        "books sum to zero",
        "the trial balance is level",
    ),
    _invariant(
        2,
        "Every entry is complete, in one currency, and moves money only where the chart of accounts allows it.",
        "entries complete",
        "each leg moves an amount between two accounts",
        "movements declared",
        "one currency per entry",
        "external ids and causes are of the declared shape",
        "reversals mirror their entries",
        "chart and database agree",
    ),
    _invariant(
        3,
        "What we have equals what we owe and what is ours, by the class of every account.",
        "assets are what is owed and what is ours",
        "accounts are as the chart declares",
    ),
    _invariant(
        4,
        "No account that must not go below zero ever does, and we do not owe Stripe.",
        "no guarded account is below zero",
        "guarded balances never below zero",
        "our balance at Stripe is not negative",
    ),
    _invariant(
        5,
        "A campaign spends what its clips earned and never more than was put in; it is complete when nothing is left.",
        "campaigns spend what their clips earned",
        "campaigns are complete when nothing is left to earn",
        "closed campaigns have nothing left",
    ),
    _invariant(
        6,
        "Nobody is paid more than they earned: no creator, in no campaign, in no week.",
        "nobody is sent more than they earned",
        "nobody is sent more for a campaign than they earned in it",
        "payouts are at most what was sent",
    ),
    _invariant(
        7,
        "The views that a clip was paid for never fall, and are never more than were believed.",
        "counted views never fall",
        "counted views were seen",
    ),
    _invariant(
        8,
        "A clip earns what its views are worth under its terms, less only what a cap or an empty budget cut off.",
        "clips earn what their views are worth",
        "accruals follow from terms and readings",
        "creators stay below their caps",
        "accruals equal their entries",
    ),
    _invariant(
        9,
        "Our fee is the agreed part to the cent, and the creator has all the rest.",
        "fees are the agreed part of what clips earned",
        "each step carries its part of the fee",
        "fees go back with what does not count",
    ),
    _invariant(
        10,
        "A reading that is missing or stale changes no number of views.",
        "missing and stale readings change nothing",
        "believed views are the highest believed reading",
    ),
    _invariant(
        11,
        "Every transfer, every payout and everything taken back at Stripe is in the books once, with its amount.",
        "sent transfers are in the books, and no others",
        "transfers taken back are in the books, and no others",
        "payouts in banks are in the books, and no others",
    ),
    _invariant(
        12,
        "Each item is sent once: one transfer, one payout at a time, and a failed attempt is over before the next.",
        "one payout at a time",
        "an attempt is over before the next one",
        "an object at Stripe counts once",
    ),
    _invariant(
        13,
        "Each refund goes out once, and no more goes back to a payment than it brought.",
        "no more goes back than was paid in",
        "refunds are in the books, and no others",
        "refunds that came back are in the books, and no others",
    ),
    _invariant(
        14,
        "Each payment is credited once, and so is each dispute of one and each purge, however often we are told of it.",
        "each payment is credited once",
        "disputed money is in the books, and no other",
        "credit notes equal their entries",
        "credits stay within what was paid",
    ),
    _invariant(
        15,
        "Every item is where its money is, took only steps that there are, and none while something kept it back.",
        "stages equal their accounts",
        "earnings wait as long as agreed",
        "reserved accruals equal what is set aside",
        "reserved money is what open transfers hold",
        "money in transit is what no bank has",
        "money going back is what refunds wait for",
        "cleared accruals equal their entries",
        "holds equal their entries",
        "released holds equal their entries",
        "voids equal their entries",
        "clawbacks equal their entries",
        "recoveries equal their entries",
        "transfers, payouts and reversals walk only listed steps",
        "refunds walk only listed steps",
        "nothing is sent to whoever is paused",
        "a changed bank account waits for 72 hours",
    ),
    _invariant(
        16,
        "Our books and Stripe's agree to the cent, but for what is named and explained.",
        "the books agree with Stripe",
    ),
    _invariant(
        17,
        "Accounts that money only passes through return to zero; nothing stays in one for more than a week.",
        "nothing is on its way for more than seven days",
    ),
    _invariant(
        18,
        "What was said of closed time stays so: its balances never change, and they sum to zero.",
        "closed time sums to zero",
        "closed time is over",
        "balances of closed time stay as told",
        "nothing dated into a closed period",
    ),
    _invariant(
        19,
        "Every sum that is kept for speed equals the entries that it stands for.",
        "the trial balance equals its legs",
        "checkpoints equal their legs",
        "checkpoints are of this server",
        "past balances equal their legs",
    ),
    _invariant(
        20,
        "Nothing in the books, and no reading, is ever changed or deleted: they only grow, and their chains hold.",
        "no leg is ever lost",
        "readings follow from each other",
        "seals match their legs",
        "the books reach as far as they were closed and sealed",
    ),
    _invariant(
        21,
        "Every job is done, waits its time, runs with a worker that is alive, or is shown as given up.",
        "every job is done, waits its time, runs, or is shown as given up",
        "everything was proved within 36 hours",
    ),
    _invariant(
        22,
        "A week is paid by one batch, and pays nobody twice for a campaign.",
        "a week has one batch",
        "a week pays nobody twice for a campaign",
    ),
    _invariant(
        23,
        "Nobody is told twice of one thing, or of something that did not happen.",
        "each message has its cause and comes once",
    ),
    _invariant(
        24,
        "Every statement and balance page, read at any moment, adds up to the total in its own heading.",
        "statements add up to balances",
        "what creators are shown adds up",
    ),
    _invariant(
        25,
        "What was answered with yes is there, whole and once; what was answered with no left no trace.",
        "refund requests are carried out as they were asked",
        "acts on earnings have their effect",
    ),
    _invariant(
        26,
        "No key, token, card number or bank account number is in anything that we keep or send.",
        "no secret is written down",
    ),
)
