"""Doors for people: what they were told, and how they want to hear of things by mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cliphaven.foundation import clock
from cliphaven.identity.forms import InboxForm, ReadForm, WishesForm
from cliphaven.identity.guards import signed_in_id
from cliphaven.identity.queries import mail_kinds
from cliphaven.notifications import operations, queries


@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What somebody was told, the newest first. Looking changes nothing: the reader says what is read."""
    form = InboxForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    user_id, kind = signed_in_id(request), asked.get("kind")
    found = queries.inbox(user_id=user_id, before=asked.get("before"), kind=kind, unread_only=asked.get("new") or False)
    narrowed = {name: value for name, value in (("kind", kind), ("new", "1" if asked.get("new") else "")) if value}
    context = {
        "inbox": found,
        "kinds": mail_kinds.tabs(kind=kind, new=bool(asked.get("new"))),
        "lines": [(mail_kinds.TITLES[line.kind], line) for line in found.lines],
        "stop": queries.stop_of(user_id=user_id),
        "first_url": f"?{urlencode(narrowed)}" if asked.get("before") else "",
        "next_url": f"?{urlencode({**narrowed, 'before': found.next_before})}" if found.next_before else "",
        "newest": found.lines[0].message_id if found.lines else 0,
        "is_narrowed": bool(narrowed),
    }
    return render(request, "identity/inbox.html", context)


@require_safe
@login_required
def inbox_bell(request: HttpRequest) -> HttpResponse:
    """The bell of the frame by itself, asked for again while a page stands open."""
    return render(request, "partials/bell.html", {"unread": queries.unread_count(user_id=signed_in_id(request))})


@require_POST
@login_required
def inbox_read(request: HttpRequest) -> HttpResponse:
    """One message, or all up to one, is read."""
    form = ReadForm(request.POST)
    if form.is_valid():
        user_id, now = signed_in_id(request), clock.now()
        if form.cleaned_data["up_to"]:
            operations.mark_all_read(user_id=user_id, up_to=form.cleaned_data["up_to"], now=now)
        else:
            operations.mark_read(user_id=user_id, message_id=form.cleaned_data["message"], now=now)
    return redirect("inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """How somebody wants to hear of each kind by mail."""
    user_id = signed_in_id(request)
    kinds = mail_kinds.chosen_by(is_staff=bool(request.user.is_staff))
    if request.method == "POST":
        form = WishesForm(request.POST, kinds=kinds)
        if form.is_valid():
            for kind in kinds:
                operations.say_wish(user_id=user_id, kind=kind, wish=form.wish_of(kind), now=clock.now())
            messages.success(request, "That is how we mail you from now on.")
            return redirect("notifications")
    else:
        form = WishesForm(kinds=kinds, initial=dict(queries.wishes_of(user_id=user_id)))
    context = {"form": form, "rows": mail_kinds.rows(form, kinds=kinds), "stop": queries.stop_of(user_id=user_id)}
    return render(request, "identity/notifications.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def mail_again(request: HttpRequest) -> HttpResponse:
    """The owner of an address that took no mail says that it does again."""
    stop = queries.stop_of(user_id=signed_in_id(request))
    if stop is not None:
        operations.lift_stop(address=stop.address, now=clock.now())
        messages.success(request, f"Mail goes to {stop.address} again.")
    return redirect("notifications")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link at the end of a mail. Looking changes nothing; a mail program's one click (RFC 8058) is a POST.

    Whoever has the mail may end mails of its kind, and nothing else: no session is needed, and none is used.
    """
    try:
        if request.method == "POST":
            kind = operations.unsubscribe(token=token, now=clock.now())
        else:
            _, kind = queries.read_unsubscribing(token)
    except queries.UnsubscribeRefused as refused:
        return render(request, "identity/unsubscribe.html", {"problem": refused.sentence}, status=404)
    context = {"about": mail_kinds.TITLES[kind], "is_done": request.method == "POST"}
    return render(request, "identity/unsubscribe.html", context)
