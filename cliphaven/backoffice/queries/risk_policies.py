"""The versions of the policy as people read them: who, when, why, what changed, and what each was said to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cliphaven.foundation import money
from cliphaven.fraud.models import PeerTable
from cliphaven.fraud.queries import policies
from cliphaven.fraud.rules.judging import MILLI
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.identity import queries as people

PEER_TABLES_SHOWN = 50
NOBODY = "The installation"
_SETTINGS = {
    "hold_days": "days held",
    "appeal_days": "days to appeal",
    "probe_percent": "read hourly from, in % of T₁",
    "live_from_percent": "bar, in %",
    "credit_window_days": "days in which sponsors are credited",
}
_AMOUNTS = {
    "review_above_minor": "for review from",
    "clawback_max_minor": "taken back at most",
    "credit_max_minor": "credited at most",
    "analytics_above_minor": "analytics asked from",
}


@dataclass(frozen=True, kw_only=True)
class ToldAffected:
    """So many clips of so many creators, and at most so much money, as a version was said to hold."""

    clips: int
    creators: int
    money: Sequence[tuple[str, int]]


@dataclass(frozen=True, kw_only=True)
class ToldPreview:
    """What whoever saved a version was shown."""

    looked_at: int
    newly_held: ToldAffected
    no_longer_held: ToldAffected


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """One version beside the one before it: what changed, in words, and the signals that it made live below the bar."""

    number: int
    who: str
    made_at: datetime | None
    reason: str
    changes: Sequence[str]
    against_the_bar: Sequence[tuple[str, str]]
    preview: ToldPreview | None


def version_lines() -> list[VersionLine]:
    """The versions, the latest first, the default of an installation at the end."""
    found = policies.versions()
    names = people.names([one.made_by for one in found if one.made_by is not None])
    before = [*found[1:], None]
    return [
        VersionLine(
            number=one.number,
            who=NOBODY if one.made_by is None else names.get(one.made_by, f"Person {one.made_by}"),
            made_at=one.made_at,
            reason=one.reason,
            changes=[] if earlier is None else _changes(earlier, one),
            against_the_bar=sorted(one.against_the_bar.items()),
            preview=told_preview(one.preview),
        )
        for one, earlier in zip(found, before, strict=True)
    ]


def peer_tables() -> list[tuple[int, str]]:
    """The installation's own peer tables, by number and in words, the latest first."""
    rows = PeerTable.objects.order_by("-id").values_list("id", "clips", "source", "built_at")[:PEER_TABLES_SHOWN]
    return [(number, f"No. {number}: {clips:,} clips, {source}, {at:%d %b %Y}") for number, clips, source, at in rows]


def told_preview(kept: Mapping[str, Any]) -> ToldPreview | None:
    """A preview as it was kept with its version; None where none was."""
    if not kept:
        return None
    return ToldPreview(
        looked_at=int(kept["looked_at"]),
        newly_held=_affected(kept["newly_held"]),
        no_longer_held=_affected(kept["no_longer_held"]),
    )


def _affected(kept: Mapping[str, Any]) -> ToldAffected:
    return ToldAffected(
        clips=int(kept["clips"]), creators=int(kept["creators"]), money=sorted(kept["money_minor"].items())
    )


def _changes(earlier: policies.PolicyVersion, later: policies.PolicyVersion) -> list[str]:
    """What one version says otherwise than the one before it, a sentence each."""
    before, after = earlier.draft, later.draft
    said = [
        f"{signal.value}: {before.mode(signal)} → {after.mode(signal)}"
        for signal in Signal
        if before.mode(signal) != after.mode(signal)
    ]
    for name, words in (("hold_from_milli", "T₁"), ("release_below_milli", "T₀")):
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            said.append(f"{words}: {_score(one)} → {_score(other)}")
    for name, words in _SETTINGS.items():
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            said.append(f"{words}: {one:,} → {other:,}")
    if before.bypass_basis_points != after.bypass_basis_points:
        said.append(f"sample: {before.bypass_basis_points / 100:g} % → {after.bypass_basis_points / 100:g} %")
    for name, words in _AMOUNTS.items():
        for currency, minor in sorted(getattr(after, name).items()):
            was = getattr(before, name).get(currency, 0)
            if was != minor:
                said.append(
                    f"{words}: {money.formatted(was, currency=currency)} → {money.formatted(minor, currency=currency)}"
                )
    if earlier.peer_table_id != later.peer_table_id:
        said.append(f"peer tables: {_tables(earlier.peer_table_id)} → {_tables(later.peer_table_id)}")
    return said


def _score(milli: int | None) -> str:
    return "of the peer tables" if milli is None else f"{milli / MILLI:.2f}"


def _tables(number: int | None) -> str:
    return "those of the house" if number is None else f"No. {number}"
