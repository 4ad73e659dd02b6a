"""Who belongs to an organisation: invited by an owner, in by one press, out at an owner's word."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cliphaven.clips.operations import channels
from cliphaven.foundation import clock
from cliphaven.identity import queries
from cliphaven.identity.models import Invitation, Membership, Role, User
from cliphaven.identity.operations import organisations, tokens
from cliphaven.identity.queries.tokens import bearer
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user, adas_organisation, ben, dot
from tests.rooms.identity.programs import Program

GIL = "gil@example.test"
WEEK = timedelta(days=7)


def invited(email: str = GIL, *, role: str = "finance", at: datetime = MONDAY) -> str:
    """Ada invites somebody: the token of the mail."""
    organisations.invite(
        organisation_id=adas_organisation().id, owner_id=a_user("Ada").id, email=email, role=role, now=at
    )
    [token] = re.findall(r"/invitations/(\S+)/", Message.objects.order_by("id").last().link)
    return token


def accepts(token: str, email: str = GIL, *, after: timedelta = timedelta()) -> bool:
    user_id = User.objects.get(email=email).id
    try:
        organisations.accept_invitation(token=token, user_id=user_id, now=MONDAY + after)
    except organisations.InvitationRefused:
        return False
    return True


def roles() -> dict[str, str]:
    return dict(adas_organisation().memberships.values_list("user__email", "role"))


def owners_browser() -> Client:
    adas_organisation()
    client = Client()
    client.force_login(a_user("Ada"))
    return client


@pytest.mark.django_db
def test_an_invitation_makes_a_member_in_its_role_once():
    token = invited()

    assert [accepts(token), accepts(token)] == [True, False]
    assert roles()[GIL] == "finance"


@pytest.mark.django_db
@pytest.mark.parametrize(("after", "still_good"), [(WEEK - timedelta(seconds=1), True), (WEEK, False)])
def test_an_invitation_lives_a_week(after, still_good):
    assert accepts(invited(), after=after) is still_good


@pytest.mark.django_db
def test_an_invitation_is_good_for_the_address_that_it_went_to_alone():
    token = invited()
    invited("eve@example.test")

    assert not accepts(token, "eve@example.test")
    assert accepts(token)


@pytest.mark.django_db
def test_a_second_invitation_of_an_address_takes_the_place_of_the_first():
    first, second = invited(role="owner"), invited(role="reviewer")

    assert [accepts(first), accepts(second)] == [False, True]
    assert roles()[GIL] == "reviewer"


@pytest.mark.django_db
def test_an_invitation_that_was_withdrawn_lets_nobody_in():
    token = invited()
    organisations.withdraw_invitation(
        organisation_id=adas_organisation().id,
        owner_id=a_user("Ada").id,
        invitation_id=Invitation.objects.get().id,
        now=MONDAY,
    )

    assert not accepts(token)


@pytest.mark.django_db
def test_staff_and_members_of_others_stay_what_they_are():
    dot()
    tokens_of = {email: invited(email) for email in ("dot@example.test", "cleo@example.test")}

    assert [email for email, token in tokens_of.items() if accepts(token, email)] == []


@pytest.mark.django_db
def test_a_creator_who_becomes_a_member_stays_a_creator():
    ben()

    assert accepts(invited("ben@example.test"), "ben@example.test")
    assert queries.creator(user_id=ben().id) == ben()
    assert queries.belonging(user_id=ben().id).organisation == adas_organisation()


@pytest.mark.django_db
def test_who_posted_before_accepting_stays_a_creator_though_an_invitation_entered_them():
    token = invited()
    gil = User.objects.get(email=GIL)
    channels.add_channel(creator_id=gil.id, platform="tiktok", profile="gil", now=MONDAY)

    assert accepts(token)
    assert queries.creator(user_id=gil.id) == gil


@pytest.mark.django_db
def test_who_was_entered_by_an_invitation_and_did_nothing_is_a_member_alone():
    assert accepts(invited())
    assert queries.creator(user_id=User.objects.get(email=GIL).id) is None


@pytest.mark.django_db
def test_a_token_cannot_be_read_from_the_table():
    token = invited()
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(i)::text from identity_invitation i")
        [row] = cursor.fetchone()

    assert token not in row


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["Cleo", "Ben", "Dot"])
def test_only_owners_say_who_belongs_to_an_organisation(who):
    organisation = adas_organisation()
    user = a_user(who)
    me = {"organisation_id": organisation.id, "owner_id": user.id}

    for attempt in (
        lambda: organisations.invite(**me, email=GIL, role="owner", now=MONDAY),
        lambda: organisations.change_role(**me, member_id=user.id, role="owner"),
        lambda: organisations.remove_member(**me, member_id=a_user("Ada").id, now=MONDAY),
    ):
        with pytest.raises(queries.NotAnOwner):
            attempt()


@pytest.mark.django_db
def test_there_is_always_an_owner():
    organisation, ada = adas_organisation(), a_user("Ada")
    me = {"organisation_id": organisation.id, "owner_id": ada.id, "member_id": ada.id}

    with pytest.raises(organisations.LastOwner):
        organisations.remove_member(**me, now=MONDAY)
    with pytest.raises(organisations.LastOwner):
        organisations.change_role(**me, role="finance")
    organisations.change_role(**{**me, "member_id": a_user("Cleo").id}, role="owner")
    organisations.change_role(**me, role="finance")

    assert roles() == {"ada@example.test": "finance", "cleo@example.test": "owner"}


@pytest.mark.django_db
def test_who_is_removed_is_out_at_once():
    organisation, cleo = adas_organisation(), a_user("Cleo")
    pair = tokens.sign_program_in(user_id=cleo.id, method="password", program="", now=MONDAY)
    organisations.remove_member(
        organisation_id=organisation.id, owner_id=a_user("Ada").id, member_id=cleo.id, now=MONDAY
    )

    assert bearer(token=pair.access_token, now=MONDAY) is None
    assert not Membership.objects.filter(user=cleo).exists()


@pytest.mark.django_db
def test_an_organisation_has_fifty_members_and_invitations_at_most():
    for number in range(organisations.MEMBERS_MAX - 2):  # Ada and Cleo are there
        invited(f"somebody{number}@example.test")

    with pytest.raises(organisations.InvitationRefused):
        invited("one.more@example.test")


def test_sixteen_presses_at_once_make_one_member(committed):
    token = invited()

    assert at_once(lambda _: str(accepts(token)), workers=16) == {"True": 1, "False": 15}
    assert list(roles()) == ["ada@example.test", "cleo@example.test", GIL]


def test_two_owners_who_remove_each_other_at_once_leave_one(committed):
    organisation = adas_organisation()
    Membership.objects.update(role=Role.OWNER)
    people = [a_user("Ada").id, a_user("Cleo").id]

    def remove(number: int) -> str:
        try:
            organisations.remove_member(
                organisation_id=organisation.id,
                owner_id=people[number % 2],
                member_id=people[1 - number % 2],
                now=MONDAY,
            )
        except (queries.NotAnOwner, organisations.LastOwner, organisations.NoSuchMember):
            return "refused"
        return "removed"

    assert at_once(remove, workers=8) == {"removed": 1, "refused": 7}


@pytest.mark.django_db
def test_an_owner_invites_on_the_page_and_the_invited_one_accepts_on_theirs():
    owner = owners_browser()
    asked = owner.post(reverse("member_invite"), {"email": GIL, "role": "reviewer"}, follow=True)
    path = Message.objects.get().link
    newcomer = Client()
    door = newcomer.get(path)
    newcomer.force_login(User.objects.get(email=GIL))
    page = newcomer.get(path).content.decode()
    looked = roles()
    welcome = newcomer.post(path)

    assert GIL in asked.content.decode()
    assert door.headers["Location"].startswith("/sign-in/?next=/invitations/")
    assert ("Ada Ltd invites you" in page, GIL in looked) == (True, False)
    assert (welcome.status_code, roles()[GIL]) == (302, "reviewer")
    assert newcomer.get(reverse("sponsor_home")).status_code == 200


@pytest.mark.django_db
def test_an_invitation_of_somebody_else_offers_no_button():
    token = invited(at=clock.wall())
    client = Client()
    client.force_login(ben())
    page = client.get(f"/invitations/{token}/").content.decode()

    assert "you are signed in as" in page
    assert "Accept</button>" not in page
    assert client.post(f"/invitations/{token}/").status_code == 422


@pytest.mark.django_db
def test_known_and_unknown_addresses_are_invited_in_the_same_words():
    ben()
    owner = owners_browser()

    def told(email: str) -> str:
        page = owner.post(reverse("member_invite"), {"email": email, "role": "reviewer"}, follow=True)
        return re.search(r"An invitation is on its way to \S+", page.content.decode())[0].replace(email, "…")

    assert told("ben@example.test") == told("nobody@example.test")


@pytest.mark.django_db
def test_what_is_no_role_is_refused():
    owner = owners_browser()

    assert owner.post(reverse("member_invite"), {"email": GIL, "role": "admin"}).status_code == 422
    owner.post(reverse("member_role", args=[a_user("Cleo").id]), {"role": "admin"})
    assert roles()["cleo@example.test"] == "reviewer"


def test_an_organisation_by_the_api(site):
    adas_organisation()
    ada, cleo = Program(site, email="ada@example.test").sign_in(), Program(site, email="cleo@example.test").sign_in()
    at = "/sponsor/organisation"
    asked = ada.post(f"{at}/invitations", key="invite-gil", email=GIL, role="finance")[0]
    refused = cleo.post(f"{at}/invitations", key="invite-gil", email=GIL, role="owner")
    seen = cleo.http.get(at, headers={"Authorization": f"Bearer {cleo.access}"}).json()
    cleo_id = a_user("Cleo").id

    assert (asked, refused[0], refused[1]["code"]) == (204, 403, "not_an_owner")
    assert [one["email"] for one in seen["invitations"]] == [GIL]
    assert [one["role"] for one in seen["members"]] == ["owner", "reviewer"]
    assert ada.post(f"{at}/members/{cleo_id}/role", role="finance")[0] == 204
    assert ada.post(f"{at}/members/{cleo_id}/remove")[0] == 204
    assert cleo.me() == 401
    assert ada.post(f"{at}/members/{a_user('Ada').id}/remove")[1]["code"] == "last_owner"


def test_sixteen_acceptances_over_the_network_make_one_member(site):
    token = invited(at=clock.wall())
    gil = User.objects.get(email=GIL)
    gil.set_password("a long enough password")
    gil.save()
    program = Program(site, email=GIL).sign_in()

    answers = at_once(
        lambda number: str(program.post("/auth/invitations/accept", key=f"accept-{number}", token=token)[0]), workers=16
    )

    assert answers == {"204": 1, "409": 15}
