"""Who asks too often is told when to go on, before anything else is done for them.

The API is counted by who asks; orders that move money and files with many rows by person, on pages and of the API.
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import cast

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cliphaven.config.api import api
from cliphaven.foundation import clock
from cliphaven.identity.guards import CountedRequest, client_address_of
from cliphaven.identity.models import User
from cliphaven.identity.operations import keys, limits
from cliphaven.identity.operations.allowances import TooOften
from cliphaven.identity.queries.keys import KeyBearer
from cliphaven.identity.rules.limits import Standing

API = "/api/v1/"
# Here programs come in: what they show on the way says nothing of who they are.
DOORS = tuple(f"{API}auth/{name}" for name in ("password", "link", "refresh", "revoke"))
NOTED_EVERY = timedelta(minutes=1)
# By the names of their addresses. A test holds that there is nothing else that moves money, or is a file.
MONEY = frozenset(
    {
        *("wallet_top_up", "wallet_refund", "campaign_fund", "campaign_defund", "campaign_close"),
        *("payouts_onboarding", "batch_release", "transfer_take_back", "reversal_settle", "money_in_settle"),
        *("staff_corrections", "correction_book", "correction_reverse", "entry_reverse", "staff_clip_reversal"),
        *("creator_hold_lift", "api_hold_lift"),
        *("api_refund", "api_release", "api_take_back", "api_settle", "api_reverse"),
    }
)
EXPORTS = frozenset(
    {
        *("payouts_statement", "payouts_statement_pdf", "credit_notes_csv", "clip_evidence"),
        *("staff_risk_csv", "staff_ledger_csv", "staff_calls_csv", "staff_call_answer", "staff_costs_csv"),
    }
)


def the_api_is_asked_in_measure(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Strangers are counted by their address; callers by what they showed, once a guard has found it good.

    Each answer says where they stand.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return get_response(request)
        counted, now, address = cast(CountedRequest, request), clock.wall(), client_address_of(request)

        def count_caller(who: str) -> None:
            counted.standing = limits.count_caller(who=who, now=now)
            if counted.standing.is_over:
                raise TooOften.beyond(counted.standing, now=now)
            _count_what_is_dear(counted, now=now)
            if counted.standing.is_over:
                raise TooOften.beyond(counted.standing, now=now)

        counted.count_caller = count_caller
        shows_something = "Authorization" in request.headers or bool(request.session.session_key)
        is_stranger = not shows_something or request.path.startswith(DOORS)
        uses = {
            limits.STRANGER: (address, int(is_stranger)),
            limits.REFUSED: (address, 0),
            limits.ADDRESS: (address, 1),
        }
        try:
            stranger, refused, whole = limits.count(uses=uses, now=now)
        except (DatabaseError, InterfaceError):
            return get_response(request)  # without a database nobody is let in, and that is told there
        counted.standing = stranger if is_stranger else whole
        over = [one for one in (stranger, refused, whole) if one.is_over]
        if over:
            counted.standing = over[0]
            response = api.on_exception(request, TooOften.beyond(over[0], now=now))
        else:
            response = get_response(request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and shows_something:
            limits.count(uses={limits.REFUSED: (address, 1)}, now=now)
        _note_key(request)
        _say(response, counted.standing, now=now)
        return response

    return respond


def pages_are_asked_in_measure(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """What moves money, and files, are counted by the person also where a page asks. Over the limit it is a 429.

    The answer of a page that is counted says where its person stands.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        standing: Standing | None = getattr(request, "standing", None)
        if standing is not None and not request.path.startswith(API):
            _say(response, standing, now=clock.wall())
        return response

    # Django calls it when it knows which page is meant, before that does anything.
    respond.__dict__["process_view"] = _refused_page
    return respond


def _refused_page(request: HttpRequest, *_: object) -> HttpResponse | None:
    """The answer to whoever asks too often; None lets the page be shown."""
    counted = cast(CountedRequest, request)
    if request.path.startswith(API) or not _count_what_is_dear(counted, now=clock.wall()):
        return None
    if not counted.standing.is_over:
        return None
    refused = TooOften.beyond(counted.standing, now=clock.wall())
    response = render(request, "429.html", {"sentence": refused.sentence}, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(max(math.ceil(refused.wait.total_seconds()), 1))
    return response


def _count_what_is_dear(request: CountedRequest, *, now: datetime) -> bool:
    """Count an order about money, or a file, for its person; whether it is one, and there is a person."""
    name = request.resolver_match.url_name if request.resolver_match else None
    is_money, user = request.method == "POST" and name in MONEY, request.user
    if not (is_money or name in EXPORTS) or not isinstance(user, User):
        return False
    request.standing = limits.count_person(kind=limits.MONEY if is_money else limits.EXPORTS, user_id=user.id, now=now)
    return True


def _say(response: HttpResponse, standing: Standing, *, now: datetime) -> None:
    for name, value in standing.headers(now).items():
        response.headers[name] = value


def _note_key(request: HttpRequest) -> None:
    """A key that was used shows so in its list, to the minute."""
    key: KeyBearer | None = getattr(request, "key", None)
    now = clock.wall()
    if key is not None and (key.used_at is None or key.used_at + NOTED_EVERY <= now):
        keys.note_use(key_id=key.key_id, now=now)
