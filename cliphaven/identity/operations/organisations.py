"""Members come, change and go: by an invitation that is good once, and by an owner's word."""

import secrets
from datetime import datetime, timedelta

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity import queries
from cliphaven.identity.models import EndedFor, Invitation, Membership, Organisation, Role, User
from cliphaven.identity.operations.people import person_at, works_as_creator
from cliphaven.identity.operations.tokens import void_everything
from cliphaven.identity.queries.organisations import waiting_invitations
from cliphaven.identity.rules.addresses import address_of
from cliphaven.identity.rules.digests import digest
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

INVITATION_LIFE = timedelta(days=7)
TOKEN_BYTES = 32
MEMBERS_MAX = 50
NAME_CHARS_MAX = 80
USED_BEFORE = "This key was used for another request. Send a new one."


class InvitationRefused(Refused):
    """This invitation lets nobody in, or could not be sent."""

    code = "invitation_refused"


class KeyUsedBefore(Refused):
    """The same person used this request's key for something else."""

    code = "idempotency_key_used"


class LastOwner(Refused):
    """An organisation is never without an owner."""

    code = "last_owner"


class NoSuchMember(Refused):
    """Nobody of the organisation."""

    code = "no_such_member"


@own_transaction
def invite(
    *,
    organisation_id: int,
    owner_id: int,
    email: str,
    role: str,
    request_key: str = "",
    now: datetime,
    told_at: datetime | None = None,
) -> None:
    """Invite an address into an organisation; an open invitation of the same address is replaced.

    The answer is the same whether somebody lives there or not. Who does not yet is entered: they can do nothing before
    they sign in with a link mailed to the same address. `told_at` is the product's moment, of the mail. The same
    `request_key` again invites nobody again. Raises NotAnOwner, KeyUsedBefore, or InvitationRefused when there are too
    many members.
    """
    told_at = told_at or now
    organisation = _locked_by_owner(organisation_id=organisation_id, owner_id=owner_id)
    if role not in Role.values:
        raise InvitationRefused("There is no such role")
    address = address_of(email)
    before = Invitation.objects.filter(invited_by_id=owner_id, request_key=request_key).first() if request_key else None
    if before is not None:
        if (before.organisation_id, before.email, before.role) != (organisation.id, address, role):
            raise KeyUsedBefore(USED_BEFORE)
        return
    waiting = waiting_invitations().filter(organisation=organisation)
    waiting.filter(email=address).update(withdrawn_at=now)
    if organisation.memberships.count() + waiting.filter(expires_at__gt=now).count() >= MEMBERS_MAX:
        raise InvitationRefused(f"An organisation has {MEMBERS_MAX} members and open invitations at most")
    name = address.partition("@")[0][:NAME_CHARS_MAX]
    invited, is_new = person_at(email=address, name=name, password=None, is_staff=False, now=told_at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=address,
        role=role,
        token_sha256=digest(token),
        is_first_of_person=is_new,
        invited_by_id=owner_id,
        request_key=request_key,
        invited_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    notifications.queue_message(
        user_id=invited.id,
        key=f"invitation:{invitation.id}",
        kind=Kind.ACCESS,
        subject=f"{organisation.name} invites you",
        text=(
            f"You are invited to act for {organisation.name} at ClipHaven, as {Role(role).label.lower()}.\n\n"
            "The button below shows what that means; sign in with this address to accept. It ends in a week."
        ),
        link=f"/invitations/{token}/",
        now=told_at,
    )


@own_transaction
def accept_invitation(*, token: str, user_id: int, request_key: str = "", now: datetime) -> int:
    """Become a member by an invitation, once; answers the organisation's id. Raises InvitationRefused, KeyUsedBefore.

    Only for whoever lives at the address that it went to, and belongs nowhere yet. Creators stay creators besides:
    their earnings hang on the same address.
    """
    # Whoever accepts does so one time after the other: of many requests at once each sees what the one before has done.
    user = User.objects.select_for_update(no_key=True).get(id=user_id)
    if request_key:
        done = Invitation.objects.filter(accepted_by_id=user_id, accept_key=request_key).first()
        if done is not None:
            if bytes(done.token_sha256) != digest(token):
                raise KeyUsedBefore(USED_BEFORE)
            return done.organisation_id
    invitation = (
        waiting_invitations()
        .filter(token_sha256=digest(token), expires_at__gt=now)
        .select_for_update(of=("self",))
        .first()
    )
    if invitation is None or invitation.email != user.email:
        raise InvitationRefused("This invitation was used, withdrawn, is over a week old, or went to another address")
    if user.is_staff or Membership.objects.filter(user=user).exists():
        raise InvitationRefused("You act for somebody already: ask to be invited at another address")
    # Who was entered by an invitation has done nothing here before. If they have, they are known as a creator.
    if not Invitation.objects.filter(email=user.email, is_first_of_person=True).exists():
        works_as_creator(user_id=user.id)
    Membership.objects.create(organisation_id=invitation.organisation_id, user=user, role=invitation.role)
    invitation.accepted_by, invitation.accepted_at, invitation.accept_key = user, now, request_key
    invitation.save(update_fields=["accepted_by", "accepted_at", "accept_key"])
    return invitation.organisation_id


@own_transaction
def withdraw_invitation(*, organisation_id: int, owner_id: int, invitation_id: int, now: datetime) -> None:
    """Make an open invitation void. One that is over stays as it is. Raises NotAnOwner."""
    _locked_by_owner(organisation_id=organisation_id, owner_id=owner_id)
    waiting_invitations().filter(id=invitation_id, organisation_id=organisation_id).update(withdrawn_at=now)


@own_transaction
def change_role(*, organisation_id: int, owner_id: int, member_id: int, role: str) -> None:
    """Give a member another role, from the next request on. Raises NotAnOwner, NoSuchMember or LastOwner."""
    _locked_by_owner(organisation_id=organisation_id, owner_id=owner_id)
    member = _member(organisation_id, member_id)
    if role not in Role.values:
        raise NoSuchMember("There is no such role")
    if role != Role.OWNER:
        _must_not_be_last_owner(member)
    member.role = role
    member.save(update_fields=["role"])


@own_transaction
def remove_member(*, organisation_id: int, owner_id: int, member_id: int, now: datetime) -> None:
    """Part a member from the organisation; all that they have open ends. Raises NotAnOwner, NoSuchMember, LastOwner."""
    _locked_by_owner(organisation_id=organisation_id, owner_id=owner_id)
    member = _member(organisation_id, member_id)
    _must_not_be_last_owner(member)
    member.delete()
    void_everything(user_id=member_id, why=EndedFor.ENDED_BY_OWNER, now=now)


def _locked_by_owner(*, organisation_id: int, owner_id: int) -> Organisation:
    """Whoever changes the members of an organisation does so alone."""
    organisation = Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)
    if not organisation.memberships.filter(user_id=owner_id, role=Role.OWNER).exists():
        raise queries.NotAnOwner(queries.OWNERS_SAY)
    return organisation


def _member(organisation_id: int, member_id: int) -> Membership:
    member = Membership.objects.filter(organisation_id=organisation_id, user_id=member_id).first()
    if member is None:
        raise NoSuchMember("Nobody of the organisation")
    return member


def _must_not_be_last_owner(member: Membership) -> None:
    others = Membership.objects.filter(organisation_id=member.organisation_id, role=Role.OWNER).exclude(id=member.id)
    if member.role == Role.OWNER and not others.exists():
        raise LastOwner("Make somebody else an owner first")
