"""A replay's figures as tables for people."""

from rich.console import Console
from rich.table import Table

from cliphaven.tracking.rules.replay.figures import Cost, Figures

_UNMEASURED = "–"
_WHOLE_FROM = 100


def as_table(found: Figures) -> None:
    """Print the figures to the terminal."""
    console = Console()
    console.print(_costs(found))
    console.print(_rest(found))


def _costs(found: Figures) -> Table:
    table = Table(
        title=f"{found.policy} at μ = {found.price:g} USD·h, {found.cpm_usd:g} USD a thousand views: {found.clips:,}"
        f" {'clip' if found.clips == 1 else 'clips'}, {_amount(found.clip_months)} clip-months",
        title_justify="left",
    )
    for name in ("", "items", "a clip-month", "lag %", "lag h", "J, USD·h", "J ÷ best"):
        table.add_column(name, justify="left" if not name else "right")
    rows: list[tuple[str, Cost | None, float | None]] = [
        ("the policy alone", found.alone, found.ratio_alone),
        ("… best possible", found.optimum, None),
        ("as polled: batches, sweep, campaigns", found.as_polled, found.ratio_as_polled),
        ("… best possible, alone", found.optimum_as_polled, None),
    ]
    for name, cost, ratio in rows:
        if cost is not None:
            table.add_row(
                name,
                f"{cost.items:,}",
                f"{cost.items_per_clip_month:.1f}",
                f"{cost.lag_percent:.3f}",
                f"{cost.lag_hours:.2f}",
                _amount(cost.cost_usd_hours),
                _number(ratio, 3),
            )
    return table


def _rest(found: Figures) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    fill = ", ".join(f"{platform} {share:.0f}" for platform, share in found.fill_by_platform_percent.items())
    for name, figure in (
        ("calls", f"{found.calls:,}"),
        ("calls a clip-month", f"{found.calls_per_clip_month:.2f}"),
        ("places of a call that are filled, %", f"{found.fill_percent:.1f} ({fill})"),
        ("views unseen on average", f"{found.views_unseen_on_average:,.0f}"),
        ("unseen at Monday's cut-off, % of the week", _number(found.unseen_at_cut_off_percent, 2)),
        ("campaigns that ran out", f"{found.campaigns_run_out} of {found.campaigns}"),
        (
            "seen beyond their budgets, %: mean, p95",
            f"{_number(found.over_run_percent_mean, 2)}, {_number(found.over_run_percent_p95, 2)}",
        ),
        ("… of all these budgets together, %", _number(found.over_run_percent_of_budgets, 2)),
        ("… with what nobody saw, %: mean", _number(found.unpaid_percent_mean, 2)),
        ("found out after, h", _number(found.detection_hours_mean, 1)),
        ("longest beyond what is promised, h", _number(found.longest_over_promise_hours, 2)),
    ):
        table.add_row(name, figure)
    return table


def _amount(figure: float) -> str:
    """Whole where it is large: of a single clip, what is behind the point is all there is."""
    return f"{figure:,.0f}" if figure >= _WHOLE_FROM else f"{figure:,.2f}"


def _number(figure: float | None, digits: int) -> str:
    return _UNMEASURED if figure is None else f"{figure:,.{digits}f}"
