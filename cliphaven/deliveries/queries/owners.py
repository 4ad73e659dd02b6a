"""Whose an endpoint is, who may look at it, and who may steer it."""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from cliphaven.deliveries.models import Endpoint
from cliphaven.deliveries.rules.catalogue import CREATOR, SPONSOR
from cliphaven.foundation.errors import Refused
from cliphaven.identity.queries import Face, Faces, NotAnOwner, organisations

OWNERS_STEER = "Only owners steer the organisation's webhooks"


class NoSuchEndpoint(Refused):
    """There is no such endpoint, or it is somebody else's: that is not told apart."""

    code = "no_such_endpoint"


@dataclass(frozen=True)
class Owner:
    """An organisation, or a creator: one of the two."""

    organisation_id: int | None = None
    user_id: int | None = None

    @property
    def face(self) -> str:
        """As whom they hear of things, in the catalogue's word."""
        return CREATOR if self.organisation_id is None else SPONSOR

    @property
    def name(self) -> str:
        """For locks: one name for each."""
        return f"user:{self.user_id}" if self.organisation_id is None else f"organisation:{self.organisation_id}"

    def matches(self, prefix: str = "") -> Q:
        """The condition that a row is theirs."""
        return Q(**{f"{prefix}organisation_id": self.organisation_id, f"{prefix}user_id": self.user_id})

    def people(self) -> list[int]:
        """The ids of those who are told about their endpoints: the creator, or the organisation's owners."""
        if self.organisation_id is None:
            return [self.user_id] if self.user_id is not None else []
        return organisations.owner_ids(organisation_id=self.organisation_id)


def owner_of(endpoint: Endpoint) -> Owner:
    """Whose this endpoint is."""
    return Owner(organisation_id=endpoint.organisation_id, user_id=endpoint.user_id)


def owner_with(faces: Faces, face: str) -> Owner | None:
    """As whom this person has endpoints with one of their faces; None for staff, and for faces that are not theirs."""
    if face == Face.SPONSOR and faces.belonging is not None:
        return Owner(organisation_id=faces.belonging.organisation.id)
    if face == Face.CREATOR and faces.creates:
        return Owner(user_id=faces.user.id)
    return None


def owners_of(faces: Faces) -> list[Owner]:
    """As whom this person has endpoints."""
    found = [owner_with(faces, face) for face in faces.all]
    return [owner for owner in found if owner is not None]


def may_steer(faces: Faces, owner: Owner) -> bool:
    """Whether this person may change what is the owner's: creators their own, owners their organisation's."""
    if owner not in owners_of(faces):
        return False
    return owner.organisation_id is None or (faces.belonging is not None and faces.belonging.is_owner)


def check_may_steer(faces: Faces, owner: Owner) -> None:
    """Raises NotAnOwner for other members of the organisation."""
    if not may_steer(faces, owner):
        raise NotAnOwner(OWNERS_STEER)


def within_reach(faces: Faces) -> Q:
    """The condition that an endpoint is one of this person's, or of their organisation."""
    reach = Q(pk__in=[])
    for owner in owners_of(faces):
        reach |= owner.matches()
    return reach & Q(removed_at=None)


def endpoint_within_reach(faces: Faces, endpoint_id: uuid.UUID) -> Endpoint:
    """An endpoint that this person may look at. Raises NoSuchEndpoint."""
    found = Endpoint.objects.filter(within_reach(faces), id=endpoint_id).first()
    if found is None:
        raise NoSuchEndpoint("There is no such endpoint")
    return found
