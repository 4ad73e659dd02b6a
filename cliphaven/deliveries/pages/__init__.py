"""Doors for people: endpoints are made, looked at and steered; their secrets are shown once."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cliphaven.deliveries.forms import AgainForm, EndpointForm, LogForm, SecretForm
from cliphaven.deliveries.guards import endpoint_page, hooks_page, steering_page
from cliphaven.deliveries.operations import endpoints, replaying, switching
from cliphaven.deliveries.queries import endpoints as known
from cliphaven.deliveries.queries import log as logs
from cliphaven.deliveries.queries import words
from cliphaven.deliveries.queries.endpoints import EndpointLine
from cliphaven.deliveries.queries.owners import OWNERS_STEER, may_steer, owner_with
from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.guards import circumstances, face_of, faces_of, needs_step_up, stepped_up

LIST = "webhooks"
PAGE = "webhook"


@require_safe
@hooks_page
def endpoint_list(request: HttpRequest) -> HttpResponse:
    """The endpoints of this person, or of their organisation."""
    return _list(request, form=EndpointForm(face=_face(request)))


@require_POST
@never_cache
@hooks_page
@needs_step_up
def endpoint_make(request: HttpRequest) -> HttpResponse:
    """Make an endpoint, and show its secret: this once."""
    face = _face(request, wished=request.POST.get("face", ""))
    if not _may_make(request, face):
        raise PermissionDenied(OWNERS_STEER)
    form = EndpointForm(request.POST, face=face)
    if not form.is_valid():
        return _list(request, form=form, status=422)
    given = form.cleaned_data
    try:
        made = endpoints.make_endpoint(
            faces=faces_of(request),
            face=face,
            url=given["url"],
            description=given["description"],
            subscriptions=form.subscriptions,
            request_key=given["request_key"],
            **circumstances(request),
        )
    except Refused as refused:
        form.add_error("url" if refused.code == "endpoint_address_refused" else None, refused.sentence)
        return _list(request, form=form, status=422)
    return _page(request, known.endpoint_line(faces_of(request), made.id), secret=made.secret)


@require_safe
@endpoint_page
def endpoint(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """One endpoint: how it fares, its log, what can be done about it."""
    return _page(request, line)


@require_POST
@steering_page
def endpoint_change(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """Say anew where it is and what it is told of; for another address whoever asks proves that it is they."""
    form = EndpointForm(request.POST, face=line.face)
    if not form.is_valid():
        return _page(request, line, form=form, status=422)
    if form.cleaned_data["url"] != line.url and not stepped_up(request):
        return needs_step_up(lambda _request: redirect(PAGE, line.id))(request)
    try:
        endpoints.change_endpoint(
            faces=faces_of(request),
            endpoint_id=line.id,
            url=form.cleaned_data["url"],
            description=form.cleaned_data["description"],
            subscriptions=form.subscriptions,
            **circumstances(request),
        )
    except Refused as refused:
        form.add_error("url" if refused.code == "endpoint_address_refused" else None, refused.sentence)
        return _page(request, line, form=form, status=422)
    messages.success(request, "Saved. It holds from the next letter on.")
    return redirect(PAGE, line.id)


@require_POST
@never_cache
@steering_page
@needs_step_up
def endpoint_secret(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """Make a new secret, and show it: this once."""
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _page(request, line, secret_form=form, status=422)
    secret = endpoints.renew_secret(
        faces=faces_of(request),
        endpoint_id=line.id,
        overlap_hours=form.cleaned_data["overlap_hours"],
        **circumstances(request),
    )
    return _page(request, known.endpoint_line(faces_of(request), line.id), secret=secret)


@require_POST
@steering_page
def endpoint_switch(request: HttpRequest, line: EndpointLine, way: str) -> HttpResponse:
    """Switch it on or off."""
    switch = switching.switch_on if way == "on" else switching.switch_off
    switch(faces=faces_of(request), endpoint_id=line.id, **_here(request))
    messages.success(
        request,
        "It is on. What was kept meanwhile goes out when you have it sent again."
        if way == "on"
        else "It is off. What happens is kept for it.",
    )
    return redirect(PAGE, line.id)


@require_POST
@steering_page
def endpoint_remove(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """Send nothing there any more, for good."""
    endpoints.remove_endpoint(faces=faces_of(request), endpoint_id=line.id, **_here(request))
    messages.success(request, "Removed: nothing is sent there any more.")
    return redirect(LIST)


@require_POST
@steering_page
def endpoint_test(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """Send a test, and show what comes of it."""
    try:
        sent = replaying.send_test(faces=faces_of(request), endpoint_id=line.id, **circumstances(request))
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(PAGE, line.id)
    return redirect("webhook_delivery", line.id, sent)


@require_POST
@steering_page
def endpoint_send_again(request: HttpRequest, line: EndpointLine) -> HttpResponse:
    """Send again what was written since a moment."""
    form = AgainForm(request.POST)
    if not form.is_valid():
        return _page(request, line, again_form=form, status=422)
    try:
        sent = replaying.send_all_again(
            faces=faces_of(request),
            endpoint_id=line.id,
            since=clock.wall() - timedelta(hours=form.cleaned_data["hours"]),
            delivered_too=form.cleaned_data["which"] == "all",
            **_here(request),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(PAGE, line.id)
    messages.success(request, words.sent_again(sent))
    return redirect(PAGE, line.id)


@require_safe
@endpoint_page
def delivery(request: HttpRequest, line: EndpointLine, delivery_id: int) -> HttpResponse:
    """One letter: what it says, and what each try brought. While it is under way the page looks again by itself."""
    try:
        file = logs.delivery_file(endpoint_id=line.id, delivery_id=delivery_id)
    except logs.NoSuchDelivery as refused:
        raise Http404 from refused
    now = clock.wall()
    tries = [
        {"line": one, "said": words.result(one.result, one.status), "tone": words.tone(one.result)}
        for one in file.tries
    ]
    context = {
        "endpoint": line,
        "file": file,
        "tries": tries,
        "body": words.indented(file.body),
        "is_moving": file.line.is_moving(now),
        "wall_now": now,
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "deliveries/_tries.html" if is_part else "deliveries/delivery.html", context)


@require_POST
@steering_page
def delivery_send_again(request: HttpRequest, line: EndpointLine, delivery_id: int) -> HttpResponse:
    """Send one letter again."""
    try:
        replaying.send_again(faces=faces_of(request), endpoint_id=line.id, delivery_id=delivery_id, **_here(request))
    except logs.NoSuchDelivery as refused:
        raise Http404 from refused
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect("webhook_delivery", line.id, delivery_id)


def _face(request: HttpRequest, *, wished: str = "") -> str:
    """The face whose endpoints are shown: the one wished for where it is theirs, else the one of the menu."""
    return str(next((face for face in faces_of(request).all if face == wished), face_of(request)))


def _may_make(request: HttpRequest, face: str) -> bool:
    owner = owner_with(faces_of(request), face)
    return owner is not None and may_steer(faces_of(request), owner)


def _here(request: HttpRequest) -> Any:
    """From where, and when by the wall, of what nobody is told."""
    return {name: value for name, value in circumstances(request).items() if name != "told_at"}


def _list(request: HttpRequest, *, form: EndpointForm, status: int = 200) -> HttpResponse:
    faces, face = faces_of(request), _face(request)
    context = {
        "endpoints": known.endpoint_lines(faces, face=face),
        "form": form,
        "choices": words.choices(form["events"]),
        "may_make": _may_make(request, face),
        "organisation": faces.belonging.organisation.name if face == "sponsor" and faces.belonging else "",
        "wall_now": clock.wall(),
    }
    return render(request, "deliveries/endpoints.html", context, status=status)


def _page(
    request: HttpRequest,
    line: EndpointLine,
    *,
    secret: str = "",
    form: EndpointForm | None = None,
    secret_form: SecretForm | None = None,
    again_form: AgainForm | None = None,
    status: int = 200,
) -> HttpResponse:
    asked_form = LogForm(request.GET)
    asked = asked_form.cleaned_data if asked_form.is_valid() else {}
    state, type_, before = asked.get("state") or "", asked.get("type") or "", asked.get("before")
    found = logs.log(endpoint_id=line.id, before=before, state=state, type_=type_)
    narrowed = {name: value for name, value in (("state", state), ("type", type_)) if value}
    here = reverse(PAGE, args=[line.id])
    form = form or EndpointForm(
        face=line.face,
        initial={
            "url": line.url,
            "description": line.description,
            "everything": line.everything,
            "events": line.types,
        },
    )
    context = {
        "endpoint": line,
        "secret": secret,
        "lines": [(words.result(one.result, one.status), one) for one in found.lines],
        "tabs": words.tabs(page=here, state=state),
        "is_narrowed": bool(narrowed),
        "first_url": f"{here}?{urlencode(narrowed)}#log" if before else "",
        "next_url": f"{here}?{urlencode({**narrowed, 'before': found.next_before})}#log" if found.next_before else "",
        "form": form,
        "choices": words.choices(form["events"]),
        "secret_form": secret_form or SecretForm(),
        "again_form": again_form or AgainForm(),
        "acts": known.act_lines(endpoint_id=line.id),
        "wall_now": clock.wall(),
    }
    return render(request, "deliveries/endpoint.html", context, status=status)
