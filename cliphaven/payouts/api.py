"""Doors of the API: creators ask after their money, the staff after payday, which they also steer."""

from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, UNSURE, Key
from cliphaven.identity.guards import (
    AS_CREATOR,
    AS_FINANCE_STAFF,
    AS_RISK_OR_FINANCE,
    AS_STAFF,
    must_be_stepped_up,
    signed_in_id,
)
from cliphaven.payouts import queries
from cliphaven.payouts.operations import holds, pauses, proofs, rehearsals, releases, reversals
from cliphaven.payouts.queries import alarms, batches, dashboards, history, items
from cliphaven.payouts.queries import holds as bank_holds
from cliphaven.payouts.schemas import creators, runs
from cliphaven.payouts.schemas import rehearsals as shapes

MINE = Router(auth=AS_CREATOR, tags=["Creators: your money"])
STAFF = Router(auth=AS_STAFF, tags=["Staff: payday"])

AWeek = Annotated[str, Path(pattern="^[0-9]{4}-W[0-9]{2}$", description="An ISO week, such as 2026-W45.")]
ABatch = Annotated[int, Path(ge=1, le=ID_MAX)]
ACurrency = Annotated[str, Path(pattern="^[A-Z]{3}$")]
AnItem = Annotated[int, Path(ge=1, le=ID_MAX, description="The number in an item's name, such as 12.")]
ACreator = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_before` of the page before.")]
After = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_after` of the page before.")]


@MINE.get("/balance", response={200: list[creators.Balance], **NOBODY}, url_name="api_balance")
def balance(request: HttpRequest) -> list[creators.Balance]:
    """Your money in each currency, with a reason for everything that is not paid on the next payday."""
    places = queries.money_places(creator_id=signed_in_id(request), now=clock.now())
    return [creators.balance(place) for place in places]


@MINE.get("/payouts", response={200: creators.Payouts, **NOBODY}, url_name="api_payouts")
def payouts(request: HttpRequest, before: Before = None) -> creators.Payouts:
    """Your payouts, newest first."""
    page = history.payout_history(creator_id=signed_in_id(request), before=before)
    return creators.Payouts(payouts=[creators.payout(line) for line in page.payouts], next_before=page.before)


@MINE.get("/payouts/{int:batch_id}-{currency}", response={200: creators.Payout, **NOBODY}, url_name="api_payout")
def payout(
    request: HttpRequest,
    batch_id: Annotated[int, Path(ge=1, le=ID_MAX)],
    currency: Annotated[str, Path(pattern="^[A-Z]{3}$")],
) -> creators.Payout:
    """One of your payouts, with its way to your bank."""
    found = history.payout_of(creator_id=signed_in_id(request), batch_id=batch_id, currency=currency)
    if found is None:
        raise Http404
    return creators.payout(found)


@MINE.post("/payouts/not-me", response={200: runs.Done, **REFUSED}, url_name="api_bank_disown")
def bank_disown(request: HttpRequest) -> runs.Done:
    """Say that somebody else changed your bank account: nothing goes out until our staff has spoken with you."""
    holds.disown(creator_id=signed_in_id(request), now=clock.now())
    return runs.Done(sentence="Nothing goes out any more, and our staff is told.")


@STAFF.get("/alarms", response={200: list[runs.Alarm], **NOBODY}, url_name="api_alarms")
def standing_alarms(request: HttpRequest) -> list[runs.Alarm]:  # noqa: ARG001
    """What about payday a person must see now, the oldest first."""
    return [runs.alarm(alarm) for alarm in alarms.alarms(now=clock.now())]


@STAFF.get("/rehearsal", response={200: shapes.Rehearsal, **NOBODY}, url_name="api_rehearsal")
def rehearsal(request: HttpRequest) -> shapes.Rehearsal:  # noqa: ARG001
    """The next Monday as it would be now, by the code that will do it. Nothing is written; Stripe is asked for cash."""
    return shapes.rehearsal(rehearsals.rehearse(now=clock.now()))


@STAFF.get("/batches", response={200: runs.Batches, **NOBODY}, url_name="api_batches")
def batch_list(request: HttpRequest, before: Before = None) -> runs.Batches:  # noqa: ARG001
    """All runs, newest first."""
    page = batches.batch_page(before=before)
    return runs.Batches(batches=[runs.batch(summary) for summary in page.batches], next_before=page.before)


