"""Doors of the API for staff: how tracking does and what it costs, counts in doubt, acts by hand; doubts and money."""

from datetime import timedelta
from typing import Annotated, Literal

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from cliphaven.backoffice import schemas
from cliphaven.backoffice.queries import (
    anomalies,
    risk_cases,
    risk_policies,
    risk_queue,
    risk_scorecard,
    tracking_costs,
    tracking_page,
)
from cliphaven.backoffice.schemas import doubts, risk
from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Day, Key
from cliphaven.identity.guards import AS_RISK_STAFF, AS_STAFF, signed_in_id
from cliphaven.tracking.operations import asking_again
from cliphaven.tracking.operations import canaries as canary_operations
from cliphaven.tracking.queries import calls, canaries, plans, prices

STAFF = Router(auth=AS_STAFF, tags=["Staff: tracking"])
RISK = Router(auth=AS_STAFF, tags=["Staff: risk"])

ANumber = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_before`.")]
APlatform = Annotated[str, Query(pattern="^(tiktok|instagram|youtube)?$")]
AState = Annotated[str, Query(pattern="^(answered|failed|quarantined|under_way)?$")]
AMoneyState = Annotated[str, Query(pattern="^(open|held|decided)?$")]
AVendor = Annotated[str, Query(pattern="^(apify|youtube)?$")]
Days = Annotated[int, Query(ge=1, le=400, description="How many days to look back.")]
After = Annotated[str, Query(max_length=40, description="Go on from here: `next_after`.")]
AfterCase = Annotated[str, Query(max_length=60, description="Go on from here: `next_after`.")]
ACampaign = Annotated[int | None, Query(ge=1, le=ID_MAX)]
ASignal = Annotated[str, Query(max_length=24, pattern="^[a-z_]*$")]
AStanding = Literal["", "review", "hold", "watch", "pass", "evidence", "shadow", "bypass"]
ACaseState = Literal["under_way", "open", "voiding", "appealed", "over", "released", "voided", "expired", "all"]
ASort = Literal["worth", "held", "score", "ends", "newest", "oldest"]


@STAFF.get("/health", response={200: schemas.Health, **NOBODY}, url_name="api_tracking_health")
def health(request: HttpRequest) -> schemas.Health:  # noqa: ARG001
    """What is due and overdue, how vendors do, what came of today's calls, and what they cost."""
    return schemas.health(tracking_page.tracking_page(now=clock.now()))


@STAFF.get("/calls", response={200: schemas.Calls, **NOBODY}, url_name="api_calls")
def call_list(
    request: HttpRequest,  # noqa: ARG001
    platform: APlatform = "",
    state: AState = "",
    before: Before = None,
) -> schemas.Calls:
    """All calls to vendors, newest first; of one platform and result where given."""
    page = calls.calls_page(platform=platform, state=state, before=before)
    return schemas.Calls(calls=[schemas.call(line) for line in page.calls], next_before=page.next_before)


@STAFF.get("/calls/{call_id}", response={200: schemas.CallWithClips, **NOBODY}, url_name="api_call")
def call(request: HttpRequest, call_id: ANumber) -> schemas.CallWithClips:  # noqa: ARG001
    """One call, and what came of each clip that it was asked for."""
    found = calls.call_detail(call_id=call_id)
    if found is None:
        raise Http404
    return schemas.call_with_clips(found)


@STAFF.get("/costs", response={200: schemas.CostLedger, **NOBODY}, url_name="api_costs")
def costs(
    request: HttpRequest,  # noqa: ARG001
    since: Day | None = None,
    until: Day | None = None,
    after: After = "",
) -> schemas.CostLedger:
    """What vendors billed by day, and by campaign beside what it earned; the last thirty days where none are given."""
    now = clock.now()
    first, last = tracking_costs.period(since=since, until=until, now=now)
    return schemas.cost_ledger(tracking_costs.tracking_costs(since=first, until=last, now=now, after=after))


@STAFF.get("/clips/{clip_id}", response={200: schemas.ClipTurn, **NOBODY}, url_name="api_clip_turn")
def clip(request: HttpRequest, clip_id: ANumber) -> schemas.ClipTurn:  # noqa: ARG001
    """Why a clip is read when it is, in a sentence and in figures."""
    return schemas.clip_turn(plans.clip_plan(clip_id=clip_id, now=clock.now()))


@STAFF.post(
    "/clips/{clip_id}/read-again",
    response={200: schemas.Wanted, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_read_clip",
)
def read_clip_again(request: HttpRequest, clip_id: ANumber, key: Key, order: schemas.ReadOrder) -> schemas.Wanted:
    """Have a clip read at the next tick."""
    wanted = asking_again.read_clip_again(
        clip_id=clip_id, staff_id=signed_in_id(request), why=order.why, request_key=key, now=clock.now()
    )
    return schemas.Wanted(clips=wanted)


@STAFF.post(
    "/campaigns/{campaign_id}/read-again",
    response={200: schemas.Wanted, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_read_all",
)
def read_campaign_again(
    request: HttpRequest, campaign_id: ANumber, key: Key, order: schemas.ReadOrder
) -> schemas.Wanted:
    """Have a campaign's clips read at the next tick, those that were not for longest first."""
    wanted = asking_again.read_campaign_again(
        campaign_id=campaign_id, staff_id=signed_in_id(request), why=order.why, request_key=key, now=clock.now()
    )
    return schemas.Wanted(clips=wanted)


@STAFF.get("/canaries", response={200: doubts.Canaries, **NOBODY}, url_name="api_canaries")
def canary_list(request: HttpRequest) -> doubts.Canaries:  # noqa: ARG001
    """The control videos that ride along, each with what its last call said."""
    return doubts.Canaries(canaries=[doubts.canary_now(line) for line in canaries.canaries()])


@STAFF.post("/canaries", response={200: doubts.CanaryAdded, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_canary_add")
def canary_add(request: HttpRequest, new: doubts.NewCanary) -> doubts.CanaryAdded:
    """Let a video whose count is known ride along with calls; one that rides already is no second."""
    number = canary_operations.add(
        url=new.url,
        views=new.views,
        growth_per_day=new.growth_per_day,
        staff_id=signed_in_id(request),
        why=new.why,
        now=clock.now(),
    )
    return doubts.CanaryAdded(number=number)


@STAFF.post(
    "/canaries/{canary_id}/retire",
    response={200: doubts.CanaryRetired, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_retire",
)
def canary_retire(request: HttpRequest, canary_id: ANumber, order: schemas.ReadOrder) -> doubts.CanaryRetired:
    """Let a canary ride no more; once more changes nothing."""
    canary_operations.retire(canary_id=canary_id, staff_id=signed_in_id(request), why=order.why, now=clock.now())
    return doubts.CanaryRetired(number=canary_id)


@STAFF.get("/quarantine", response={200: doubts.Quarantine, **NOBODY}, url_name="api_quarantine")
def quarantine(request: HttpRequest) -> doubts.Quarantine:  # noqa: ARG001
    """The calls of which nothing is believed, because a canary was wrong."""
    return doubts.Quarantine(calls=[doubts.quarantined_now(line) for line in canaries.quarantined_calls()])


@STAFF.post(
    "/calls/{call_id}/clear", response={200: schemas.Wanted, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_clear_call"
)
def clear_call(request: HttpRequest, call_id: ANumber, key: Key, order: schemas.ReadOrder) -> schemas.Wanted:
    """End a call's quarantine: what it said stays unbelieved, and its clips are read at the next tick."""
    wanted = canary_operations.clear(
        call_id=call_id, staff_id=signed_in_id(request), why=order.why, request_key=key, now=clock.now()
    )
    return schemas.Wanted(clips=wanted)


@STAFF.get("/taken-back", response={200: doubts.TakenBack, **NOBODY}, url_name="api_taken_back")
def taken_back(
    request: HttpRequest,  # noqa: ARG001
    platform: APlatform = "",
    state: AMoneyState = "",
) -> doubts.TakenBack:
    """Clips of which more became money than stands, those that lack most first; not decided ones where no state is
    given."""
    found = anomalies.anomalies(platform=platform, states=[state] if state else anomalies.UNDECIDED)
    return doubts.TakenBack(clips=[doubts.taken_back_clip(one) for one in found])


@STAFF.get("/prices", response={200: doubts.Prices, **NOBODY}, url_name="api_prices")
def price_list(request: HttpRequest, vendor: AVendor = "", days: Days = 7) -> doubts.Prices:  # noqa: ARG001
    """What a poll had to be worth, step by step, beside what was spent and planned; the latest first."""
    found = prices.price_steps(since=clock.now() - timedelta(days=days), vendor=vendor)
    return doubts.Prices(prices=[doubts.price(line) for line in found])


@RISK.get("/queue", response={200: risk.RiskQueue, **NOBODY}, url_name="api_risk_queue")
def queue(
    request: HttpRequest,  # noqa: ARG001
    *,
    band: AStanding = "",
    state: ACaseState = "under_way",
    platform: APlatform = "",
    signal: ASignal = "",
    campaign: ACampaign = None,
    sort: ASort = "worth",
    after: AfterCase = "",
) -> risk.RiskQueue:
    """Cases with the money that they hold now, by score times that money unless another order is asked for."""
    asked = risk_queue.Asked(
        state=state, standing=band, platform=platform, campaign_id=campaign, signal=signal, sort=sort
    )
    return risk.queue(risk_queue.risk_queue(asked=asked, after=after))


@RISK.get("/cases/{case_id}/evidence", response={200: risk.CaseEvidence, **NOBODY}, url_name="api_risk_evidence")
def evidence(request: HttpRequest, case_id: ANumber) -> risk.CaseEvidence:
    """What a case holds, entry by entry, what a decision against it would take, and who and what is linked to it."""
    found = risk_cases.case_page(case_id=case_id, staff_id=signed_in_id(request))
    if found is None:
        raise Http404
    return risk.evidence(found)


@RISK.get("/signals", response={200: risk.SignalsWithMoney, **NOBODY}, url_name="api_risk_signals")
def signals(request: HttpRequest) -> risk.SignalsWithMoney:  # noqa: ARG001
    """The scorecard with the money that each signal held, let go and voided; and the sample that is never held."""
    return risk.signals(risk_scorecard.risk_scorecard(now=clock.now()))


@RISK.get("/policy/history", response={200: risk.PolicyHistory, **NOBODY}, url_name="api_risk_history")
def history(request: HttpRequest) -> risk.PolicyHistory:  # noqa: ARG001
    """The versions of the policy: who made them, why, and what changed."""
    return risk.history(risk_policies.version_lines())
