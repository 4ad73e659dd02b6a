"""Asking creators for the analytics that only they see, where much is earned and public counts cannot tell.

An amplifier, or a quarter more over weeks, looks like a clip that is liked a little less. Who is asked and does not
answer loses nothing: no hold follows, and none lasts longer.
"""

from datetime import datetime

from django.db import connection

from cliphaven.foundation import money
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.fraud.models import AnalyticsRequest
from cliphaven.fraud.operations import appeals
from cliphaven.fraud.queries import policies
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

ASKED_AT_ONCE_MAX = 200
TEXT_MAX = 4_000


class NobodyAsked(Refused):
    """Nobody asked for the analytics of this clip, or it is somebody else's."""

    code = "nobody_asked"


class GivenAlready(Refused):
    """The analytics of this clip were given."""

    code = "analytics_given"


# What a clip's views are worth by its rate, and no more than it may earn; what is doubted is asked with the case.
_DEAR = """
select clip_id, creator_id, worth from (
  select t.clip_id, c.creator_id,
         least((t.views_seen * r.cpm_minor + 500) / 1000, v.max_payout_per_clip_minor) as worth
    from tracking_trackedclip t
    join clips_clip c on c.id = t.clip_id and c.state = 'approved'
    join campaigns_campaign k on k.id = c.campaign_id and k.currency = %(currency)s
    join campaigns_terms v on v.id = c.terms_id
    join campaigns_rate r on r.terms_id = c.terms_id and r.platform = c.platform
   where not exists (select from fraud_analyticsrequest a where a.clip_id = t.clip_id)
     and not exists (select from fraud_riskcase x where x.clip_id = t.clip_id and x.effect = 'hold'
                                                     and x.state in ('open', 'voiding'))
) clips where worth >= %(from)s order by clip_id limit %(limit)s"""


@own_transaction
def ask_for_dear_clips(*, now: datetime) -> int:
    """Ask the creators of clips whose views are worth what the policy names, once for each; answers how many."""
    asked = 0
    for currency, from_minor in sorted(policies.latest_draft().analytics_above_minor.items()):
        if not from_minor:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_DEAR, {"currency": currency, "from": from_minor, "limit": ASKED_AT_ONCE_MAX})
            rows = cursor.fetchall()
        for clip_id, creator_id, worth_minor in rows:
            asked += _ask(
                clip_id=clip_id, creator_id=creator_id, currency=currency, worth_minor=int(worth_minor), now=now
            )
    return asked


@own_transaction
def give(*, clip_id: int, creator_id: int, text: str, upload: appeals.Upload, request_key: str, now: datetime) -> int:
    """Keep what a creator shows, once; answers the request's number. The same `request_key` again keeps nothing.

    Raises NobodyAsked, also for somebody else's clip, GivenAlready, and appeals.FileRefused.
    """
    asked = AnalyticsRequest.objects.select_for_update(no_key=True, of=("self",)).filter(clip_id=clip_id).first()
    if asked is None or asked.clip.creator_id != creator_id:
        raise NobodyAsked("Nobody asked for the analytics of this clip.")
    if asked.answered_at is not None:
        if asked.request_key == request_key:
            return asked.pk
        raise GivenAlready("We have the analytics of this clip already: thank you.")
    for name, value in appeals.kept(upload=upload).items():
        setattr(asked, name, value)
    asked.text, asked.request_key, asked.answered_at = text.strip()[:TEXT_MAX], request_key, now
    asked.save()
    return asked.pk


def _ask(*, clip_id: int, creator_id: int, currency: str, worth_minor: int, now: datetime) -> int:
    asked, is_new = AnalyticsRequest.objects.get_or_create(
        clip_id=clip_id, defaults={"worth_minor": worth_minor, "currency": currency, "asked_at": now}
    )
    if not is_new:
        return 0
    notifications.queue_message(
        user_id=creator_id,
        key=f"analytics:{asked.pk}",
        kind=Kind.DOUBTS,
        subject="Your clip does well: please show us its analytics",
        text=(
            f"The views of your clip are worth {money.formatted(worth_minor, currency=currency)} by now. From so much"
            " on we ask for what public counts cannot show: views by source, by country, and by seconds watched, as a"
            " screenshot or an export of the analytics that only you see.\n\nNobody doubts your clip. If you do not"
            " answer, nothing is held and nothing is taken; if you do, a doubt that comes up later is settled sooner."
        ),
        link=f"/clips/{clip_id}/",
        now=now,
    )
    return 1
