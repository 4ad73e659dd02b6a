"""A program of a creator's, of a sponsor's and of the staff's, over the network from the door to the money."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from django.conf import settings as django_settings

from cliphaven.clips.models import Clip
from cliphaven.clips.operations import decisions, proving
from cliphaven.earnings import operations as earnings
from cliphaven.foundation import clock
from cliphaven.identity.models import RevokedToken, User
from cliphaven.identity.operations import tokens
from cliphaven.payouts.models import Batch, StaffAct
from cliphaven_client import ClipHaven, Conflict, NotAllowed, NotFound, NotSignedIn, NotValid, TooOften, models
from tests.people import PASSWORD, a_campaign, a_user, adas_organisation, ben, dot, mallory, seen, staff_in
from tests.rooms.campaigns.conftest import Sponsor
from tests.rooms.clips.outside import an_account
from tests.rooms.payouts.conftest import Payday, net
from tests.world import SandboxWorld

Entering = Callable[[User], AbstractContextManager[ClipHaven]]
PAID = 100_00


@pytest.fixture
def program_of(site: str) -> Entering:
    """A program of somebody's, which signs in with their password."""

    def entering(user: User) -> AbstractContextManager[ClipHaven]:
        return ClipHaven.signed_in(site, email=user.email, password=PASSWORD, program="Clip robot")

    return entering


def test_a_creator_proves_a_channel_submits_and_reads_what_it_earns(
    site: str, world: SandboxWorld, program_of: Entering
):
    campaign, account = a_campaign(), an_account(world)
    with program_of(ben()) as house:
        channel = house.creator.channel_add(platform="tiktok", profile=account.handle)
        account.post()  # of somebody without any clip there is nothing to be read
        account.write_bio(str(channel.code))
        assert house.creator.channel_check(channel_id=channel.id).is_being_read
        proving.check_due(read_clock=world.now)
        assert [one.state for one in house.creator.channels()] == ["verified"]
        made = house.you.key_make(name="Nightly", face="creator", scopes=["read", "submit"])

    video = account.post()
    with ClipHaven(site, key=made.secret) as house:
        [checked] = house.creator.clips_check(campaign=campaign.id, urls=[video["url"]]).results
        # Whose it is and how old, only the platform can say, once it is submitted.
        assert (checked.answer, checked.video_id) == ("cannot_tell", video["id"])
        for _ in range(2):  # under one key, it is done once
            told = house.creator.clips_submit(
                campaign=campaign.id, urls=[video["url"]], idempotency_key="films-of-monday"
            )
            assert [line.state for line in told.results] == ["accepted"]
        [clip] = house.creator.clips_all()
        assert house.creator.clip(clip_id=clip.id).state == "pending"

        reviewed(clip.id, at=world.now())
        seen(Clip.objects.get(id=clip.id), 10_000, at=world.now())
        earnings.accrue_campaign(campaign_id=campaign.id, now=world.now())
        [balance] = house.creator.balance()
        assert balance.clearing == models.Money(amount=net(1_500), currency="USD")
        assert len(balance.blockers) == 1  # it clears on its day

        with pytest.raises(NotAllowed) as refused:
            house.you.keys()
        assert refused.value.code == "key_not_for_this"
        with pytest.raises(NotFound):
            house.sponsor.wallets()


def reviewed(clip_id: int, *, at: datetime) -> None:
    """Ada has looked at it, and so have we."""
    organisation = adas_organisation()
    decisions.approve_clip(clip_id=clip_id, organisation_id=organisation.id, reviewer_id=a_user("Ada").id, now=at)
    Clip.objects.filter(id=clip_id).update(author_checked_at=at, posted_at=at)


def test_pages_are_walked_through_to_the_end(world: SandboxWorld, program_of: Entering):
    sponsor = Sponsor(world)
    sponsor.paid(PAID)
    with program_of(a_user("Ada")) as house:
        for number in range(51):
            order = {
                "amount": models.MoneyOrder(amount=1_00, currency="USD"),
                "idempotency_key": f"refund-{number:04d}",
            }
            house.sponsor.refund(**order)
        lines = list(house.sponsor.wallet_entries_all(currency="USD"))
        first = house.sponsor.wallet_entries(currency="USD")

    assert (len(lines), len({line.id for line in lines})) == (52, 52)
    assert (len(first.entries), first.next_before) == (50, first.entries[-1].id)


