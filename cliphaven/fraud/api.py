"""Doors of the API: the staff reads and decides cases and sets the policy, creators appeal."""

from typing import Annotated, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, Path, Query, Router
from ninja.files import UploadedFile

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key
from cliphaven.fraud import schemas
from cliphaven.fraud.operations import analytics, appeals, cases, policies
from cliphaven.fraud.queries import analytics as asked_for
from cliphaven.fraud.queries import case_files, previews, scorecards
from cliphaven.fraud.queries.policies import in_force
from cliphaven.fraud.rules import uploads
from cliphaven.fraud.schemas import analytics as shapes
from cliphaven.identity.guards import AS_ADMIN, AS_CREATOR, AS_RISK_STAFF, AS_STAFF, signed_in_id

MINE = Router(auth=AS_CREATOR, tags=["Creators: doubts about your clips"])
STAFF = Router(auth=AS_STAFF, tags=["Staff: risk"])

ACase = Annotated[int, Path(ge=1, le=ID_MAX)]
AClip = Annotated[int, Path(ge=1, le=ID_MAX)]
AnAppeal = Annotated[int, Path(ge=1, le=ID_MAX)]
_CONTENT_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


@STAFF.get("/cases", response={200: schemas.CaseQueue, **NOBODY}, url_name="api_risk_cases")
def queue(
    request: HttpRequest,  # noqa: ARG001
    after: Annotated[str, Query(max_length=40)] = "",
    effect: Literal["", "hold", "shadow", "bypass"] = "",
    under_way: bool = True,
) -> schemas.CaseQueue:
    """Cases by score times what is at stake: those under way, or those that are over."""
    found = case_files.queue(after=after, effect=effect, under_way=under_way)
    return schemas.CaseQueue(cases=[schemas.case_in_queue(line) for line in found.cases], next_after=found.next_after)


@STAFF.get("/cases/{case_id}", response={200: schemas.WholeCase, **NOBODY}, url_name="api_risk_case")
def case(request: HttpRequest, case_id: ACase) -> schemas.WholeCase:  # noqa: ARG001
    """One case with all that it rests on."""
    found = case_files.case_file(case_id=case_id)
    if found is None:
        raise Http404
    return schemas.whole_case(found, asked=asked_for.of_clip(clip_id=found.line.clip_id))


