"""Clips that are tracked, by the million: one is made as the product makes it, the database makes the others."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from cliphaven.campaigns.models import Terms
    from cliphaven.clips.models import Channel

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)  # a Wednesday
CAMPAIGNS = 100
PLATFORMS = ("tiktok", "instagram", "youtube")
_INSERTED_AT_ONCE = 4
# Of a third of the clips half are due by noon, the others in the twelve hours after it; they may ride six hours before.
_DUE = "timestamptz '2026-11-11 00:00+00' + interval '24 hours' * ((n::bigint * 7919) % 1000003) / 1000003.0"


def make_clips(clips: int, *, unlike: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """So many tracked clips that count, a third on each platform, in CAMPAIGNS campaigns.

    `unlike` has SQL for columns of a table, by the table's name, in which the clip `n` is to be told from others.
    """
    unlike = unlike or {}
    _make_first()
    _multiply(
        "clips_clip",
        clips,
        {
            "id": "n",
            "campaign_id": f"1 + n % {CAMPAIGNS}",
            "terms_id": f"1 + n % {CAMPAIGNS}",
            "platform": _platform(),
            "video_id": "(1000000000000000000 + n)::text",
            **unlike.get("clips_clip", {}),
        },
    )
    _multiply(
        "tracking_trackedclip",
        clips,
        {
            "clip_id": "n",
            "platform": _platform(),
            "campaign_id": f"1 + n % {CAMPAIGNS}",
            "video_id": "(1000000000000000000 + n)::text",
            "due_at": _DUE,
            "ride_at": f"{_DUE} - interval '6 hours'",
            "overdue_at": f"{_DUE} + interval '2 days'",
            "last_polled_at": f"{_DUE} - interval '20 hours'",
            "measured_at": f"{_DUE} - interval '20 hours'",
            "log_rate": "7 + (n % 100) / 50.0",
            **unlike.get("tracking_trackedclip", {}),
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('clips_clip', 'id'), (select max(id) from clips_clip))")
        cursor.execute("vacuum (analyze) clips_clip, tracking_trackedclip")


def _platform() -> str:
    names = ", ".join(f"'{name}'" for name in PLATFORMS)
    return f"(array[{names}])[1 + n % {len(PLATFORMS)}]"


def _multiply(table: str, number: int, unlike: Mapping[str, str]) -> None:
    """Copies of the table's one row, which differ from it in some columns; `n` runs from 2 on.

    What refers to what is not checked meanwhile: it is right by the way it is made.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            [table],
        )
        columns = [row[0] for row in cursor.fetchall()]
    values = ", ".join(unlike.get(column, f"t.{column}") for column in columns)
    copies = (
        f"insert into {table} ({', '.join(columns)}) select {values}"  # nosec B608  # noqa: S608  # names of our own
        f" from (select * from {table} order by 1 limit 1) t, generate_series"
    )

    def insert(first: int, last: int) -> None:
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
            cursor.execute(f"{copies}({first}, {last}) n")

    firsts = range(2, number + 1, max(1, -(-number // _INSERTED_AT_ONCE)))
    with ThreadPoolExecutor(max_workers=_INSERTED_AT_ONCE) as pool:
        for done in [pool.submit(insert, first, min(number, first + firsts.step - 1)) for first in firsts]:
            done.result()


def _make_first() -> None:
    from cliphaven.campaigns.models import Campaign, Rate, Terms  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.clips.models import Channel  # noqa: PLC0415
    from cliphaven.identity.models import Organisation, User  # noqa: PLC0415
    from cliphaven.tracking.models import TrackedCampaign  # noqa: PLC0415

    organisation = Organisation.objects.create(id=1, name="Ada Ltd", created_at=NOON)
    creator = User.objects.create(email="ben@example.test", name="Ben", created_at=NOON)
    channel = Channel.objects.create(
        creator=creator, platform="tiktok", handle="ben", code="CODE", code_expires_at=NOON, added_at=NOON
    )
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            id=number,
            organisation=organisation,
            title=f"Campaign {number}",
            currency="USD",
            state="active",
            starts_on=NOON.date(),
            created_at=NOON,
        )
        for number in range(1, CAMPAIGNS + 1)
    )
    terms = Terms.objects.bulk_create(
        Terms(id=campaign.id, campaign=campaign, version=1, fee_bp=1_000, created_at=NOON) for campaign in campaigns
    )
    Rate.objects.bulk_create(
        Rate(terms=version, platform=platform, cpm_minor=150) for version in terms for platform in PLATFORMS
    )
    TrackedCampaign.objects.bulk_create(TrackedCampaign(campaign=campaign, is_polled=True) for campaign in campaigns)
    _track_first(channel, terms[0])


def _track_first(channel: "Channel", terms: "Terms") -> None:
    from cliphaven.clips.models import Clip  # noqa: PLC0415  # as above
    from cliphaven.tracking.models import TrackedClip  # noqa: PLC0415

    clip = Clip.objects.create(
        id=1,
        campaign=terms.campaign,
        terms=terms,
        creator=channel.creator,
        channel=channel,
        platform="tiktok",
        video_id="9" * 19,
        canonical_url="https://www.tiktok.com/@ben/video/7777777777777777777",
        submitted_url="https://www.tiktok.com/@ben/video/7777777777777777777",
        posted_at=NOON - timedelta(days=5),
        submitted_at=NOON - timedelta(days=5),
        state="approved",
        author_checked_at=NOON - timedelta(days=5),
        auto_approves_at=NOON - timedelta(days=3),
        decided_at=NOON - timedelta(days=5),
    )
    TrackedClip.following(
        clip,
        worth=0.003,
        rate_variance=0.1,
        log_rate=8.0,
        due_at=NOON,
        ride_at=NOON,
        overdue_at=NOON + timedelta(days=2),
        last_polled_at=NOON - timedelta(hours=20),
        measured_at=NOON - timedelta(hours=20),
        last_outcome="measured",
    ).save()