def test_a_sponsor_asks_money_back_and_invites_somebody(world: SandboxWorld, program_of: Entering):
    sponsor = Sponsor(world)
    sponsor.paid(PAID)
    with program_of(a_user("Ada")) as house:
        [wallet] = house.sponsor.wallets()
        assert (wallet.balance.amount, wallet.refundable.amount) == (PAID, PAID)
        money = models.MoneyOrder(amount=40_00, currency="USD")
        first, again = (house.sponsor.refund(amount=money, idempotency_key="refund-of-monday") for _ in range(2))
        assert (first, [part.amount.amount for part in first.refunds]) == (again, [40_00])
        with pytest.raises(Conflict) as refused:
            house.sponsor.refund(amount=models.MoneyOrder(amount=PAID, currency="USD"))
        assert refused.value.code == "refund_refused"
        assert [one.kind for one in house.sponsor.documents_all()] == ["receipt"]

        house.sponsor.invite(email="fay@example.test", role="reviewer")
        found = house.sponsor.organisation()
        assert [(one.email, one.role) for one in found.invitations] == [("fay@example.test", "reviewer")]
        house.sponsor.withdraw(invitation_id=found.invitations[0].id)
        assert house.sponsor.organisation().invitations == []

    with program_of(a_user("Cleo")) as house, pytest.raises(NotAllowed) as told:
        house.sponsor.refund(amount=money)
    assert told.value.code == "not_finance"


def test_two_of_the_staff_release_a_run_and_pause_a_creator(world: SandboxWorld, program_of: Entering, settings):
    settings.RELEASE_LIMIT_MINOR = {**settings.RELEASE_LIMIT_MINOR, "USD": 1}
    transfer = Payday(world).planned_transfer()
    week = transfer.batch.iso_week
    with program_of(dot()) as house:
        assert [run.week for run in house.payday.batches_all()] == [week]
        assert "One more person" in house.payday.release(week=week).sentence
        with pytest.raises(Conflict) as refused:
            house.payday.release(week=week)
        assert refused.value.code == "released_before"
        [item] = house.payday.transfers_all(week=week)
        assert (item.name, item.amount.amount) == (f"transfer:{transfer.id}", net(20_00))
        house.payday.pause(creator_id=ben().id, reason="identity", note="Two names")
        house.payday.unpause(creator_id=ben().id)
        with pytest.raises(NotValid):
            house.payday.stop(week=week, reason="")
    with program_of(a_user("Eli", is_staff=True)) as house:
        assert "goes out now" in house.payday.release(week=week).sentence
    with program_of(staff_in("support")) as house:
        with pytest.raises(NotAllowed) as told:
            house.payday.stop(week=week, reason="Wait")
        found = house.people.person(user_id=mallory().id)

    assert (told.value.code, found.email) == ("not_staff", mallory().email)
    assert (Batch.objects.get().state, StaffAct.objects.count()) == ("planned", 4)


def test_a_program_stays_in_when_its_token_is_used_up(site: str):
    ben()
    kept: list[models.Tokens] = []
    with ClipHaven.signed_in(site, email="ben@example.test", password=PASSWORD, keep=kept.append) as house:
        tokens.revoke(token=kept[0].access_token, now=clock.wall())
        assert RevokedToken.objects.count() == 1
        assert house.you.me().name == "Ben"
        assert [one.name for one in house.you.sign_ins() if one.is_this_one] != []
        house.you.sign_out_everywhere()
        with pytest.raises(NotSignedIn):
            house.you.me()

    assert (len(kept), kept[0].refresh_token == kept[1].refresh_token) == (2, False)


def test_a_wrong_password_and_somebody_elses_are_refused(site: str):
    ben()
    with pytest.raises(NotSignedIn) as refused:
        ClipHaven.signed_in(site, email="ben@example.test", password="something else, and long enough")

    assert refused.value.code == "sign_in_refused"


def test_whoever_asks_too_often_is_told_when_it_goes_on(site: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(django_settings, "RATE_LIMITS", {**django_settings.RATE_LIMITS, "stranger": 1})

    def ask(house: ClipHaven) -> None:
        for _ in range(3):  # a new minute may begin in between
            house.public.fairness()

    with ClipHaven(site, patience_s=0) as house, pytest.raises(TooOften) as refused:
        ask(house)

    assert refused.value.code == "too_often"
    assert 0 < (refused.value.retry_after_s or 0) <= 60
