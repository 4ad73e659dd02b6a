"""Doors of the API for organisations: who belongs to one, who may become somebody of it."""

from typing import Annotated, cast

from django.http import HttpRequest
from ninja import Path, Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key
from cliphaven.identity import schemas
from cliphaven.identity.guards import AS_ANYBODY, AS_OWNER, AS_SPONSOR, signed_in_id, signed_in_organisation_id
from cliphaven.identity.operations import organisations
from cliphaven.identity.queries import organisations as known

ORGANISATION = Router(auth=AS_SPONSOR, tags=["Sponsors: your organisation"])
INVITED = Router(auth=AS_ANYBODY, tags=["You"])

AnId = Annotated[int, Path(ge=1, le=ID_MAX)]


@INVITED.post("/auth/invitations/accept", response={204: None, **REFUSED}, url_name="api_invitation_accept")
def invitation_accept(request: HttpRequest, key: Key, order: schemas.AcceptOrder) -> tuple[int, None]:
    """Become a member of the organisation that invited you, once."""
    organisations.accept_invitation(token=order.token, user_id=signed_in_id(request), request_key=key, now=clock.wall())
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
def invite(request: HttpRequest, key: Key, order: schemas.InvitationOrder) -> tuple[int, None]:
    """Mail somebody a way into the organisation. An open invitation of the same address is replaced."""
    organisations.invite(
        organisation_id=signed_in_organisation_id(request),
        owner_id=signed_in_id(request),
        email=order.email,
        role=order.role,
        request_key=key,
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
