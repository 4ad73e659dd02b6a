"""Mistakes with what the platforms say: readings that are mixed up, made up, believed too much or chained wrongly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

Real = Callable[..., Any]
READINGS, SCRAPES = "cliphaven.providers.items", "cliphaven.providers.scrapes"
RECORDING, CHAINING = "cliphaven.tracking.operations.recording", "cliphaven.tracking.operations.chaining"
BELIEVER = "cliphaven.tracking.operations.believing:Believer"
TRACKING = "cliphaven.tracking.queries"


def _match_by_position(planting: Planting) -> None:
    """The answer has the clips in the order in which they were asked for, somebody thought."""

    def wrong(real: Real) -> Real:
        from cliphaven.providers.items import sighting  # only in a planted house

        def match_items(requested: Sequence[Any], items: Sequence[Any], *, source: str) -> Any:
            said = real(requested, items, source=source)
            polls = []
            for poll, item in zip_longest(said.polls, items[: len(requested)]):
                seen = sighting(poll.clip.platform, item, source) if isinstance(item, dict) else None
                polls.append(poll if seen is None else replace(poll, outcome=seen.outcome, reading=seen.reading))
            return replace(said, polls=tuple(polls))

        return match_items

    planting.replace(SCRAPES, "match_items", wrong)


def _read_silence_as_zero(planting: Planting) -> None:
    """`views or 0`, where there is no item, or one that says that the clip is not there."""

    def wrong(real: Real) -> Real:
        from cliphaven.providers.readings import ClipPoll, ClipReading, PollOutcome

        def best(clip: Any, candidates: Sequence[Any]) -> Any:
            poll = real(clip, candidates)
            if poll.outcome not in (PollOutcome.MISSING, PollOutcome.GONE_HINT):
                return poll
            nothing = ClipReading(
                platform=clip.platform,
                video_id=clip.video_id,
                views=0,
                likes=None,
                comments=None,
                shares=None,
                saves=None,
                author_id=None,
                author_handle=None,
                coauthor_handles=(),
                caption="",
                posted_at=None,
                is_video=None,
                source="nothing",
            )
            return ClipPoll(clip=clip, outcome=PollOutcome.MEASURED, reading=nothing)

        return best

    planting.replace(SCRAPES, "_best", wrong)


def _take_any_number(planting: Planting) -> None:
    """Whatever `int()` takes is a count, and the migration that bounds the columns was never written."""

    def wrong(real: Real) -> Real:
        def count(value: object) -> int | None:
            try:
                return int(value)  # type: ignore[call-overload, no-any-return]  # that is the mistake
            except (TypeError, ValueError):
                return None

        return count

    def believing(real: Real) -> Real:
        return lambda poll: poll

    planting.replace(READINGS, "count", wrong)
    planting.replace(READINGS, "decimal_count", wrong)
    planting.replace(RECORDING, "_plausible", believing)
    planting.sql("alter table tracking_observation drop constraint views_in_bounds")
    planting.sql("alter table tracking_trackedclip drop constraint views_seen_in_bounds")


def _take_back_what_was_seen(planting: Planting) -> None:
    """When a platform takes views back, the count that earnings are made of falls, too."""

    def wrong(real: Real) -> Real:
        def believe(self: Any, tracked: Any, before: Any, judgement: Any, **named: Any) -> None:
            real(self, tracked, before, judgement, **named)
            if tracked.views_seen != judgement.believed.settled:
                tracked.views_seen, tracked.seen_at = judgement.believed.settled, self.now

        return believe

    planting.replace(BELIEVER, "_believe", wrong)


def _write_nothing_for_zero(planting: Planting) -> None:
    """`likes or None`, but only in the row: the hash is that of the 0 that was read."""

    def wrong(real: Real) -> Real:
        def write(*, drafts: Sequence[Any], **named: Any) -> Any:
            return real(drafts=[replace(draft, facts=nothing(draft.facts)) for draft in drafts], **named)

        def nothing(facts: Any) -> Any:
            names = ("likes", "comments", "shares", "saves")
            return replace(facts, **{name: getattr(facts, name) or None for name in names})

        return write

    planting.replace(CHAINING, "write", wrong)


def _chain_to_the_neighbour(planting: Planting) -> None:
    """The loop over a batch carries the hash of the last clip on to the next one."""
    last: list[bytes] = []

    def wrong(real: Real) -> Real:
        def draft(*, tracked: Any, facts: Any) -> Any:
            if tracked.polls and last:
                tracked.chain_sha256 = last[0]
            made = real(tracked=tracked, facts=facts)
            last[:] = [made.sha256]
            return made

        return draft

    planting.replace(CHAINING, "draft", wrong)
    planting.sql("alter table tracking_observation disable trigger observations_follow")  # it would refuse the row


def _count_the_neighbours_views(planting: Planting) -> None:
    """Counts are fetched by a second query in another order, and put together by their place."""

    def wrong(real: Real) -> Real:
        def believed_counts(tracked: Any, *, at_most: int) -> list[Any]:
            counts = real(tracked, at_most=at_most)
            by_reading = sorted(counts, key=lambda count: int(count.observation_id))
            return [replace(count, views=other.views) for count, other in zip(counts, by_reading, strict=True)]

        return believed_counts

    planting.replace(TRACKING, "believed_counts", wrong)


def _price_by_the_batch(planting: Planting) -> None:
    """The platform, and so the price, is that of the first clip of a batch."""

    def wrong(real: Real) -> Real:
        def believed_counts(tracked: Any, *, at_most: int) -> list[Any]:
            counts = real(tracked, at_most=at_most)
            return [replace(count, platform=counts[0].platform) for count in counts]

        return believed_counts

    planting.replace(TRACKING, "believed_counts", wrong)


BUGS = (
    Bug(
        name="readings_by_position",
        what="the items of a scrape are given to the clips by their place, not by their id",
        invariant="I10",
        plant=_match_by_position,
        shows_in=circumstances.scrapes("items_reversed", "item_missing", "items_of_another", "half_answered"),
    ),
    Bug(
        name="silence_is_zero",
        what="a clip that a scrape leaves out, or does not find, is written down with 0 views",
        invariant="I10",
        plant=_read_silence_as_zero,
        shows_in=circumstances.scrapes("item_missing", "half_answered"),
    ),
    Bug(
        name="any_number_is_a_count",
        what="text, negative and impossibly large numbers are taken for counts",
        invariant="I10",
        plant=_take_any_number,
        shows_in=circumstances.scrapes("views_text", "views_negative", "views_huge"),
    ),
    Bug(
        name="seen_views_fall",
        what="when a platform takes views back, the count that earnings are made of falls",
        invariant="I10",
        plant=_take_back_what_was_seen,
    ),
    Bug(
        name="hash_of_another_row",
        what="a reading's hash is made before its zeros are written as nothing",
        invariant="I20",
        plant=_write_nothing_for_zero,
    ),
    Bug(
        name="chain_of_a_neighbour",
        what="in a batch, a reading is chained to the one of the clip before it",
        invariant="I20",
        plant=_chain_to_the_neighbour,
    ),
    Bug(
        name="neighbours_views_counted",
        what="clips and their counts come from two queries in different orders",
        invariant="I7",
        plant=_count_the_neighbours_views,
    ),
    Bug(
        name="price_of_another_platform",
        what="all clips of a batch are paid at the price of the first one's platform",
        invariant="I8",
        plant=_price_by_the_batch,
        from_the_start=True,
    ),
)
