"""A year of observations, by the hundred million: what stands in the table when a house has been open for long.

Clips come in cohorts, one for each month, and are polled 36 times a month for three months. The product's own
function makes the months; the database fills them, each in the order in which polls would have come, so that what is
known of one clip is spread over many pages. Triggers do not fire meanwhile, and two of the three indexes of a month are
made after it was filled. Chains hold as the triggers ask for: each row has the hash of the one before it. The hashes
themselves are of the row's id, and the calls they name are not there.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
from django.db import connection

from benchmarks import tracked_world

FIRST_MONTH = 311  # December 2025, as rules/months.py counts; the last one is that of tracked_world.NOON
MONTHS = 12
COHORTS_OF_MONTH = 3
POLLS_OF_MONTH = 36
COHORTS = MONTHS + COHORTS_OF_MONTH - 1
ROWS_OF_CLIPS = MONTHS * COHORTS_OF_MONTH * POLLS_OF_MONTH
SOURCE = "youtube videos.list viewCount"
_IDS_OF_A_MONTH = 10**12
_FILLED_AT_ONCE = 4
_CLIPS_OF_CALL = 25


@dataclass(frozen=True, kw_only=True)
class ObservedWorld:
    """How many clips a cohort has, and the first clip that is still polled in the last month."""

    cohort: int

    @property
    def clips(self) -> int:
        """All clips."""
        return COHORTS * self.cohort

    @property
    def rows(self) -> int:
        """All observations."""
        return ROWS_OF_CLIPS * self.cohort

    @property
    def first_active(self) -> int:
        """From this clip on all are polled in the last month."""
        return (COHORTS - COHORTS_OF_MONTH) * self.cohort + 1


def make_observations(rows: int, *, owner_url: str) -> ObservedWorld:
    """Clips, and about so many observations of them, in the database that Django's connection leads to."""
    world = ObservedWorld(cohort=max(1, rows // ROWS_OF_CLIPS))
    tracked_world.make_clips(world.clips, unlike=_unlike(world))
    with connection.cursor() as cursor:
        for table, columns in _unlike(world).items():
            key = "id" if table == "clips_clip" else "clip_id"
            values = ", ".join(f"{column} = {value}" for column, value in columns.items())
            cursor.execute(f"update {table} set {values} from (select 1 as n) first where {key} = 1")  # nosec B608  # noqa: S608
        for month in range(MONTHS):
            cursor.execute("select tracking_open_month(%s)", [FIRST_MONTH + month])
        cursor.execute(
            "select setval('tracking_observation_number', %s), setval(pg_get_serial_sequence("
            "'tracking_vendorcall', 'id'), %s)",
            [world.rows + 1, world.rows],
        )
    with ThreadPoolExecutor(max_workers=_FILLED_AT_ONCE) as pool:
        for _ in pool.map(lambda month: _fill(world, month, owner_url), range(MONTHS)):
            pass
    with connection.cursor() as cursor:
        cursor.execute("vacuum (analyze) tracking_crossing")
        cursor.execute("analyze tracking_observation")
    return world


def _unlike(world: ObservedWorld) -> Mapping[str, Mapping[str, str]]:
    """What clip `n` says of its cohort: when it was submitted, and its latest observation."""
    cohort = f"((n - 1) / {world.cohort} - {COHORTS_OF_MONTH - 1})"
    month = f"least({cohort} + {COHORTS_OF_MONTH - 1}, {MONTHS - 1})"
    place = f"((n - 1) % {world.cohort})"
    last_id = _id(world, month, str(POLLS_OF_MONTH - 1), f"({month} - {cohort})", place)
    submitted_at = f"timestamptz '2000-01-01 00:00+00' + make_interval(months => ({FIRST_MONTH} + {cohort})::int)"
    return {
        "clips_clip": {"submitted_at": submitted_at},
        "tracking_trackedclip": {
            "last_observation_id": last_id,
            "chain_sha256": f"sha256(int8send({last_id}))",
            "views_seen": "1000",
            "views_settled": "1000",
        },
    }


def _id(world: ObservedWorld, month: str, poll: str, age: str, place: str) -> str:
    """SQL for the id of a month's poll (from 0) of the clip at this place of the cohort that is `age` months old."""
    number = (
        f"(({month})::bigint * {_polls_of_month(world)}"
        f" + ({poll}) * {COHORTS_OF_MONTH * world.cohort} + ({age}) * {world.cohort} + ({place}) + 1)"
    )
    return f"({number} + ({FIRST_MONTH} + ({month}))::bigint * {_IDS_OF_A_MONTH})"


def _fill(world: ObservedWorld, month: int, owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as session:
        [name] = session.execute(
            "select 'tracking_observation_' || to_char(date '2000-01-01' + make_interval(months => %s), 'YYYY_MM')",
            [FIRST_MONTH + month],
        ).fetchone() or [""]
        indexes = session.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid = %s::regclass and not indisprimary",
            [name],
        ).fetchall()
        for index, _ in indexes:
            session.execute(f"drop index {index}")  # its own name
        session.execute("set session_replication_role = replica")  # what it would check is right by the way it is made
        session.execute(_observing(world, month, name))
        session.execute(_crossing(world, month))
        session.execute("set maintenance_work_mem = '256MB'")
        for _, definition in indexes:
            session.execute(definition)
        # Now, or the server would begin with it while the clock runs.
        session.execute(f"vacuum (analyze) {name}")


def _observing(world: ObservedWorld, month: int, table: str) -> str:
    return f"""
insert into {table} (id, clip_id, call_id, views, likes, comments, shares, saves, observed_at, source, believed,
                     dropped, previous_id, previous_sha256, sha256)
select id, clip_id, ({month} * {_polls_of_month(world)}::bigint + number) / {_CLIPS_OF_CALL} + 1,
       1000 + (age * {POLLS_OF_MONTH} + poll) * 10, 100, 10, null, null,
       timestamptz '2000-01-01 00:00+00' + make_interval(months => {FIRST_MONTH + month}) + poll * interval '19 hours',
       '{SOURCE}', true, false, previous_id,
       case when previous_id = 0 then decode(repeat('00', 32), 'hex') else sha256(int8send(previous_id)) end,
       sha256(int8send(id))
  from {_polls(world, month, _polls_of_month(world))}"""  # nosec B608  # noqa: S608  # numbers of our own


def _crossing(world: ObservedWorld, month: int) -> str:
    """Where a chain begins, and where it goes on in another month: at the month's first poll of each clip."""
    return f"""
insert into tracking_crossing (clip_id, previous_id)
select clip_id, previous_id from {_polls(world, month, COHORTS_OF_MONTH * world.cohort)}"""  # nosec B608  # noqa: S608


def _polls(world: ObservedWorld, month: int, first: int) -> str:
    """SQL for so many polls of a month, in their order: all clips once, then all of them again."""
    same_month = _id(world, str(month), "poll - 1", "age", "place")
    month_before = _id(world, str(month - 1), str(POLLS_OF_MONTH - 1), "age - 1", "place")
    # The oldest cohorts' first months lie before the first one here: their chains begin with it.
    across = f"case when age > 0 then {month_before} else 0 end" if month else "0"
    return f"""
(select number, poll, age, ({month} - age + {COHORTS_OF_MONTH - 1}) * {world.cohort}::bigint + place + 1 as clip_id,
        {_id(world, str(month), "poll", "age", "place")} as id,
        case when poll > 0 then {same_month} else {across} end as previous_id
   from (select n as number, n / {COHORTS_OF_MONTH * world.cohort} as poll,
                n / {world.cohort} % {COHORTS_OF_MONTH} as age, n % {world.cohort} as place
           from generate_series(0, {first - 1}) n) numbers) polls"""  # nosec B608  # noqa: S608


def _polls_of_month(world: ObservedWorld) -> int:
    return POLLS_OF_MONTH * COHORTS_OF_MONTH * world.cohort
