"""Everybody as whom the API is asked, and what they show at the door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cliphaven.foundation import clock
from cliphaven.identity.models import ApiKey, Membership, Role, StaffGrant, StaffRole, Totp, User
from cliphaven.identity.operations import keys, tokens
from cliphaven.identity.rules.scopes import OF_FACE
from tests.people import a_user, adas_organisation, ben


@dataclass(frozen=True)
class Visitor:
    """Somebody: who they are, None for a stranger; `face` is that of the key which they show, "" for a token."""

    enters: Callable[[], User] | None
    face: str = ""


def member(name: str, role: Role) -> User:
    """Of Ada's organisation, in this role."""
    organisation = adas_organisation()
    Membership.objects.update_or_create(user=a_user(name), defaults={"organisation": organisation, "role": role})
    return a_user(name)


def staff(roles: Sequence[str]) -> User:
    """Of the staff, in these roles and no others."""
    user = a_user("-".join(roles), is_staff=True)
    user.staff_grants.exclude(role__in=roles).delete()
    StaffGrant.objects.bulk_create((StaffGrant(user=user, role=role) for role in roles), ignore_conflicts=True)
    return user


VISITORS = {
    "stranger": Visitor(None),
    "creator": Visitor(ben),
    "owner": Visitor(lambda: member("Ada", Role.OWNER)),
    "reviewer": Visitor(lambda: member("Cleo", Role.REVIEWER)),
    "support": Visitor(lambda: staff([StaffRole.SUPPORT])),
    "risk": Visitor(lambda: staff([StaffRole.RISK])),
    "finance": Visitor(lambda: staff([StaffRole.FINANCE])),
    "admin": Visitor(lambda: staff([StaffRole.ADMIN])),
    "staff": Visitor(lambda: staff(StaffRole.values)),
    "creators-key": Visitor(ben, face="creator"),
    "owners-key": Visitor(lambda: member("Ada", Role.OWNER), face="sponsor"),
    "staffs-key": Visitor(lambda: staff(StaffRole.values), face="staff"),
}


passwords: dict[int, str] = {}


def credential(name: str) -> str | None:
    """What they show now: a new one each time, since who asks for everything signs out, too. None for a stranger."""
    visitor = VISITORS[name]
    if visitor.enters is None:
        return None
    user = as_they_were(visitor.enters())
    if not visitor.face:
        signed_in = tokens.sign_program_in(user_id=user.id, method="password", program="Fuzzing", now=clock.wall())
        return signed_in.access_token
    ApiKey.objects.filter(user=user).delete()
    made = keys.make_key(
        user_id=user.id,
        face=visitor.face,
        name="Fuzzing",
        scopes=[str(scope) for scope in OF_FACE[visitor.face]],
        days=30,
        origin="here",
        now=clock.wall(),
        told_at=clock.now(),
    )
    return made.secret


def as_they_were(user: User) -> User:
    """Whatever was done to the account by somebody who asked for everything is taken back."""
    Totp.objects.filter(user=user).delete()
    ApiKey.objects.filter(user=user).delete()
    user.is_active = True
    # As it was when we first saw it: to make a password anew, or to look whether it fits, is slow on purpose.
    user.password = passwords.setdefault(user.id, user.password)
    user.save()
    return user
