"""Doors to another mail address: asked for, confirmed from the new mailbox, undone from the old one.

Looking at a mailed link changes nothing, since mail scanners look too; pressing the button does.
"""

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cliphaven.foundation import clock
from cliphaven.foundation.errors import Refused
from cliphaven.identity.forms import AddressForm
from cliphaven.identity.guards import circumstances, client_address_of, needs_step_up, signed_in_id, this_sign_in
from cliphaven.identity.operations import addresses, limits, proving
from cliphaven.identity.queries import addresses as known


@require_POST
@login_required
@needs_step_up
def address_ask(request: HttpRequest) -> HttpResponse:
    """Ask for another address: a link is mailed there."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That is no mail address: look at it once more.")
        return redirect("account_security")
    email = form.cleaned_data["email"]
    try:
        limits.count_link(address=client_address_of(request), now=clock.wall())
        addresses.ask_for_address(user_id=signed_in_id(request), email=email, now=clock.wall(), told_at=clock.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, f"We have mailed a link to {email}. Open it here within ten minutes.")
    return redirect("account_security")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@needs_step_up
def address_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link that was mailed to the new address, for whoever asked for it and is signed in."""
    user_id = signed_in_id(request)
    if request.method != "POST":
        wanted = known.wanted_address(user_id=user_id, token=token, now=clock.wall())
        return _private(request, {"wanted": wanted, "problem": "" if wanted else known.IS_OVER}, status=200)
    try:
        moved_to = addresses.confirm_address(
            token=token, user_id=user_id, keep=this_sign_in(request), **circumstances(request)
        )
    except addresses.AddressRefused as refused:
        return _private(request, {"wanted": None, "problem": refused.sentence}, status=422)
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=user_id)
    messages.success(request, f"Your address is {moved_to} now. All your other sign-ins were ended.")
    return redirect("account_security")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def address_undo(request: HttpRequest, token: str) -> HttpResponse:
    """The link that was mailed to the address of before; whoever has it need not be signed in."""
    if request.method != "POST":
        change = known.undoable(token=token, now=clock.wall())
        context = {"back_to": change.old_address if change else "", "problem": "" if change else known.UNDO_IS_OVER}
        return _private(request, context, status=200)
    try:
        restored = addresses.undo_address(token=token, **circumstances(request))
    except addresses.AddressRefused as refused:
        return _private(request, {"problem": refused.sentence}, status=422)
    return _private(request, {"restored": restored}, status=200)


def _private(request: HttpRequest, context: Mapping[str, object], *, status: int) -> HttpResponse:
    response = render(request, "identity/address.html", context, status=status)
    # No other site hears the address of this page, with its token.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
