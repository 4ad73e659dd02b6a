"""Who somebody is, and where they belong."""

from collections.abc import Sequence

from cliphaven.foundation.errors import Refused
from cliphaven.identity.models import Membership, StaffRole, User
from cliphaven.identity.queries.faces import Belonging, Face, Faces, belonging, creator, faces_of, staff_refusal
from cliphaven.identity.rules.addresses import address_of

__all__ = [
    "OWNERS_SAY",
    "Belonging",
    "Face",
    "Faces",
    "NotAnOwner",
    "StaffRole",
    "belonging",
    "creator",
    "faces_of",
    "members",
    "names",
    "person",
    "person_at",
    "staff_ids",
    "staff_refusal",
]


OWNERS_SAY = "Only owners say who belongs to the organisation"


class NotAnOwner(Refused):
    """Other members may see who belongs to the organisation, and not change it."""

    code = "not_an_owner"


def person(*, user_id: int) -> User:
    """The person with this id; it must exist."""
    return User.objects.get(id=user_id)


def person_at(*, email: str) -> User | None:
    """The person with this address, however it is written."""
    return User.objects.filter(email=address_of(email)).first()


def staff_ids() -> list[int]:
    """The ids of everybody who looks after the marketplace now."""
    return list(User.objects.filter(is_staff=True, is_active=True).values_list("id", flat=True).order_by("id"))


def names(user_ids: Sequence[int]) -> dict[int, str]:
    """The names of people by id."""
    return dict(User.objects.filter(id__in=user_ids).values_list("id", "name"))


def members(*, organisation_id: int) -> list[int]:
    """The ids of an organisation's members."""
    return list(
        Membership.objects.filter(organisation_id=organisation_id).values_list("user_id", flat=True).order_by("id")
    )
