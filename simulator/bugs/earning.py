"""Mistakes in earning: rates, rounding, fees, caps, the end of budgets, clearing, voids, what is shown."""

from dataclasses import replace
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

ACCRUING = "cliphaven.earnings.operations.accruing"
ACCRUING_RULES = "cliphaven.earnings.rules.accruing"
POSITIONS = "cliphaven.earnings.queries.positions"
BALANCES = "cliphaven.earnings.queries.balances"
MONEY = "cliphaven.foundation.money"


def _completes_one_cent_early(planting: Planting) -> None:
    def with_a_cent_kept(real: Any) -> Any:
        def locked_budget(**named: Any) -> Any:
            budget = real(**named)
            return replace(budget, amount_minor=max(0, budget.amount_minor - 1))

        return locked_budget

    planting.replace("cliphaven.campaigns.operations.campaigns", "locked_budget", with_a_cent_kept)


def _parts_by_creator_alone(planting: Planting) -> None:
    def by_creator(real: Any) -> Any:
        def payable_parts(**named: Any) -> list[Any]:
            parts: dict[tuple[int, str], Any] = {}
            for part in real(**named):
                whose = part.creator_id, part.currency
                before = parts.get(whose)
                parts[whose] = (
                    part
                    if before is None
                    else replace(
                        before,
                        amount_minor=before.amount_minor + part.amount_minor,
                        accrual_ids=(*before.accrual_ids, *part.accrual_ids),
                        campaign_ended=before.campaign_ended or part.campaign_ended,
                        last_cleared_at=max(before.last_cleared_at, part.last_cleared_at),
                    )
                )
            return list(parts.values())

        return payable_parts

    planting.replace(BALANCES, "payable_parts", by_creator)


