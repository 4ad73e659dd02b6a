"""Roles of the staff are given and taken by an admin, never by oneself; accounts are switched off, and on again."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity import queries
from cliphaven.identity.models import EndedFor, PersonAct, PersonDeed, StaffGrant, StaffRole, User
from cliphaven.identity.operations.people import person_at
from cliphaven.identity.operations.tokens import void_everything

REASON_MAX = 500
BY_COMMAND = "Entered on the machine itself"


class NotStaff(Refused):
    """Somebody without the role that this needs; the sentence says which."""

    code = "not_staff"


class OwnStanding(Refused):
    """Nobody changes what they themselves may do."""

    code = "own_standing"


class LastAdmin(Refused):
    """Without an admin nobody could give roles any more."""

    code = "last_admin"


class NoSuchPerson(Refused):
    """Nobody to whom this can be done."""

    code = "no_such_person"


class ReasonMissing(Refused):
    """What is done to people has a reason, always."""

    code = "reason_missing"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


@own_transaction
def enter_staff(*, email: str, name: str, password: str | None = None, roles: Collection[str], now: datetime) -> int:
    """Enter somebody of the staff with these roles, as the command does; answers the user's id.

    Without roles they are admin where there is none yet, and else wait for one to give them roles. An address that is
    there already keeps its person.
    """
    _admins_locked()
    user, is_new = person_at(email=email, name=name, password=password, is_staff=True, now=now)
    if is_new:
        for role in roles or ([] if _admins().exists() else [StaffRole.ADMIN]):
            StaffGrant.objects.create(user=user, role=role)
            _write(PersonDeed.GRANTED, user, role=role, staff_id=None, reason=BY_COMMAND, now=now)
    return user.id


@own_transaction
def employ(
    *, email: str, name: str, role: str, admin_id: int, reason: str, request_key: str = "", now: datetime
) -> int:
    """Enter somebody of the staff in a first role, by an admin's word; answers the user's id.

    Raises NotStaff, ReasonMissing, KeyUsedBefore, or NoSuchPerson for an address at which a creator or a member lives.
    """
    _admins_locked()
    person, _ = person_at(email=email, name=name, password=None, is_staff=True, now=now)
    if not person.is_staff:
        raise NoSuchPerson("Somebody who is no staff lives at this address: staff have one of their own")
    _grant(user_id=person.id, role=role, admin_id=admin_id, reason=reason, request_key=request_key, now=now)
    return person.id


def _grant(*, user_id: int, role: str, admin_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    person = _person_for(admin_id, user_id, StaffRole.ADMIN)
    if not person.is_staff or role not in StaffRole.values:
        raise NoSuchPerson("Roles are for staff, and there are support, risk, finance and admin")
    if _is_new(PersonDeed.GRANTED, person, role, staff_id=admin_id, request_key=request_key):
        StaffGrant.objects.bulk_create([StaffGrant(user=person, role=role)], ignore_conflicts=True)
        _write(
            PersonDeed.GRANTED,
            person,
            role=role,
            staff_id=admin_id,
            reason=reason,
            request_key=request_key,
            now=now,
        )


@own_transaction
def grant_role(*, user_id: int, role: str, admin_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """Give one of the staff a role, from their next request on.

    Raises NotStaff, OwnStanding, NoSuchPerson, ReasonMissing or KeyUsedBefore.
    """
    _admins_locked()
    _grant(user_id=user_id, role=role, admin_id=admin_id, reason=reason, request_key=request_key, now=now)


@own_transaction
def withdraw_role(*, user_id: int, role: str, admin_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """Take a role from one of the staff, from their next request on. There is always an admin who can come in.

    Raises NotStaff, OwnStanding, NoSuchPerson, LastAdmin, ReasonMissing or KeyUsedBefore.
    """
    _admins_locked()
    person = _person_for(admin_id, user_id, StaffRole.ADMIN)
    if not _is_new(PersonDeed.WITHDRAWN, person, role, staff_id=admin_id, request_key=request_key):
        return
    held = StaffGrant.objects.filter(user=person, role=role)
    if not held.exists():
        raise NoSuchPerson("They have no such role")
    if role == StaffRole.ADMIN:
        _must_not_be_last_admin(person)
    held.delete()
    _write(PersonDeed.WITHDRAWN, person, role=role, staff_id=admin_id, reason=reason, request_key=request_key, now=now)


@own_transaction
def sign_person_out(*, user_id: int, staff_id: int, reason: str, request_key: str = "", now: datetime) -> None:
    """End all that a person has open, for support or an admin; of staff for an admin alone.

    Raises NotStaff, OwnStanding, NoSuchPerson, ReasonMissing or KeyUsedBefore.
    """
    person = _person_for(staff_id, user_id, StaffRole.SUPPORT, StaffRole.ADMIN)
    if _is_new(PersonDeed.SIGNED_OUT, person, "", staff_id=staff_id, request_key=request_key):
        void_everything(user_id=person.id, why=EndedFor.EVERYWHERE, now=now)
        _write(PersonDeed.SIGNED_OUT, person, staff_id=staff_id, reason=reason, request_key=request_key, now=now)


@own_transaction
def switch_person(
    *, user_id: int, is_on: bool, staff_id: int, reason: str, request_key: str = "", now: datetime
) -> None:
    """Let nobody in as this person any more, or let them in again. What they have open ends at once.

    For support or an admin; of staff for an admin alone. What is owed to a creator is untouched. Raises NotStaff,
    OwnStanding, NoSuchPerson, LastAdmin, ReasonMissing or KeyUsedBefore.
    """
    _admins_locked()
    deed = PersonDeed.SWITCHED_ON if is_on else PersonDeed.SWITCHED_OFF
    person = _person_for(staff_id, user_id, StaffRole.SUPPORT, StaffRole.ADMIN)
    if not _is_new(deed, person, "", staff_id=staff_id, request_key=request_key) or person.is_active == is_on:
        return
    if not is_on:
        if StaffGrant.objects.filter(user=person, role=StaffRole.ADMIN).exists():
            _must_not_be_last_admin(person)
        void_everything(user_id=person.id, why=EndedFor.EVERYWHERE, now=now)
    User.objects.filter(id=person.id).update(is_active=is_on)
    _write(deed, person, staff_id=staff_id, reason=reason, request_key=request_key, now=now)


def _admins_locked() -> None:
    """Whoever changes who is staff does so alone: else two admins could each take the other's role at once."""
    list(User.objects.select_for_update(no_key=True).filter(is_staff=True).order_by("id").values_list("id"))


