"""Who somebody is here: the one place that says so. A person may have two faces: of a creator, and of a member."""

from dataclasses import dataclass, replace
from enum import StrEnum

from cliphaven.identity.models import Membership, Organisation, Role, StaffGrant, StaffRole, User

STAFF_ONLY = "Only staff may do this."
ADMIN_GIVES = "Somebody with the role admin can give you one."


class Face(StrEnum):
    """As whom somebody acts."""

    STAFF = "staff"
    SPONSOR = "sponsor"
    CREATOR = "creator"


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


@dataclass(frozen=True, kw_only=True)
class Faces:
    """All that somebody is here. Staff are nothing else; who belongs nowhere is a creator."""

    user: User
    belonging: Belonging | None
    staff_roles: frozenset[str] = frozenset()
    only: Face | None = None
    """The one face that counts, where a key was shown that is made for it."""

    @property
    def is_staff(self) -> bool:
        """Whether they look after the marketplace."""
        return self.user.is_staff

    def refusal(self, *roles: StaffRole) -> str:
        """Why this person may not do what is for staff in one of these roles, or in any; empty when they may."""
        if not self.is_staff or not self.user.is_active:
            return STAFF_ONLY
        if self.staff_roles & set(roles or StaffRole):
            return ""
        if not roles:
            return f"You have none of the staff's roles now. {ADMIN_GIVES}"
        return f"This needs the role {' or '.join(roles)}. {ADMIN_GIVES}"

    @property
    def creates(self) -> bool:
        """Whether a creator's pages are theirs: they belong nowhere, or began as one before or besides."""
        if self.only is not None:
            return self.only is Face.CREATOR
        return not self.is_staff and (self.belonging is None or self.user.is_creator)

    @property
    def all(self) -> tuple[Face, ...]:
        """Their faces, the one first with which they come in."""
        has = {Face.STAFF: self.is_staff, Face.SPONSOR: self.belonging is not None, Face.CREATOR: self.creates}
        return tuple(face for face, is_theirs in has.items() if is_theirs)

    def narrowed(self, face: Face, *, organisation_id: int | None) -> "Faces | None":
        """This person with one of their faces alone, of this organisation; None when they do not have it any more."""
        acts_for = self.belonging.organisation.id if self.belonging is not None else None
        if face not in self.all or (face is Face.SPONSOR and acts_for != organisation_id):
            return None
        return replace(self, only=face, belonging=self.belonging if face is Face.SPONSOR else None)

    @property
    def first(self) -> Face:
        """The face with which they come in."""
        return self.all[0]


def faces_of(user: User) -> Faces:
    """Who this person is."""
    if user.is_staff:
        roles = StaffGrant.objects.filter(user=user).values_list("role", flat=True)
        return Faces(user=user, belonging=None, staff_roles=frozenset(roles))
    return Faces(user=user, belonging=belonging(user_id=user.id))


def staff_refusal(user_id: int, *roles: StaffRole) -> str:
    """Why this person may not do what is for staff in one of these roles, or in any; empty when they may."""
    return faces_of(User.objects.get(id=user_id)).refusal(*roles)


def belonging(*, user_id: int) -> Belonging | None:
    """The organisation for which a person acts, or None for who acts for nobody. The oldest membership leads."""
    membership = Membership.objects.select_related("organisation").filter(user_id=user_id).order_by("id").first()
    return None if membership is None else Belonging(organisation=membership.organisation, role=membership.role)


def creator(*, user_id: int) -> User | None:
    """The person with this id if they create."""
    person = User.objects.filter(id=user_id).first()
    return person if person is not None and faces_of(person).creates else None
