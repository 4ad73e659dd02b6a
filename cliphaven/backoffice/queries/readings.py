"""What must hold of readings: none is lost or rewritten, a missing one changes nothing, an old one replaces nothing."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from django.db import connection

from cliphaven.clips import queries as clips
from cliphaven.foundation import arrays
from cliphaven.foundation.money import VIEWS_MAX
from cliphaven.ledger import queries as books
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.models import Observation, TrackedClip
from cliphaven.tracking.rules.believed import FAULT_ABOVE

FAILURES_SHOWN_MAX = 100

# What is kept of a clip beside what its believed readings say. Those of a call in quarantine move nothing, nor does a
# count of nothing where there was plenty.
_KEPT = """
select t.clip_id, t.views_seen, t.views_settled, t.measured_at, h.highest, h.latest, s.views, s.believed
  from tracking_trackedclip t
  left join lateral (select max(o.views) filter (where o.believed) as highest,
                            max(o.observed_at) filter (where c.quarantined_at is null
                                                         and (o.believed or o.views > 0)) as latest
                       from tracking_observation o join tracking_vendorcall c on c.id = o.call_id
                      where o.clip_id = t.clip_id) h on true
  left join tracking_observation s on s.id = t.seen_observation_id and s.clip_id = t.clip_id
 where t.clip_id = any(%s::bigint[])
   and (t.views_seen is distinct from h.highest or t.views_seen is distinct from s.views
        or t.views_settled > t.views_seen or s.believed is false or t.measured_at < h.latest)
 order by t.clip_id limit %s"""

_IN_ORDER = """
with reading as (
  select id, clip_id, call_id, views, observed_at, believed,
         max(observed_at) over (partition by clip_id order by id rows between unbounded preceding and 1 preceding)
           as newest,
         lag(views) over (partition by clip_id, believed order by id) as before
    from tracking_observation where clip_id = any(%s::bigint[]))
select clip_id, id, case
    when believed and observed_at < newest then 'is older than one that was there before, and was believed'
    when believed and views = 0 and before > %s then 'says nothing where there was plenty, and was believed'
  end as problem
  from reading
 where believed and (observed_at < newest or (views = 0 and before > %s))
 order by clip_id, id limit %s"""

# What a call said it measured, beside the readings that were made of it.
_UNMEASURED = """
select c.id, count(o.id), coalesce((c.outcomes->>'measured')::int, c.measured)
  from tracking_vendorcall c join tracking_observation o on o.call_id = c.id
 where o.clip_id = any(%s::bigint[])
 group by c.id having count(o.id) > coalesce((c.outcomes->>'measured')::int, c.measured)
 order by c.id limit %s"""

# The newest answers that are still kept as they came, and the readings that were made of each.
_ANSWERS = "select id, raw_json from tracking_vendorcall where raw_json is not null order by id desc limit %s"
_MADE_OF_THEM = """
select o.call_id, o.id, o.clip_id, c.video_id, o.views
  from tracking_observation o join clips_clip c on c.id = o.clip_id
 where o.call_id >= %s order by o.call_id, o.clip_id"""
ANSWERS_READ_AGAIN = 300
_COUNTERS = ("playCount", "videoPlayCount", "viewCount")


def _readings_are_whole(look: books.Look) -> books.Check:
    """Each reading of a clip carries the hash of the one before it: nobody took one out or changed it."""
    countable = clips.countable_clips().order_by("-id").values_list("id", flat=True)
    clip_ids = list(countable[: look.limits.chains_max])
    failures = []
    for clip_id in clip_ids:
        place = tracking.broken_link(clip_id)
        if place is not None:
            failures.append(f"reading {place + 1} of clip {clip_id} does not follow from those before it")
    return _check("readings follow from each other", len(clip_ids), failures)


def _what_is_kept_was_read(look: books.Look) -> books.Check:
    """The views that count of a clip are those of its highest believed reading, which is named."""
    clip_ids = _tracked(look)
    return _check(
        "believed views are the highest believed reading",
        len(clip_ids),
        [
            f"clip {clip_id} has {seen} views seen and {settled} standing, measured at {measured_at}: its highest "
            f"believed reading says {highest}, the named one {named}, the latest is of {latest}"
            for clip_id, seen, settled, measured_at, highest, latest, named, _ in _rows(
                _KEPT, arrays.numbers(clip_ids), FAILURES_SHOWN_MAX
            )
        ],
    )


def _readings_come_in_order(look: books.Look) -> books.Check:
    """A stale reading never follows a newer one, and a missing one is no reading: it makes no views zero."""
    clip_ids = _tracked(look)
    ids = arrays.numbers(clip_ids)
    failures = [
        f"reading {reading_id} of clip {clip_id} {problem}"
        for clip_id, reading_id, problem in _rows(_IN_ORDER, ids, FAULT_ABOVE, FAULT_ABOVE, FAILURES_SHOWN_MAX)
    ]
    failures += [
        f"call {call_id} measured {measured} clips and made {made} readings"
        for call_id, made, measured in _rows(_UNMEASURED, ids, FAILURES_SHOWN_MAX)
    ]
    failures += _not_in_their_answers(min(look.limits.chains_max or ANSWERS_READ_AGAIN, ANSWERS_READ_AGAIN))
    looked_at = Observation.objects.filter(clip_id__in=clip_ids).count()
    return _check("missing and stale readings change nothing", looked_at, failures)


def _not_in_their_answers(newest: int) -> list[str]:
    """Each reading is in the vendor's answer that it was made of, beside the id of its clip.

    The answer is read in a way of its own: as text, item by item, without knowing a vendor's dialect.
    """
    answers = _rows(_ANSWERS, newest)
    items = {call_id: _items(json.loads(zlib.decompress(raw))) for call_id, raw in answers}
    failures = []
    for call_id, reading_id, clip_id, video_id, views in _rows(_MADE_OF_THEM, min(items, default=0)):
        if call_id not in items:
            continue  # forgotten after its time
        about = [item for item in items[call_id] if video_id in json.dumps(item)]
        if not any(str(views) in _counts(item) for item in about):
            failures.append(f"reading {reading_id} of clip {clip_id} says {views:,} views, and its answer does not")
        elif not 0 <= views <= VIEWS_MAX:
            failures.append(f"reading {reading_id} of clip {clip_id} says {views:,} views, which nothing can have")
    return failures


def _items(answer: object) -> list[dict[str, Any]]:
    """The objects of a list, whether the answer is the list or holds it."""
    lists = answer.values() if isinstance(answer, dict) else [answer]
    return [item for one in lists if isinstance(one, list) for item in one if isinstance(item, dict)]


def _counts(item: dict[str, Any]) -> set[str]:
    statistics = item.get("statistics")
    everywhere = {**item, **(statistics if isinstance(statistics, dict) else {})}
    return {str(everywhere[name]) for name in _COUNTERS if name in everywhere}


def _tracked(look: books.Look) -> list[int]:
    return list(TrackedClip.objects.order_by("-pk").values_list("pk", flat=True)[: look.limits.rows_max])


def _rows(statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())


def _check(name: str, looked_at: int, failures: Sequence[str]) -> books.Check:
    return books.Check(name=name, looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX]))


_READINGS = frozenset({"tracking_observation", "tracking_trackedclip"})
QUESTIONS = (
    books.Question(name="readings follow from each other", reads=books.TIME, ask=_readings_are_whole),
    books.Question(name="believed views are the highest believed reading", reads=_READINGS, ask=_what_is_kept_was_read),
    books.Question(name="missing and stale readings change nothing", reads=_READINGS, ask=_readings_come_in_order),
)
