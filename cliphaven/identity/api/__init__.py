"""Doors of the API by which programs come in, stay in, and go."""

from dataclasses import asdict
from datetime import datetime
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY, OFTEN, REFUSED, Problem
from cliphaven.identity import operations, schemas
from cliphaven.identity.api.factors import ME as FACTORS
from cliphaven.identity.api.inbox import INBOX
from cliphaven.identity.api.keys import KEYS
from cliphaven.identity.api.organisations import INVITED, ORGANISATION
from cliphaven.identity.api.people import PEOPLE
from cliphaven.identity.guards import (
    AS_ANYBODY,
    circumstances,
    client_address_of,
    faces_of,
    program_sign_in,
    signed_in_id,
    this_sign_in,
)
from cliphaven.identity.operations import limits, proving, tokens
from cliphaven.identity.queries import proofs, sign_ins

__all__ = ["AUTH", "FACTORS", "INBOX", "INVITED", "KEYS", "ME", "ORGANISATION", "PEOPLE"]

AUTH = Router(tags=["Signing in"])
ME = Router(auth=AS_ANYBODY, tags=["You"])

Answered = tuple[int, schemas.Tokens | schemas.SecondFactorWanted]
DOOR = {400: Problem, 401: Problem, 409: Problem, 422: Problem, **OFTEN}


@AUTH.post(
    "/password",
    response={200: schemas.Tokens, 202: schemas.SecondFactorWanted, **DOOR},
    url_name="api_sign_in_password",
)
def sign_in_password(request: HttpRequest, response: HttpResponse, order: schemas.PasswordOrder) -> Answered:
    """Sign a program in with address and password. Five tries on an address within a quarter of an hour."""
    now = clock.wall()
    with limits.failures_counted(address=client_address_of(request), now=now):
        operations.count_password_attempt(email=order.email, now=now)
        user = operations.person_by_password(request=request, email=order.email, password=order.password)
    return _first_step(user_id=user.id, method="password", program=order.program, response=response, now=now)


@AUTH.post("/link", response={202: schemas.AskedLink, **DOOR}, url_name="api_ask_for_link")
def ask_for_link(request: HttpRequest, order: schemas.LinkOrder) -> tuple[int, schemas.AskedLink]:
    """Have a code mailed to an address, if somebody lives there. Three mails within a quarter of an hour."""
    limits.count_link(address=client_address_of(request), now=clock.wall())
    asked = operations.ask_for_link(email=order.email, now=clock.wall(), told_at=clock.now())
    return 202, schemas.AskedLink(request=asked.browser_nonce)


@AUTH.post(
    "/link/confirm",
    response={200: schemas.Tokens, 202: schemas.SecondFactorWanted, **DOOR},
    url_name="api_sign_in_code",
)
def sign_in_code(request: HttpRequest, response: HttpResponse, order: schemas.CodeOrder) -> Answered:
    """Sign a program in with the code of a mail, once, within ten minutes and five tries."""
    now = clock.wall()
    with limits.failures_counted(address=client_address_of(request), now=now):
        user_id = operations.use_code(browser_nonce=order.request, code=order.code, now=now)
    return _first_step(user_id=user_id, method="code", program=order.program, response=response, now=now)


@AUTH.post("/second-factor", response={200: schemas.Tokens, 403: Problem, **DOOR}, url_name="api_second_factor")
def second_factor(request: HttpRequest, response: HttpResponse, order: schemas.SecondFactorOrder) -> schemas.Tokens:
    """Show the second factor with the ticket of the first. Five tries of a person within a quarter of an hour."""
    where = circumstances(request)
    step = proving.finish_second_step(ticket=order.ticket, code=order.code, **where)
    pair = tokens.sign_program_in(
        user_id=step.user_id, method=step.first, proved_by=step.second, program=order.program, now=where["now"]
    )
    return _told(pair, response, now=where["now"])


