"""Who somebody is, and where they belong."""

from collections.abc import Sequence
from dataclasses import dataclass

from cliphaven.foundation.errors import Refused
from cliphaven.identity.models import Membership, Organisation, Role, User
from cliphaven.identity.rules.addresses import address_of


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """An organisation and what the person may do for it."""

    organisation: Organisation
    role: str

    @property
    def may_move_money(self) -> bool:
        """Whether the person may pay in, fund campaigns and change them: owners and finance, not reviewers."""
        return self.role in (Role.OWNER, Role.FINANCE)

    @property
    def is_owner(self) -> bool:
        """Whether the person may say who belongs to the organisation."""
        return self.role == Role.OWNER


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


def creator(*, user_id: int) -> User | None:
    """The person with this id if they create: neither staff nor a member of an organisation."""
    person = User.objects.filter(id=user_id, is_staff=False).first()
    return None if person is None or belonging(user_id=user_id) is not None else person


def staff_ids() -> list[int]:
    """The ids of everybody who looks after the marketplace now."""
    return list(User.objects.filter(is_staff=True, is_active=True).values_list("id", flat=True).order_by("id"))


def names(user_ids: Sequence[int]) -> dict[int, str]:
    """The names of people by id."""
    return dict(User.objects.filter(id__in=user_ids).values_list("id", "name"))


def belonging(*, user_id: int) -> Belonging | None:
    """The organisation for which a person acts, or None for creators and staff. The oldest membership leads."""
    membership = Membership.objects.select_related("organisation").filter(user_id=user_id).order_by("id").first()
    return None if membership is None else Belonging(organisation=membership.organisation, role=membership.role)


def members(*, organisation_id: int) -> list[int]:
    """The ids of an organisation's members."""
    return list(
        Membership.objects.filter(organisation_id=organisation_id).values_list("user_id", flat=True).order_by("id")
    )
