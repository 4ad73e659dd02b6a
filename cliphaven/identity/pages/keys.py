"""Doors for keys: made with a fresh proof, shown once, revoked at once."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.forms import KeyForm
from cliphaven.identity.guards import circumstances, face_of, faces_of, needs_step_up, signed_in_id
from cliphaven.identity.operations import keys
from cliphaven.identity.queries import Face
from cliphaven.identity.queries import keys as known


@require_safe
@login_required
def key_list(request: HttpRequest) -> HttpResponse:
    """The keys of this person, and as an owner all of the organisation."""
    return _page(request, form=KeyForm(face=_face(request)))


@require_POST
@never_cache
@login_required
@needs_step_up
def key_make(request: HttpRequest) -> HttpResponse:
    """Make a key, and show it: this once."""
    face = _face(request, wished=request.POST.get("face", ""))
    form = KeyForm(request.POST, face=face)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    given = form.cleaned_data
    try:
        made = keys.make_key(
            user_id=signed_in_id(request),
            face=face,
            name=given["name"],
            scopes=given["scopes"],
            days=int(given["days"]),
            **circumstances(request),
        )
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _page(request, form=form, status=422)
    return _page(request, form=KeyForm(face=face), secret=made.secret)


@require_POST
@login_required
def key_revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make a key void."""
    keys.revoke_key(key_id=key_id, user_id=signed_in_id(request), **circumstances(request))
    messages.success(request, "The key is void: whoever has it is out.")
    return redirect("keys")


def _face(request: HttpRequest, *, wished: str = "") -> Face:
    """The face that a key is made for: the one wished for where it is theirs, else the one of the menu."""
    return next((face for face in faces_of(request).all if face == wished), face_of(request))


def _page(request: HttpRequest, *, form: KeyForm, secret: str = "", status: int = 200) -> HttpResponse:
    now = clock.wall()
    lines = [{"line": line, "is_good": line.is_good(now)} for line in known.key_lines(faces_of(request))]
    context = {"keys": lines, "form": form, "secret": secret, "wall_now": now}
    return render(request, "identity/keys.html", context, status=status)
