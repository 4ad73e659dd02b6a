"""Whatever is good once has one effect, however many use it at the same moment. ROUNDS=100 for the long run."""

import os
import re

from cliphaven.foundation import clock
from cliphaven.identity import operations
from cliphaven.identity.models import Invitation, Membership, RefreshToken, SignInAttempt, User
from cliphaven.identity.operations import organisations
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, a_user, adas_organisation, ben
from tests.rooms.identity.programs import Program

ROUNDS = int(os.environ.get("ROUNDS", "3"))
USES = 16


def invited(number: int) -> tuple[str, str]:
    """Ada invites somebody new: their address, and the token of the mail."""
    email = f"guest{number}@example.test"
    organisations.invite(
        organisation_id=adas_organisation().id,
        owner_id=a_user("Ada").id,
        email=email,
        role="reviewer",
        now=clock.wall(),
    )
    [token] = re.findall(r"/invitations/(\S+)/", Message.objects.order_by("id").last().link)
    guest = User.objects.get(email=email)
    guest.set_password("a long enough password")
    guest.save()
    return email, token


def mailed() -> tuple[str, str]:
    """The token of the newest link, and its code."""
    message = Message.objects.order_by("id").last()
    [token] = re.findall(r"/link/(\S+)/", message.link)
    [code] = re.findall(r"Code: (\S+)", message.secret)
    return token, code


def test_a_refresh_token(site):
    ben()
    for _ in range(ROUNDS):
        program = Program(site).sign_in()
        before = RefreshToken.objects.count()
        token = program.refresh_token
        answers = at_once(lambda _: str(Program(site).refresh(token)[0]), workers=USES)  # noqa: B023  # at once

        assert answers["200"] == 1
        assert answers["409"] + answers["401"] == USES - 1
        assert RefreshToken.objects.count() == before + 1


def test_the_code_of_a_mail(site):
    ben()
    for _ in range(ROUNDS):
        SignInAttempt.objects.all().delete()
        program = Program(site)
        asked = program.http.post("/auth/link", json={"email": "ben@example.test"}).json()["request"]
        order = {"request": asked, "code": mailed()[1]}
        answers = at_once(
            lambda _: str(program.http.post("/auth/link/confirm", json=order).status_code),  # noqa: B023
            workers=USES,
        )

        assert answers == {"200": 1, "401": USES - 1}


def test_a_magic_link(committed):
    ben()
    for _ in range(ROUNDS):
        SignInAttempt.objects.all().delete()
        nonce = operations.ask_for_link(email="ben@example.test", now=clock.wall()).browser_nonce
        token, _ = mailed()

        def use(_: int) -> str:
            try:
                operations.use_link(token=token, browser_nonce=nonce, now=clock.wall())  # noqa: B023
            except operations.SignInRefused:
                return "refused"
            return "in"

        assert at_once(use, workers=USES) == {"in": 1, "refused": USES - 1}


def test_an_invitation(site):
    adas_organisation()
    for number in range(ROUNDS):
        email, token = invited(number)
        program = Program(site, email=email).sign_in()
        answers = at_once(
            lambda one: str(
                program.post("/auth/invitations/accept", key=f"accept-it-{one}", token=token)[0]  # noqa: B023
            ),
            workers=USES,
        )

        assert answers == {"204": 1, "409": USES - 1}
        Membership.objects.get(user__email=email).delete()


def test_an_idempotency_key(site):
    adas_organisation()
    program = Program(site, email="ada@example.test").sign_in()
    for number in range(ROUNDS):
        order = {"email": f"guest{number}@example.test", "role": "reviewer"}
        answers = at_once(
            lambda _: str(
                program.post("/sponsor/organisation/invitations", key=f"invite-{number}", **order)[0]  # noqa: B023
            ),
            workers=USES,
        )

        assert answers == {"204": USES}
        assert Invitation.objects.filter(email=order["email"]).count() == 1
        assert Message.objects.filter(user__email=order["email"]).count() == 1
        Invitation.objects.update(withdrawn_at=MONDAY)
        status, problem = program.post(
            "/sponsor/organisation/invitations", key=f"invite-{number}", email="other@example.test", role="owner"
        )
        assert (status, problem["code"]) == (422, "idempotency_key_used")