def _counts_full_hundreds(planting: Planting) -> None:
    def rounded_up(real: Any) -> Any:
        def believed_counts(tracked: Any, **named: Any) -> list[Any]:
            return [replace(count, views=-(-count.views // 100) * 100) for count in real(tracked, **named)]

        return believed_counts

    planting.replace("cliphaven.tracking.queries", "believed_counts", rounded_up)


def _rounds_half_to_even(planting: Planting) -> None:
    def to_even(real: Any) -> Any:
        def divided(value: int, divisor: int) -> int:
            whole, rest = divmod(value, divisor)
            return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2))

        return divided

    planting.replace(MONEY, "divided_half_up", to_even)


def _rounds_each_difference(planting: Planting) -> None:
    def of_new_views(real: Any) -> Any:
        def steps(uncounted: Any, *, budget_minor: int) -> list[Any]:
            """Of the views since the last count, each time anew."""
            before = uncounted.counted
            positions = [
                replace(one, views_seen=one.views_seen - before[one.clip_id].views, gross_so_far_minor=0)
                if one.clip_id in before
                else one
                for one in uncounted.positions
            ]
            found = real(replace(uncounted, positions=positions), budget_minor=budget_minor)
            return [
                replace(step, gross_total_minor=before[step.clip_id].gross_minor + step.gross_minor)
                if step.clip_id in before
                else step
                for step in found
            ]

        return steps

    planting.replace(f"{POSITIONS}:Uncounted", "steps", of_new_views)


def _one_rate_for_all(planting: Planting) -> None:
    def with_the_first(real: Any) -> Any:
        def clip_terms(terms: Any, *, platform: str) -> Any:
            return real(terms, platform=min(terms.cpm_minor))

        return clip_terms

    planting.replace(POSITIONS, "clip_terms", with_the_first)


def _fee_of_each_entry(planting: Planting) -> None:
    def of_the_step(real: Any) -> Any:
        def fee_of_step(*, gross_so_far_minor: int, gross_minor: int, fee_bp: int) -> int:
            return int(real(gross_so_far_minor=0, gross_minor=gross_minor, fee_bp=fee_bp))

        return fee_of_step

    planting.replace(ACCRUING_RULES, "fee_of_step", of_the_step)


def _caps_forget(planting: Planting) -> None:
    planting.replace(POSITIONS, "gross_by_creator", lambda real: lambda **named: {})


def _booked_after_the_commit(planting: Planting) -> None:
    def later(real: Any) -> Any:
        def record(entries: Any) -> int:
            from django.db import transaction

            from cliphaven.foundation.transactions import own_transaction
            from cliphaven.ledger.chart import EntryKind

            if not entries or entries[0].kind is not EntryKind.ACCRUAL:
                return int(real(entries))
            transaction.on_commit(lambda: own_transaction(real)(entries))
            return len(entries)

        return record

    planting.replace("cliphaven.ledger.operations", "record", later)


def _clears_a_day_early(planting: Planting) -> None:
    """Not by looking too early: whoever does that waits for a last look at the clip, and nothing happens."""

    def counted_in(real: Any) -> Any:
        def insert(steps: Any, *, found: Any, **named: Any) -> None:
            terms = {id_: replace(one, hold_days=max(0, one.hold_days - 1)) for id_, one in found.terms.items()}
            real(steps, found=replace(found, terms=terms), **named)

        return insert

    planting.replace(ACCRUING, "_insert", counted_in)


def _held_money_is_taken_from_clearing(planting: Planting) -> None:
    from cliphaven.ledger.chart import AccountKind

    planting.replace(
        "cliphaven.earnings.operations.reversing",
        "_ACCOUNTS",
        lambda real: {**real, "held": AccountKind.CREATOR_CLEARING},
    )


def _void_keeps_the_fee(planting: Planting) -> None:
    def without_fees(real: Any) -> Any:
        def planned(*, targets: Any, **named: Any) -> Any:
            return real(targets=[replace(target, fee_minor=0) for target in targets], **named)

        return planned

    planting.replace("cliphaven.earnings.rules.reversing", "planned", without_fees)


def _budget_read_outside_the_lock(planting: Planting) -> None:
    def unlocked(real: Any) -> Any:
        def locked_budget(*, campaign_id: int) -> Any:
            from cliphaven.campaigns import queries
            from cliphaven.campaigns.models import Campaign
            from cliphaven.campaigns.operations.campaigns import Budget
            from cliphaven.ledger import queries as books

            campaign = Campaign.objects.get(id=campaign_id)
            account = queries.budget_account(campaign_id=campaign_id, currency=campaign.currency)
            return Budget(
                amount_minor=books.balance(account),
                currency=campaign.currency,
                state=campaign.state,
                organisation_id=campaign.organisation_id,
            )

        return locked_budget

    planting.replace("cliphaven.campaigns.operations.campaigns", "locked_budget", unlocked)


def _shown_over_many_snapshots(planting: Planting) -> None:
    planting.replace(BALANCES, "explained_balance", lambda real: real.__wrapped__)


BUGS = (
    Bug(
        name="completes_one_cent_early",
        what="the budget is spent but for one cent, and the campaign is called complete",
        invariant="I5",
        plant=_completes_one_cent_early,
        shows_in=circumstances.small_budgets,
        from_the_start=True,
    ),
    Bug(
        name="parts_by_creator_alone",
        what="a transfer pays all that a creator has, and names the first of the campaigns",
        invariant="I6",
        plant=_parts_by_creator_alone,
        shows_in=circumstances.many_campaigns,
        heals=True,
    ),
    Bug(
        name="counts_full_hundreds",
        what="views are rounded up to the hundred that the platform will show next",
        invariant="I7",
        plant=_counts_full_hundreds,
    ),
    Bug(
        name="rounds_half_to_even",
        what="half a cent goes to the even one",
        invariant="I8",
        plant=_rounds_half_to_even,
        from_the_start=True,
    ),
    Bug(
        name="rounds_each_difference",
        what="new views are worth what they are by themselves: rounding adds up",
        invariant="I8",
        plant=_rounds_each_difference,
    ),
    Bug(
        name="one_rate_for_all",
        what="the campaign's first rate, whatever the platform",
        invariant="I8",
        plant=_one_rate_for_all,
    ),
    Bug(
        name="caps_forget",
        what="the cap of a creator holds for each run alone",
        invariant="I8",
        plant=_caps_forget,
        from_the_start=True,
        shows_in=circumstances.terms_of_all_kinds,
    ),
    Bug(
        name="fee_of_each_entry",
        what="the fee is rounded for each entry by itself",
        invariant="I9",
        plant=_fee_of_each_entry,
        from_the_start=True,
    ),
    Bug(
        name="void_keeps_the_fee",
        what="the sponsor has the earnings back, and not our fee",
        invariant="I9",
        plant=_void_keeps_the_fee,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.keen_on("void or claw back")),
    ),
    Bug(
        name="booked_after_the_commit",
        what="accruals are committed first, and then booked",
        invariant="I5",
        plant=_booked_after_the_commit,
    ),
    Bug(
        name="clears_a_day_early",
        what="the day of earning is the first one of the hold period",
        invariant="I15",
        plant=_clears_a_day_early,
    ),
    Bug(
        name="held_money_is_taken_from_clearing",
        what="a void of what is held takes it from what is clearing",
        invariant="I15",
        plant=_held_money_is_taken_from_clearing,
        shows_in=circumstances.all_of(
            circumstances.busy, circumstances.clears_late, circumstances.bent_on("hold", "void what is held")
        ),
    ),
    Bug(
        name="budget_read_outside_the_lock",
        what="the budget is read first, and nobody is kept from spending it",
        invariant="I5",
        plant=_budget_read_outside_the_lock,
        shows_in=circumstances.all_of(
            circumstances.busy,
            circumstances.crowded,
            circumstances.small_budgets,
            circumstances.bent_on("fund"),
            circumstances.seldom("end", "defund", "pause or open"),
        ),
    ),
    Bug(
        name="shown_over_many_snapshots",
        what="a creator's balance is read statement by statement, while money moves",
        invariant="I24",
        plant=_shown_over_many_snapshots,
        shows_in=circumstances.all_of(
            circumstances.busy, circumstances.crowded, circumstances.clears_at_once, circumstances.bent_on("look")
        ),
    ),
)
