"""Doors for people who bring a file: that it was sent, and how far it is."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cliphaven.files import queries, rules
from cliphaven.files.operations import arriving
from cliphaven.files.rules import Purpose
from cliphaven.foundation import clock
from cliphaven.identity.guards import signed_in_id


@require_POST
@login_required
def file_arrived(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The browser has sent it: it is looked at soon."""
    try:
        arriving.note_arrival(file_id=file_id, person_id=signed_in_id(request), now=clock.wall())
        file = queries.own_file(file_id=file_id, person_id=signed_in_id(request))
    except queries.NoSuchFile as missing:
        raise Http404 from missing
    return redirect(rules.page(Purpose(file.purpose), file.subject_id))


@require_safe
@login_required
def file_state(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """How far it is, as a part of a page that asks by itself until it is decided."""
    try:
        file = queries.own_file(file_id=file_id, person_id=signed_in_id(request))
    except queries.NoSuchFile as missing:
        raise Http404 from missing
    if not file.is_under_way and request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "files/_state.html", {"file": file})