@AUTH.post("/refresh", response={200: schemas.Tokens, **DOOR}, url_name="api_refresh_tokens")
def refresh(request: HttpRequest, response: HttpResponse, order: schemas.RefreshOrder) -> schemas.Tokens:  # noqa: ARG001
    """Exchange a refresh token for the next pair. One that was used before ends everything the person has open."""
    now = clock.wall()
    return _told(tokens.refresh(token=order.refresh_token, now=now, told_at=clock.now()), response, now=now)


@AUTH.post("/revoke", response={204: None, **DOOR}, url_name="api_revoke")
def revoke(request: HttpRequest, order: schemas.RevokeOrder) -> tuple[int, None]:  # noqa: ARG001
    """Make a token void at once, whoever shows it. What is no token of ours gets the same answer."""
    tokens.revoke(token=order.token, now=clock.wall())
    return 204, None


@ME.post("/auth/logout", response={204: None, **NOBODY}, url_name="api_sign_out")
def sign_out(request: HttpRequest) -> tuple[int, None]:
    """End the sign-in whose token is shown, with all tokens of it."""
    family_id = program_sign_in(request)
    if family_id is None:
        request.session.flush()
    else:
        tokens.sign_program_out(family_id=str(family_id), user_id=signed_in_id(request), now=clock.wall())
    return 204, None


@ME.post("/auth/logout-everywhere", response={204: None, **REFUSED}, url_name="api_sign_out_everywhere")
def sign_out_everywhere(request: HttpRequest) -> tuple[int, None]:
    """End every sign-in of yours: this one, other programs, and browsers."""
    tokens.sign_out_everywhere(user_id=signed_in_id(request), now=clock.wall())
    return 204, None


@ME.get("/auth/sign-ins", response={200: list[schemas.SignIn], **NOBODY}, url_name="api_sign_ins")
def sign_in_list(request: HttpRequest) -> list[schemas.SignIn]:
    """Where you are signed in, the one used last first: up to fifty browsers and fifty programs."""
    this_one = this_sign_in(request)
    return [
        schemas.SignIn(**asdict(one), is_this_one=one.id == this_one)
        for one in sign_ins.sign_ins(user_id=signed_in_id(request), now=clock.wall())
    ]


@ME.post("/auth/sign-ins/{uuid:sign_in_id}/end", response={204: None, **REFUSED}, url_name="api_sign_in_end")
def sign_in_end(request: HttpRequest, sign_in_id: UUID) -> tuple[int, None]:
    """End one of your sign-ins. One that is over, or not yours, gets the same answer."""
    tokens.end_sign_in(sign_in_id=sign_in_id, user_id=signed_in_id(request), now=clock.wall())
    return 204, None


@ME.get("/me", response={200: schemas.Me, **NOBODY}, url_name="api_me")
def me(request: HttpRequest) -> schemas.Me:
    """Who you are here."""
    who = faces_of(request)
    return schemas.Me(
        id=who.user.id,
        name=who.user.name,
        email=who.user.email,
        role=who.first.value,
        faces=[face.value for face in who.all],
        staff_roles=sorted(cast(list[schemas.StaffRoleName], who.staff_roles)),
        organisation=who.belonging.organisation.name if who.belonging else None,
        member_role=who.belonging.role if who.belonging else None,
    )


def _first_step(*, user_id: int, method: str, program: str, response: HttpResponse, now: datetime) -> Answered:
    """Tokens; or a ticket for the second step, where the person has a second factor."""
    if not proofs.has_second_factor(user_id=user_id):
        pair = tokens.sign_program_in(user_id=user_id, method=method, program=program, now=now)
        return 200, _told(pair, response, now=now)
    response["Cache-Control"] = "no-store"
    ticket = proving.begin_second_step(user_id=user_id, method=method, now=now)
    return 202, schemas.SecondFactorWanted(ticket=ticket, expires_in=int(proving.TICKET_LIFE.total_seconds()))


def _told(pair: tokens.Tokens, response: HttpResponse, *, now: datetime) -> schemas.Tokens:
    response["Cache-Control"] = "no-store"
    return schemas.Tokens(
        access_token=pair.access_token,
        expires_in=int((pair.access_expires_at - now).total_seconds()),
        refresh_token=pair.refresh_token,
        refresh_expires_at=pair.refresh_expires_at,
    )