def _admins() -> QuerySet[StaffGrant]:
    return StaffGrant.objects.filter(role=StaffRole.ADMIN, user__is_active=True)


def _must_not_be_last_admin(person: User) -> None:
    if not _admins().exclude(user=person).exists():
        raise LastAdmin("Make somebody else an admin first")


def _person_for(staff_id: int, user_id: int, *roles: StaffRole) -> User:
    """The person, locked, when this one of the staff may do something to them. Raises as above."""
    person = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if person is None:
        raise NoSuchPerson("There is nobody of this number")
    needed = (StaffRole.ADMIN,) if person.is_staff else roles
    if refusal := queries.staff_refusal(staff_id, *needed):
        raise NotStaff(refusal)
    if person.id == staff_id:
        raise OwnStanding("Nobody changes what they themselves may do: ask another admin")
    return person


def _is_new(deed: PersonDeed, person: User, role: str, *, staff_id: int, request_key: str) -> bool:
    """Whether this request was not carried out before. Raises KeyUsedBefore."""
    before = PersonAct.objects.filter(staff_id=staff_id, request_key=request_key).first() if request_key else None
    if before is not None and (before.deed, before.person_id, before.role) != (deed, person.id, role):
        raise KeyUsedBefore("This key was used for another request. Send a new one.")
    return before is None


def _write(
    deed: PersonDeed,
    person: User,
    *,
    role: str = "",
    staff_id: int | None,
    reason: str,
    request_key: str = "",
    now: datetime,
) -> None:
    said = " ".join(reason.split())
    if not 1 <= len(said) <= REASON_MAX:
        raise ReasonMissing(f"Say why, in at most {REASON_MAX} characters")
    PersonAct.objects.create(
        deed=deed,
        person=person,
        role=role,
        staff_id=staff_id,
        reason=said,
        request_key=request_key,
        acted_at=now,
    )
