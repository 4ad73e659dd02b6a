"""What the staff sees of people: who they are, what they may do, and what was done to their standing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cliphaven.identity.models import Membership, PersonAct, StaffGrant, User

FOUND_MAX = 50
ACTS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """Somebody in a list."""

    user_id: int
    name: str
    email: str
    is_staff: bool
    is_active: bool
    organisation: str
    staff_roles: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """What was done to somebody; `by` is empty where it was said on the machine itself."""

    deed: str
    role: str
    reason: str
    by: str
    acted_at: datetime


def staff() -> list[PersonLine]:
    """Everybody of the staff, whether they can come in or not."""
    return _lines(User.objects.filter(is_staff=True).order_by("name", "id"))


def found(*, text: str) -> list[PersonLine]:
    """People whose address or name begins like this, or whose number it is; at most FOUND_MAX."""
    said = " ".join(text.split())[:254]
    if not said:
        return []
    sought = Q(email__istartswith=said) | Q(name__istartswith=said)
    if said.isascii() and said.isdigit() and len(said) < 19:  # what a number of ours has at most
        sought |= Q(id=int(said))
    return _lines(User.objects.filter(sought).order_by("name", "id")[:FOUND_MAX])


def person_line(*, user_id: int) -> PersonLine | None:
    """One person, or None."""
    lines = _lines(User.objects.filter(id=user_id))
    return lines[0] if lines else None


def acts_about(*, user_id: int) -> list[ActLine]:
    """What was done to a person's standing, the newest first, at most ACTS_MAX."""
    acts = PersonAct.objects.filter(person_id=user_id).select_related("staff").order_by("-id")[:ACTS_MAX]
    return [
        ActLine(
            deed=act.deed,
            role=act.role,
            reason=act.reason,
            by=act.staff.name if act.staff else "",
            acted_at=act.acted_at,
        )
        for act in acts
    ]


def _lines(people: Iterable[User]) -> list[PersonLine]:
    people = list(people)
    ids = [person.id for person in people]
    memberships = Membership.objects.filter(user_id__in=ids).select_related("organisation").order_by("-id")
    organisations = {one.user_id: one.organisation.name for one in memberships}
    roles: dict[int, list[str]] = {}
    for user_id, role in StaffGrant.objects.filter(user_id__in=ids).order_by("role").values_list("user_id", "role"):
        roles.setdefault(user_id, []).append(role)
    return [
        PersonLine(
            user_id=person.id,
            name=person.name,
            email=person.email,
            is_staff=person.is_staff,
            is_active=person.is_active,
            organisation=organisations.get(person.id, ""),
            staff_roles=tuple(roles.get(person.id, ())),
            created_at=person.created_at,
        )
        for person in people
    ]