@STAFF.get("/batches/{week}", response={200: runs.BatchDetail, **NOBODY}, url_name="api_batch")
def batch(request: HttpRequest, week: AWeek) -> runs.BatchDetail:  # noqa: ARG001
    """A week's run: its money, its items by state, its alarms, and what the staff did to it."""
    found = dashboards.batch_overview(week=week, show="", state="", after=None, now=clock.now())
    if found is None:
        raise Http404
    return runs.batch_detail(found)


@STAFF.get("/batches/{week}/transfers", response={200: runs.Items, **NOBODY}, url_name="api_transfers")
def transfers(request: HttpRequest, week: AWeek, state: str = "", after: After = None) -> runs.Items:  # noqa: ARG001
    """A run's transfers, in the order of planning; of one state where given."""
    page = items.items_of(week=week, kind="transfers", state=state, after=after)
    return _items(page)


@STAFF.get("/batches/{week}/payouts", response={200: runs.Items, **NOBODY}, url_name="api_bank_payouts")
def bank_payouts(request: HttpRequest, week: AWeek, state: str = "", after: After = None) -> runs.Items:  # noqa: ARG001
    """A run's payouts to banks, every attempt an item; of one state where given."""
    page = items.items_of(week=week, kind="payouts", state=state, after=after)
    return _items(page)


@STAFF.get("/batches/{week}/proof", response={200: runs.Proof, **NOBODY}, url_name="api_proof")
def proof(request: HttpRequest, week: AWeek) -> runs.Proof:  # noqa: ARG001
    """A run beside the books and Stripe, which is asked."""
    return runs.proof(proofs.prove(week=week, now=clock.now()))


@STAFF.post(
    "/batches/{week}/release", response={200: runs.Done, **REFUSED}, auth=AS_FINANCE_STAFF, url_name="api_release"
)
def release(request: HttpRequest, week: AWeek, key: Key) -> runs.Done:
    """Say that a run above the limit may go. It goes with the second person's word. Prove first that it is you."""
    must_be_stepped_up(request)
    missing = releases.release(week=week, staff_id=signed_in_id(request), request_key=key, now=clock.now())
    return runs.Done(sentence="One more person has to release it." if missing else "It is released, and goes out now.")


@STAFF.post(
    "/batches/{week}/send-back", response={200: runs.Done, **REFUSED}, auth=AS_FINANCE_STAFF, url_name="api_send_back"
)
def send_back(request: HttpRequest, week: AWeek, key: Key, order: runs.Reason) -> runs.Done:
    """Take back a run that waits to be released: nothing was sent, and all of it is payable again."""
    releases.send_back(week=week, staff_id=signed_in_id(request), reason=order.reason, request_key=key, now=clock.now())
    return runs.Done(sentence="It was taken back, and all of it is payable again.")


@STAFF.post(
    "/batches/{week}/plan-again", response={200: runs.Done, **REFUSED}, auth=AS_FINANCE_STAFF, url_name="api_plan_again"
)
def plan_again(request: HttpRequest, week: AWeek, key: Key) -> runs.Done:
    """Have the week of a run that was sent back planned once more: by a job, within some minutes."""
    releases.plan_again(week=week, staff_id=signed_in_id(request), request_key=key, now=clock.now())
    return runs.Done(sentence="The week is being planned anew.")


@STAFF.post("/batches/{week}/stop", response={200: runs.Done, **REFUSED}, auth=AS_FINANCE_STAFF, url_name="api_stop")
def stop(request: HttpRequest, week: AWeek, key: Key, order: runs.Reason) -> runs.Done:
    """Send nothing more of a run until somebody lets it go on."""
    releases.stop(week=week, staff_id=signed_in_id(request), reason=order.reason, request_key=key, now=clock.now())
    return runs.Done(sentence="Nothing more of it is sent until somebody lets it go on.")


@STAFF.post(
    "/batches/{week}/resume", response={200: runs.Done, **REFUSED}, auth=AS_FINANCE_STAFF, url_name="api_resume"
)
def resume(request: HttpRequest, week: AWeek, key: Key) -> runs.Done:
    """Let a stopped run go on."""
    releases.resume(week=week, staff_id=signed_in_id(request), request_key=key, now=clock.now())
    return runs.Done(sentence="It goes on: what is open is sent now.")


