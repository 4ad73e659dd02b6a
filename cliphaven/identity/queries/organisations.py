"""Who belongs to an organisation, and who is invited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cliphaven.identity.models import Invitation, Membership, Organisation, Role
from cliphaven.identity.rules.digests import digest

MAY = {
    Role.OWNER: "everything, also saying who belongs to the organisation",
    Role.FINANCE: "paying in, funding campaigns and changing them, reviewing clips",
    Role.REVIEWER: "reviewing clips, and looking at everything",
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody of an organisation."""

    user_id: int
    name: str
    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class OpenInvitation:
    """Somebody who may become one."""

    invitation_id: int
    organisation: str
    email: str
    role: str
    may: str
    expires_at: datetime


def waiting_invitations() -> QuerySet[Invitation]:
    """Those that nobody has accepted or withdrawn; some of them may be over."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None)


def name_of(*, organisation_id: int) -> str:
    """What an organisation is called."""
    return Organisation.objects.get(id=organisation_id).name


def people_of(*, organisation_id: int) -> list[Member]:
    """An organisation's members, the oldest first."""
    found = Membership.objects.filter(organisation_id=organisation_id).select_related("user").order_by("id")
    return [Member(user_id=one.user_id, name=one.user.name, email=one.user.email, role=one.role) for one in found]


def owner_ids(*, organisation_id: int) -> list[int]:
    """The ids of those who say who belongs to an organisation."""
    owners = Membership.objects.filter(organisation_id=organisation_id, role=Role.OWNER)
    return list(owners.values_list("user_id", flat=True).order_by("id"))


def ever_members(organisation_ids: Collection[int]) -> dict[int, set[int]]:
    """Who belongs to organisations, or belonged to them by an invitation, by the organisation."""
    found: dict[int, set[int]] = {organisation_id: set() for organisation_id in organisation_ids}
    invited = Invitation.objects.filter(organisation_id__in=organisation_ids, accepted_by__isnull=False)
    members = Membership.objects.filter(organisation_id__in=organisation_ids)
    for organisation_id, user_id in members.values_list("organisation_id", "user_id"):
        found[organisation_id].add(user_id)
    for organisation_id, accepted_by_id in invited.values_list("organisation_id", "accepted_by_id"):
        if accepted_by_id is not None:
            found[organisation_id].add(accepted_by_id)
    return found


def open_invitations(*, organisation_id: int, now: datetime) -> list[OpenInvitation]:
    """Invitations that can still be accepted, the newest first."""
    found = waiting_invitations().filter(organisation_id=organisation_id, expires_at__gt=now)
    return [_told(one) for one in found.select_related("organisation").order_by("-id")]


def invitation(*, token: str, now: datetime) -> OpenInvitation | None:
    """The invitation that this token is of, as long as it can be accepted."""
    found = waiting_invitations().filter(token_sha256=digest(token), expires_at__gt=now)
    one = found.select_related("organisation").first()
    return None if one is None else _told(one)


def _told(one: Invitation) -> OpenInvitation:
    return OpenInvitation(
        invitation_id=one.id,
        organisation=one.organisation.name,
        email=one.email,
        role=one.role,
        may=MAY[Role(one.role)],
        expires_at=one.expires_at,
    )
