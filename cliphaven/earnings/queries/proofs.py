"""The proof of what was earned: accruals against the books, the transfers, the terms and the readings."""

from collections.abc import Callable, Iterator
from itertools import groupby, islice

from django.db.models import F, QuerySet, Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings import queries as earnings
from cliphaven.earnings import rules
from cliphaven.earnings.models import Accrual
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

CHUNK = 5_000
FAILURES_SHOWN_MAX = 100


@one_snapshot
def books_checks() -> list[books.Check]:
    """Whether the accruals say what the books say, and follow from the pinned terms and the readings they name."""
    cleared = Accrual.objects.filter(cleared_at__isnull=False, gross_minor__gt=F("fee_minor"))
    return [
        _against_books("accruals equal their entries", EntryKind.ACCRUAL, Accrual.objects.all(), _accrued),
        _against_books("cleared accruals equal their entries", EntryKind.CLEAR, cleared, _cleared),
        _reserved_accruals_equal_what_is_set_aside(),
        _accruals_follow_from_terms_and_readings(),
        _counted_views_were_seen(),
    ]


def _against_books(
    name: str,
    kind: EntryKind,
    accruals: QuerySet[Accrual],
    legs: Callable[[Accrual], list[books.ClaimedLeg]],
) -> books.Check:
    """Each accrual has its like in the books, and the books have no entry more."""
    failures: list[str] = []
    looked_at = 0
    for chunk in _chunks(accruals):
        looked_at += len(chunk)
        unlike = books.unlike(kind, [leg for accrual in chunk for leg in legs(accrual)])
        failures += [f"accrual {external_id} is not what the books say" for external_id in unlike]
    entries = books.entry_count(kind)
    if entries != looked_at:
        failures.append(f"the books have {entries:,} such entries for {looked_at:,} accruals")
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


def _reserved_accruals_equal_what_is_set_aside() -> books.Check:
    """Otherwise an accrual could be paid twice: once by the transfer that has it, once as still payable."""
    sums = (
        Accrual.objects.filter(reserved_for__isnull=False)
        .values_list("reserved_for", "creator_id", "currency")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")))
        .order_by("reserved_for")
    )
    rows = sums.iterator(chunk_size=CHUNK)
    failures: list[str] = []
    looked_at = 0
    while chunk := list(islice(rows, CHUNK)):
        looked_at += len(chunk)
        legs = [
            books.ClaimedLeg(
                external_id=f"transfer:{transfer_id}",
                debit=Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=creator_id, currency=currency),
                credit=Account(kind=AccountKind.CREATOR_RESERVED, owner_id=creator_id, currency=currency),
                amount_minor=int(net),
            )
            for transfer_id, creator_id, currency, net in chunk
        ]
        unlike = books.unlike(EntryKind.RESERVE, legs)
        failures += [f"{external_id} does not hold what its accruals say" for external_id in unlike]
    held = books.entry_count(EntryKind.RESERVE) - books.entry_count(EntryKind.UNRESERVE)
    if held != looked_at:
        failures.append(f"the books hold money for {held:,} transfers, accruals for {looked_at:,}")
    return books.Check(
        name="reserved accruals equal what is set aside",
        looked_at=looked_at,
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


def _accruals_follow_from_terms_and_readings() -> books.Check:
    """Play every clip's accruals anew, from the terms it was submitted under and the readings that its rows name."""
    rows = Accrual.objects.order_by("clip_id", "number").select_related("clip", "to_observation")
    terms = campaigns.earning_terms(list(Accrual.objects.values_list("terms_id", flat=True).distinct()))
    failures: list[str] = []
    looked_at = 0
    for _, of_clip in groupby(rows.iterator(chunk_size=CHUNK), key=lambda accrual: accrual.clip_id):
        before: Accrual | None = None
        gross_so_far_minor = 0
        for accrual in of_clip:
            looked_at += 1
            problem = _problem(
                accrual, before=before, gross_so_far_minor=gross_so_far_minor, terms=terms[accrual.terms_id]
            )
            if problem:
                failures.append(f"accrual {accrual.clip_id}:{accrual.number} {problem}")
            before = accrual
            gross_so_far_minor += accrual.gross_minor
    return books.Check(
        name="accruals follow from terms and readings",
        looked_at=looked_at,
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


def _problem(
    accrual: Accrual, *, before: Accrual | None, gross_so_far_minor: int, terms: campaigns.EarningTerms
) -> str:
    """What is wrong with one accrual, fit to follow its name; empty when nothing is."""
    number, views, observation_id = (
        (before.number, before.views_to, before.to_observation_id) if before else (0, 0, None)
    )
    follows = (accrual.number, accrual.views_from, accrual.from_observation_id) == (number + 1, views, observation_id)
    if not follows:
        return "does not go on where the one before it ended"
    if accrual.terms_id != accrual.clip.terms_id or accrual.campaign_id != accrual.clip.campaign_id:
        return "was made under terms that its clip does not have"
    if accrual.to_observation.clip_id != accrual.clip_id or accrual.to_observation.views != accrual.views_to:
        return f"counts {accrual.views_to:,} views, which its reading does not say"
    position = rules.Position(
        clip_id=accrual.clip_id,
        views_seen=accrual.views_to,
        gross_so_far_minor=gross_so_far_minor,
        terms=rules.ClipTerms(
            cpm_minor=terms.cpm_minor[accrual.clip.platform],
            min_views=terms.min_views,
            max_payout_minor=terms.max_payout_per_clip_minor,
            fee_bp=terms.fee_bp,
        ),
    )
    wanted = rules.wanted(position)
    if accrual.gross_minor + accrual.unfunded_minor != wanted:
        return f"should be worth {wanted} and is {accrual.gross_minor} and {accrual.unfunded_minor} unfunded"
    fee = rules.fee_of_step(gross_so_far_minor=gross_so_far_minor, gross_minor=accrual.gross_minor, fee_bp=terms.fee_bp)
    return "" if accrual.fee_minor == fee else f"should carry a fee of {fee} and carries {accrual.fee_minor}"


def _counted_views_were_seen() -> books.Check:
    return books.Check(
        name="counted views were seen",
        looked_at=Accrual.objects.values("clip_id").distinct().count(),
        failures=tuple(f"clip {clip_id} counts more views than were ever believed" for clip_id in earnings.anomalies()),
    )


def _accrued(accrual: Accrual) -> list[books.ClaimedLeg]:
    budget = campaigns.budget_account(campaign_id=accrual.campaign_id, currency=accrual.currency)
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=accrual.creator_id, currency=accrual.currency)
    fees = Account(kind=AccountKind.PLATFORM_FEES, currency=accrual.currency)
    return [
        books.ClaimedLeg(external_id=_name(accrual), debit=budget, credit=account, amount_minor=amount)
        for account, amount in ((clearing, accrual.net_minor), (fees, accrual.fee_minor))
        if amount
    ]


def _cleared(accrual: Accrual) -> list[books.ClaimedLeg]:
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=accrual.creator_id, currency=accrual.currency)
    payable = Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=accrual.creator_id, currency=accrual.currency)
    leg = books.ClaimedLeg(external_id=_name(accrual), debit=clearing, credit=payable, amount_minor=accrual.net_minor)
    return [leg]


def _name(accrual: Accrual) -> str:
    return f"{accrual.clip_id}:{accrual.number}"


def _chunks(accruals: QuerySet[Accrual]) -> Iterator[list[Accrual]]:
    rows = accruals.order_by("id").iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