@STAFF.post(
    "/transfers/{transfer_id}/take-back",
    response={200: runs.Done, **REFUSED},
    auth=AS_FINANCE_STAFF,
    url_name="api_take_back",
)
def take_back(request: HttpRequest, transfer_id: AnItem, key: Key, order: runs.Reason) -> runs.Done:
    """Have what is left of a sent transfer taken back from Stripe, as long as it has gone on to no bank."""
    reversals.take_back(
        transfer_id=transfer_id,
        staff_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return runs.Done(sentence="Stripe is told to take it back. Then all of it is payable again.")


@STAFF.post(
    "/reversals/{reversal_id}/look-again",
    response={200: runs.Done, **REFUSED},
    auth=AS_FINANCE_STAFF,
    url_name="api_look_again",
)
def look_again(request: HttpRequest, reversal_id: AnItem) -> runs.Done:  # noqa: ARG001
    """Have a reversal in review looked up anew, at Stripe and in the books."""
    reversals.look_again(reversal_id=reversal_id, now=clock.now())
    return runs.Done(sentence="It is looked up at Stripe within five minutes.")


@STAFF.post(
    "/reversals/{reversal_id}/settle",
    response={200: runs.Done, **REFUSED, **UNSURE},
    auth=AS_FINANCE_STAFF,
    url_name="api_settle",
)
def settle(request: HttpRequest, reversal_id: AnItem, key: Key, order: runs.Reason) -> runs.Done:
    """Say that what was taken back was sent to the account again at Stripe. The second person's word books it."""
    missing = reversals.settle(
        reversal_id=reversal_id,
        staff_id=signed_in_id(request),
        note=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return runs.Done(sentence="One more person has to say so." if missing else "It is booked, and settled.")


@STAFF.post(
    "/creators/{creator_id}/pause", response={200: runs.Done, **REFUSED}, auth=AS_RISK_OR_FINANCE, url_name="api_pause"
)
def pause(request: HttpRequest, creator_id: ACreator, key: Key, order: runs.PauseOrder) -> runs.Done:
    """Pause one creator's payouts; the creator is told why and what to do."""
    pauses.pause(
        creator_id=creator_id,
        staff_id=signed_in_id(request),
        reason=order.reason,
        note=order.note,
        request_key=key,
        now=clock.now(),
    )
    return runs.Done(sentence="The payouts are paused, and the creator is told why.")


@STAFF.post(
    "/creators/{creator_id}/resume",
    response={200: runs.Done, **REFUSED},
    auth=AS_RISK_OR_FINANCE,
    url_name="api_unpause",
)
def unpause(request: HttpRequest, creator_id: ACreator, key: Key) -> runs.Done:
    """Let one creator's payouts go on."""
    pauses.resume(creator_id=creator_id, staff_id=signed_in_id(request), request_key=key, now=clock.now())
    return runs.Done(sentence="The payouts go on with the next run, and the creator is told.")


@STAFF.post(
    "/creators/{creator_id}/lift-hold",
    response={200: runs.Done, **REFUSED},
    auth=AS_FINANCE_STAFF,
    url_name="api_hold_lift",
)
def hold_lift(request: HttpRequest, creator_id: ACreator, key: Key, order: runs.LiftOrder) -> runs.Done:
    """Let payouts to a new bank account begin before its 72 hours are over. Prove first that it is you."""
    must_be_stepped_up(request)
    holds.lift(
        creator_id=creator_id,
        bank_id=order.bank_id,
        staff_id=signed_in_id(request),
        reason=order.reason,
        request_key=key,
        now=clock.now(),
    )
    return runs.Done(sentence="Payouts to it begin now, and the creator is told why.")


@STAFF.get(
    "/creators/{creator_id}/changed-banks",
    response={200: list[runs.ChangedBank], **NOBODY},
    url_name="api_changed_banks",
)
def changed_banks(request: HttpRequest, creator_id: ACreator) -> list[runs.ChangedBank]:  # noqa: ARG001
    """A creator's bank accounts that lately took another's place, and until when nothing goes there."""
    return [runs.changed_bank(bank) for bank in bank_holds.changed_banks(creator_id=creator_id, now=clock.now())]


def _items(page: items.Items | None) -> runs.Items:
    if page is None:
        raise Http404
    return runs.Items(items=[runs.item(item) for item in page.items], next_after=page.after)
