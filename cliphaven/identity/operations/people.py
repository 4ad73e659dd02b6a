"""People and organisations are entered here."""

from datetime import datetime

from django.contrib.auth.hashers import make_password

from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.identity.models import Membership, Organisation, Role, User
from cliphaven.identity.rules.addresses import address_of


@joined_transaction
def person_at(*, email: str, name: str, password: str | None, is_staff: bool, now: datetime) -> tuple[User, bool]:
    """The person of an address, and whether they are new: entered like this if there was nobody."""
    address = address_of(email)
    known = User.objects.filter(email=address).first()
    if known is not None:
        return known, False
    fields = {"name": name, "password": make_password(password), "is_staff": is_staff, "created_at": now}
    # Somebody else may enter the same person meanwhile: then theirs is the one.
    return User.objects.get_or_create(email=address, defaults=fields)


@own_transaction
def enter_person(*, email: str, name: str, password: str | None, now: datetime) -> int:
    """Enter a person, none of the staff; answers the user's id. An address that is there already keeps its person."""
    user, _ = person_at(email=email, name=name, password=password, is_staff=False, now=now)
    return user.id


@own_transaction
def found_organisation(*, name: str, owner_id: int, now: datetime) -> int:
    """Found a sponsor's organisation with its first owner; answers its id."""
    organisation = Organisation.objects.create(name=name, created_at=now)
    Membership.objects.create(organisation=organisation, user_id=owner_id, role=Role.OWNER)
    return organisation.id


@joined_transaction
def lock_person(*, user_id: int) -> User | None:
    """The person, locked: others who lock them wait for the caller's transaction to end. None if there is nobody."""
    return User.objects.select_for_update(no_key=True).filter(id=user_id).first()


@joined_transaction
def works_as_creator(*, user_id: int) -> None:
    """Somebody did what creators do: they stay one, also when they come to belong to an organisation."""
    User.objects.filter(id=user_id, is_staff=False, is_creator=False).update(is_creator=True)


@own_transaction
def begin_creating(*, user_id: int) -> None:
    """A member of an organisation wants to create as well, under the same address. Staff stay staff."""
    works_as_creator(user_id=user_id)