@STAFF.post(
    "/cases/{case_id}/release",
    response={200: schemas.CaseNow, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_risk_release",
)
def release(request: HttpRequest, case_id: ACase, key: Key, order: schemas.NoteOrder) -> schemas.CaseNow:
    """Decide for the clip: what is held goes back within a minute."""
    cases.release(case_id=case_id, staff_id=signed_in_id(request), note=order.note, request_key=key, now=clock.now())
    return _now(case_id)


@STAFF.post(
    "/cases/{case_id}/against",
    response={200: schemas.CaseNow, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_risk_against",
)
def against(request: HttpRequest, case_id: ACase, key: Key, order: schemas.NoteOrder) -> schemas.CaseNow:
    """Decide against the clip: nothing is taken before its creator could appeal."""
    cases.decide_against(
        case_id=case_id, staff_id=signed_in_id(request), note=order.note, request_key=key, now=clock.now()
    )
    return _now(case_id)


@STAFF.post(
    "/cases/{case_id}/extend",
    response={200: schemas.CaseNow, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_risk_extend",
)
def extend(request: HttpRequest, case_id: ACase, key: Key, order: schemas.ExtendCaseOrder) -> schemas.CaseNow:
    """Hold longer, by thirty days at most; the creator is told why."""
    cases.extend(
        case_id=case_id,
        staff_id=signed_in_id(request),
        days=order.days,
        note=order.note,
        request_key=key,
        now=clock.now(),
    )
    return _now(case_id)


@STAFF.post(
    "/cases/{case_id}/note", response={200: schemas.CaseNow, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_risk_note"
)
def note(request: HttpRequest, case_id: ACase, key: Key, order: schemas.NoteOrder) -> schemas.CaseNow:
    """Write something down for the others of the staff."""
    cases.note(case_id=case_id, staff_id=signed_in_id(request), note=order.note, request_key=key, now=clock.now())
    return _now(case_id)


@STAFF.post(
    "/cases/{case_id}/ask", response={200: schemas.CaseNow, **REFUSED}, auth=AS_RISK_STAFF, url_name="api_risk_ask"
)
def ask(request: HttpRequest, case_id: ACase, key: Key, order: schemas.NoteOrder) -> schemas.CaseNow:
    """Ask the creator for what their account's own analytics show."""
    cases.ask_for_analytics(
        case_id=case_id, staff_id=signed_in_id(request), note=order.note, request_key=key, now=clock.now()
    )
    return _now(case_id)


@STAFF.get("/appeals", response={200: schemas.WaitingAppeals, **NOBODY}, url_name="api_appeals")
def waiting_appeals(request: HttpRequest) -> schemas.WaitingAppeals:  # noqa: ARG001
    """Appeals that nobody answered yet."""
    return schemas.WaitingAppeals(appeals=[schemas.told_appeal(one) for one in case_files.waiting_appeals()])


@STAFF.get("/appeals/{appeal_id}/file", response={200: bytes, **NOBODY}, url_name="api_appeal_file")
def appeal_file(request: HttpRequest, appeal_id: AnAppeal) -> HttpResponse:  # noqa: ARG001
    """The file that came with an appeal, to be saved and never shown by the browser as a page of ours."""
    return _file(case_files.appeal_file(appeal_id=appeal_id))


@STAFF.get("/analytics/{request_id}/file", response={200: bytes, **NOBODY}, url_name="api_analytics_file")
def analytics_file(request: HttpRequest, request_id: AnAppeal) -> HttpResponse:  # noqa: ARG001
    """The analytics that a creator showed, to be saved."""
    return _file(asked_for.file_of(request_id=request_id))


def _file(found: case_files.KeptFile | None) -> HttpResponse:
    if found is None:
        raise Http404
    answer = HttpResponse(found.content, content_type=_CONTENT_TYPES[found.kind])
    answer["Content-Disposition"] = f'attachment; filename="{found.name.encode("ascii", "replace").decode()}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@STAFF.post(
    "/appeals/{appeal_id}/answer",
    response={200: schemas.Appealed, **REFUSED},
    auth=AS_RISK_STAFF,
    url_name="api_appeal_answer",
)
def answer(request: HttpRequest, appeal_id: AnAppeal, key: Key, order: schemas.AnswerOrder) -> schemas.Appealed:
    """Answer an appeal against what somebody else decided."""
    appeals.decide_appeal(
        appeal_id=appeal_id,
        is_granted=order.granted,
        staff_id=signed_in_id(request),
        note=order.note,
        request_key=key,
        now=clock.now(),
    )
    return schemas.Appealed(appeal=appeal_id)


@STAFF.get("/scorecard", response={200: schemas.Scorecard, **NOBODY}, url_name="api_scorecard")
def scorecard(request: HttpRequest) -> schemas.Scorecard:  # noqa: ARG001
    """How right each signal was in the last ninety days, by what people decided."""
    return schemas.Scorecard(signals=[schemas.scored(one) for one in scorecards.scorecard(now=clock.now())])


@STAFF.get("/policy", response={200: schemas.PolicyInForce, **NOBODY}, url_name="api_risk_policy")
def policy(request: HttpRequest) -> schemas.PolicyInForce:  # noqa: ARG001
    """The policy in force."""
    return schemas.policy(in_force())


@STAFF.post("/policy/preview", response={200: schemas.RiskPolicyPreview, **REFUSED}, url_name="api_risk_policy_preview")
def preview(request: HttpRequest, settings: schemas.PolicySettings) -> schemas.RiskPolicyPreview:  # noqa: ARG001
    """What a policy would have held of the last thirty days, beside the one in force. Nothing is written."""
    return schemas.preview(_previewed(settings))


@STAFF.post(
    "/policy/versions", response={200: schemas.SavedPolicy, **REFUSED}, auth=AS_ADMIN, url_name="api_risk_policy_save"
)
def save(request: HttpRequest, key: Key, order: schemas.PolicyOrder) -> schemas.SavedPolicy:
    """Save the next version of the policy, with the preview of what it would have done."""
    number = policies.save_policy(
        draft=schemas.draft(order),
        peer_table_id=order.peer_table,
        expected_number=order.after,
        preview=_previewed(order).kept(),
        reason=order.reason,
        staff_id=signed_in_id(request),
        request_key=key,
        despite_bar=order.despite_bar,
        now=clock.now(),
    )
    return schemas.SavedPolicy(number=number)


@MINE.post("/doubts/{case_id}/appeal", response={200: schemas.Appealed, **REFUSED}, url_name="api_appeal")
def appeal(
    request: HttpRequest,
    case_id: ACase,
    key: Key,
    text: Annotated[str, Form(min_length=1, max_length=appeals.TEXT_MAX)],
    file: Annotated[UploadedFile | None, File()] = None,
) -> schemas.Appealed:
    """Appeal, once against each decision; with a picture, a PDF or a table (CSV) of two megabytes at most.

    Another person answers within 72 hours; if nobody does, you are right.
    """
    upload = None
    if file is not None:
        # One byte more than is allowed is enough to be refused for.
        upload = appeals.Upload(name=file.name or "", content=file.read(uploads.BYTES_MAX + 1))
    number = appeals.appeal(
        case_id=case_id,
        creator_id=signed_in_id(request),
        text=text,
        upload=upload,
        request_key=key,
        now=clock.now(),
    )
    return schemas.Appealed(appeal=number)


@MINE.get("/clips/{int:clip_id}/analytics", response={200: shapes.AskedAnalytics, **NOBODY}, url_name="api_analytics")
def analytics_asked(request: HttpRequest, clip_id: AClip) -> shapes.AskedAnalytics:
    """Whether we asked for the analytics of your clip, and what you showed. Nothing follows from no answer."""
    found = asked_for.of_own_clip(clip_id=clip_id, creator_id=signed_in_id(request))
    if found is None:
        raise Http404
    return shapes.asked_analytics(found)


@MINE.post("/clips/{int:clip_id}/analytics", response={200: shapes.GivenAnalytics, **REFUSED}, url_name="api_give")
def give(
    request: HttpRequest,
    clip_id: AClip,
    key: Key,
    file: Annotated[UploadedFile, File()],
    text: Annotated[str, Form(max_length=analytics.TEXT_MAX)] = "",
) -> shapes.GivenAnalytics:
    """Show the analytics that we asked for, once: a picture, a PDF or a table (CSV) of two megabytes at most."""
    number = analytics.give(
        clip_id=clip_id,
        creator_id=signed_in_id(request),
        text=text,
        upload=appeals.Upload(name=file.name or "", content=file.read(uploads.BYTES_MAX + 1)),
        request_key=key,
        now=clock.now(),
    )
    return shapes.GivenAnalytics(analytics=number)


def _now(case_id: int) -> schemas.CaseNow:
    return schemas.CaseNow(case=case_id, state=case_files.state_of(case_id=case_id))


def _previewed(settings: schemas.PolicySettings) -> previews.PolicyPreview:
    return previews.policy_preview(draft=schemas.draft(settings), peer_table_id=settings.peer_table, now=clock.now())
