"""Every clip's accruals played anew, from the terms it was submitted under and the readings that its rows name."""

from itertools import groupby

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.queries import positions, sums
from cliphaven.earnings.rules import accruing
from cliphaven.ledger import queries as books

CHUNK = 5_000
FAILURES_SHOWN_MAX = 100


def accruals_follow_from_terms_and_readings() -> books.Check:
    """Each accrual is what its clip still wanted, under its pinned terms, for the views that the reading says."""
    rows = Accrual.objects.order_by("clip_id", "number").select_related("clip", "to_observation")
    terms = campaigns.earning_terms(list(Accrual.objects.order_by().values_list("terms_id", flat=True).distinct()))
    failures: list[str] = []
    looked_at = 0
    for _, of_clip in groupby(rows.iterator(chunk_size=CHUNK), key=lambda accrual: accrual.clip_id):
        before: Accrual | None = None
        for accrual in of_clip:
            looked_at += 1
            problem = _problem(accrual, before=before, terms=terms[accrual.terms_id])
            if problem:
                failures.append(f"accrual {accrual.name} {problem}")
            before = accrual
    return books.Check(
        name="accruals follow from terms and readings",
        looked_at=looked_at,
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )


def creators_stay_below_their_caps() -> books.Check:
    """No clip earned while its creator, by all clips in the campaign, was at the clip's cap: played run by run."""
    caps = campaigns.creator_caps()
    campaign_ids = list(
        Accrual.objects.filter(terms__in=caps).order_by().values_list("campaign_id", flat=True).distinct()
    )
    rows = (
        Accrual.objects.filter(campaign_id__in=campaign_ids)
        .order_by("campaign_id", "creator_id", "accrued_at", "id")
        .values_list("campaign_id", "creator_id", "accrued_at", "terms_id", "gross_minor", "clip_id", "number")
        .iterator(chunk_size=CHUNK)
    )
    failures: list[str] = []
    looked_at = 0
    for _, of_creator in groupby(rows, key=lambda row: row[:2]):
        earned_minor = 0
        for _, run in groupby(of_creator, key=lambda row: row[2]):
            lines = sorted((caps.get(row[3]) or accruing.NO_CAP, row[4], f"{row[5]}:{row[6]}") for row in run)
            looked_at += len(lines)
            for cap_minor, gross_minor, name in lines:
                earned_minor += gross_minor
                if earned_minor > cap_minor:
                    failures.append(
                        f"accrual {name} brings its creator to {earned_minor}, above the cap of {cap_minor}"
                    )
    return books.Check(
        name="creators stay below their caps", looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX])
    )


def counted_views_were_seen() -> books.Check:
    """No clip counts more views than were ever believed."""
    return books.Check(
        name="counted views were seen",
        looked_at=Accrual.objects.values("clip_id").distinct().count(),
        failures=tuple(f"clip {clip_id} counts more views than were ever believed" for clip_id in sums.anomalies()),
    )


def _problem(accrual: Accrual, *, before: Accrual | None, terms: campaigns.EarningTerms) -> str:
    """What is wrong with one accrual, fit to follow its name; empty when nothing is."""
    number, views, observation_id, so_far_minor = (
        (before.number, before.views_to, before.to_observation_id, before.gross_total_minor)
        if before
        else (0, 0, None, 0)
    )
    follows = (accrual.number, accrual.views_from, accrual.from_observation_id) == (number + 1, views, observation_id)
    if not follows or accrual.gross_total_minor != so_far_minor + accrual.gross_minor:
        return "does not go on where the one before it ended"
    if accrual.terms_id != accrual.clip.terms_id or accrual.campaign_id != accrual.clip.campaign_id:
        return "was made under terms that its clip does not have"
    if accrual.to_observation.clip_id != accrual.clip_id or accrual.to_observation.views != accrual.views_to:
        return f"counts {accrual.views_to:,} views, which its reading does not say"
    clip_terms = positions.clip_terms(terms, platform=accrual.clip.platform)
    position = accruing.Position(
        clip_id=accrual.clip_id,
        creator_id=accrual.creator_id,
        views_seen=accrual.views_to,
        gross_so_far_minor=so_far_minor,
        terms=clip_terms,
    )
    wanted = accruing.wanted(position)
    if accrual.gross_minor + accrual.capped_minor + accrual.unfunded_minor != wanted:
        return (
            f"should be worth {wanted} and is {accrual.gross_minor}, {accrual.capped_minor} above a cap"
            f" and {accrual.unfunded_minor} unfunded"
        )
    if accrual.capped_minor and clip_terms.creator_cap_minor is None:
        return f"is short of {accrual.capped_minor} by a cap that its terms do not have"
    return ""
