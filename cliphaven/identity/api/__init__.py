"""Doors of the API by which programs come in, stay in, and go."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY, OFTEN, REFUSED, Problem
from cliphaven.identity import operations, queries, schemas
from cliphaven.identity.api.factors import ME as FACTORS
from cliphaven.identity.guards import (
    AS_ANYBODY,
    AS_OWNER,
    AS_SPONSOR,
    circumstances,
    program_sign_in,
    signed_in_id,
    signed_in_organisation_id,
    this_sign_in,
)
from cliphaven.identity.operations import organisations, proving, tokens
from cliphaven.identity.queries import organisations as known
from cliphaven.identity.queries import proofs, sign_ins

__all__ = ["AUTH", "FACTORS", "ME", "ORGANISATION"]

AUTH = Router(tags=["Signing in"])
ME = Router(auth=AS_ANYBODY, tags=["You"])

ORGANISATION = Router(auth=AS_SPONSOR, tags=["Sponsors: your organisation"])
ID_MAX = 2**63 - 1
AnId = Annotated[int, Path(ge=1, le=ID_MAX)]

Answered = tuple[int, schemas.Tokens | schemas.SecondFactorWanted]
DOOR = {400: Problem, 401: Problem, 409: Problem, 422: Problem}


@AUTH.post(
    "/password",
    response={200: schemas.Tokens, 202: schemas.SecondFactorWanted, **DOOR, **OFTEN},
    url_name="api_sign_in_password",
)
def sign_in_password(request: HttpRequest, response: HttpResponse, order: schemas.PasswordOrder) -> Answered:
    """Sign a program in with address and password. Five tries on an address within a quarter of an hour."""
    now = clock.wall()
    operations.count_password_attempt(email=order.email, now=now)
    user = operations.person_by_password(request=request, email=order.email, password=order.password)
    return _first_step(user_id=user.id, method="password", program=order.program, response=response, now=now)


@AUTH.post("/link", response={202: schemas.AskedLink, **DOOR, **OFTEN}, url_name="api_ask_for_link")
def ask_for_link(request: HttpRequest, order: schemas.LinkOrder) -> tuple[int, schemas.AskedLink]:  # noqa: ARG001
    """Have a code mailed to an address, if somebody lives there. Three mails within a quarter of an hour."""
    asked = operations.ask_for_link(email=order.email, now=clock.wall(), told_at=clock.now())
    return 202, schemas.AskedLink(request=asked.browser_nonce)


@AUTH.post(
    "/link/confirm",
    response={200: schemas.Tokens, 202: schemas.SecondFactorWanted, **DOOR},
    url_name="api_sign_in_code",
)
def sign_in_code(request: HttpRequest, response: HttpResponse, order: schemas.CodeOrder) -> Answered:  # noqa: ARG001
    """Sign a program in with the code of a mail, once, within ten minutes and five tries."""
    now = clock.wall()
    user_id = operations.use_code(browser_nonce=order.request, code=order.code, now=now)
    return _first_step(user_id=user_id, method="code", program=order.program, response=response, now=now)


@AUTH.post(
    "/second-factor", response={200: schemas.Tokens, 403: Problem, **DOOR, **OFTEN}, url_name="api_second_factor"
)
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
    user = queries.person(user_id=signed_in_id(request))
    belonging = None if user.is_staff else queries.belonging(user_id=user.id)
    role = "staff" if user.is_staff else "creator" if belonging is None else "sponsor"
    return schemas.Me(
        id=user.id,
        name=user.name,
        email=user.email,
        role=role,
        organisation=belonging.organisation.name if belonging else None,
        member_role=belonging.role if belonging else None,
    )


@ME.post("/auth/invitations/accept", response={204: None, **REFUSED}, url_name="api_invitation_accept")
def invitation_accept(request: HttpRequest, order: schemas.AcceptOrder) -> tuple[int, None]:
    """Become a member of the organisation that invited you, once."""
    organisations.accept_invitation(token=order.token, user_id=signed_in_id(request), now=clock.wall())
    return 204, None


@ORGANISATION.get("/organisation", response={200: schemas.Organisation, **NOBODY}, url_name="api_organisation")
def organisation(request: HttpRequest) -> schemas.Organisation:
    """Who belongs to your organisation, and who is invited."""
    organisation_id = signed_in_organisation_id(request)
    return schemas.Organisation(
        name=known.name_of(organisation_id=organisation_id),
        members=[
            schemas.Member(id=one.user_id, name=one.name, email=one.email, role=cast(schemas.MemberRole, one.role))
            for one in known.people_of(organisation_id=organisation_id)
        ],
        invitations=[
            schemas.OpenInvitation(
                id=one.invitation_id,
                email=one.email,
                role=cast(schemas.MemberRole, one.role),
                expires_at=one.expires_at,
            )
            for one in known.open_invitations(organisation_id=organisation_id, now=clock.wall())
        ],
    )


@ORGANISATION.post("/organisation/invitations", response={204: None, **REFUSED}, auth=AS_OWNER, url_name="api_invite")
def invite(request: HttpRequest, order: schemas.InvitationOrder) -> tuple[int, None]:
    """Mail somebody a way into the organisation. An open invitation of the same address is replaced."""
    organisations.invite(
        organisation_id=signed_in_organisation_id(request),
        owner_id=signed_in_id(request),
        email=order.email,
        role=order.role,
        now=clock.wall(),
        told_at=clock.now(),
    )
    return 204, None


@ORGANISATION.post(
    "/organisation/invitations/{int:invitation_id}/withdraw",
    response={204: None, **REFUSED},
    auth=AS_OWNER,
    url_name="api_withdraw",
)
def withdraw(request: HttpRequest, invitation_id: AnId) -> tuple[int, None]:
    """Make an open invitation void. One that is over, or not yours, gets the same answer."""
    organisations.withdraw_invitation(
        organisation_id=signed_in_organisation_id(request),
        owner_id=signed_in_id(request),
        invitation_id=invitation_id,
        now=clock.wall(),
    )
    return 204, None


@ORGANISATION.post(
    "/organisation/members/{int:member_id}/role",
    response={204: None, **REFUSED},
    auth=AS_OWNER,
    url_name="api_member_role",
)
def member_role(request: HttpRequest, member_id: AnId, order: schemas.RoleOrder) -> tuple[int, None]:
    """Give a member another role, from the next request on."""
    organisations.change_role(
        organisation_id=signed_in_organisation_id(request),
        owner_id=signed_in_id(request),
        member_id=member_id,
        role=order.role,
    )
    return 204, None


@ORGANISATION.post(
    "/organisation/members/{int:member_id}/remove",
    response={204: None, **REFUSED},
    auth=AS_OWNER,
    url_name="api_member_remove",
)
def member_remove(request: HttpRequest, member_id: AnId) -> tuple[int, None]:
    """Part a member from the organisation; all that they have open ends."""
    organisations.remove_member(
        organisation_id=signed_in_organisation_id(request),
        owner_id=signed_in_id(request),
        member_id=member_id,
        now=clock.wall(),
    )
    return 204, None


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
