"""What can be said only when nothing is under way any more, or with what others know: for tests and the simulator.

The checks have the numbers of `invariants`, and the same shape. In the middle of things they would cry wolf: a transfer
that Stripe made a second ago is in no book yet, and an answer that is still on its way has no effect so far.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.backoffice.queries import reconciliations
from cliphaven.backoffice.queries.house import ARRIVES_WITHIN
from cliphaven.backoffice.queries.kept_texts import known_secrets
from cliphaven.backoffice.rules.leaks import leaks
from cliphaven.campaigns.queries import invariants as campaigns
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import EntryKind
from cliphaven.payouts.models import Transfer, TransferReversal
from cliphaven.payouts.queries import kept_back

FAILURES_SHOWN_MAX = 100
AGREES = "at rest the books agree with Stripe to the cent"
SEEN_TO = "at rest whatever is still on its way waits for somebody who is told so"
SENT_ONCE = "at rest transfers and items belong to each other, one to one"
ANSWERED = "what was answered with yes is there, and nothing of what was answered with no"
SILENT = "no secret leaves the house"


@dataclass(frozen=True, kw_only=True)
class AtStripe:
    """A transfer as Stripe has it; the amount in minor units."""

    stripe_id: str
    group: str
    destination: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What somebody asked for and was told: an entry of these books, by a yes or by a no.

    The amount is that of all its legs, in minor units; None where only the house can reckon it.
    """

    kind: EntryKind
    external_id: str
    amount_minor: int | None
    was_yes: bool


def agrees_to_the_cent(*, run_id: int) -> books.Check:
    """I16: a reconciliation, made now, has no line that it does not explain, and its figures are equal."""
    found = [line for line in reconciliations.lines(run_id=run_id) if not line.is_explained]
    return _check(AGREES, 1, [str(line) for line in found])


def nothing_is_forgotten(*, now: datetime) -> books.Check:
    """I17: what has not arrived after a week is shown to whoever can see to it: a creator, a sponsor or the staff."""
    before = now - ARRIVES_WITHIN
    return _check(SEEN_TO, 1, [*kept_back.forgotten(before=before), *campaigns.forgotten_refunds(before=before)])


def transfers_are_sent_once(at_stripe: Sequence[AtStripe]) -> books.Check:
    """I11, I12: each transfer at Stripe is one item of ours, with its amount and account, and each sent item is there.

    What a person sent again at Stripe, and said so, is known by that.
    """
    again = set(TransferReversal.objects.filter(sent_again_id__isnull=False).values_list("sent_again_id", flat=True))
    rows = Transfer.objects.filter(stripe_id__isnull=False).select_related("batch").order_by("id")
    ours = {
        str(row.stripe_id): AtStripe(
            stripe_id=str(row.stripe_id),
            group=row.group,
            destination=row.destination,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
        for row in rows
    }
    theirs = {one.stripe_id: one for one in at_stripe if one.stripe_id not in again}
    failures = [f"Stripe made {id_}, and no item of ours is it" for id_ in sorted(theirs.keys() - ours.keys())]
    failures += [f"{id_} is an item's, and Stripe has no such transfer" for id_ in sorted(ours.keys() - theirs.keys())]
    failures += [
        f"{id_} is {theirs[id_]} at Stripe, and {ours[id_]} is what we asked for"
        for id_ in sorted(theirs.keys() & ours.keys())
        if theirs[id_] != ours[id_]
    ]
    groups = Counter(one.group for one in theirs.values())
    failures += [f"{group} was sent {times} times" for group, times in sorted(groups.items()) if times > 1]
    return _check(SENT_ONCE, len(theirs.keys() | ours.keys()), failures)


def answers_are_kept(promises: Iterable[Promise]) -> books.Check:
    """I25: each yes has its entry, with the amount that was asked for; each name that only got noes has none.

    Of one name may have been asked several times. Who was told nothing, or that nobody knows, promises nothing.
    """
    told: dict[tuple[EntryKind, str], list[Promise]] = {}
    for promise in promises:
        told.setdefault((promise.kind, promise.external_id), []).append(promise)
    failures = []
    for (kind, external_id), said in told.items():
        entry = books.entry(kind, external_id)
        booked = None if entry is None else sum(leg.amount_minor for leg in entry.legs)
        yes = [promise for promise in said if promise.was_yes]
        name = f"{kind.name.lower()} {external_id}"
        if yes and booked is None:
            failures.append(f"{name} was answered with yes and is not in the books")
        if not yes and booked is not None:
            failures.append(f"{name} was answered with no and is in the books")
        amounts = {promise.amount_minor for promise in yes}
        if booked is not None and yes and None not in amounts and booked not in amounts:
            failures.append(f"{name} is {booked} in the books, and {sorted(map(str, amounts))} was answered with yes")
    return _check(ANSWERED, len(told), failures)


def tells_no_secret(texts: Iterable[str]) -> books.Check:
    """I26: no line of a log, no mail and no answer of a page holds a secret; `texts` are those that were written."""
    secrets = known_secrets()
    looked_at, failures = 0, []
    for text in texts:
        looked_at += 1
        failures += [f"text {looked_at} holds {what}" for what in leaks(text, secrets=secrets)]
    return _check(SILENT, looked_at, failures)


# Which invariant each is a part of.
NUMBERS = {AGREES: "I16", SEEN_TO: "I17", SENT_ONCE: "I11", ANSWERED: "I25", SILENT: "I26"}


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))
