"""The people whom tests meet: the sponsor Ada and her reviewer Cleo, the creator Ben, Dot of the staff, and Mallory,
who has no business anywhere."""

from datetime import UTC, datetime, timedelta

from cliphaven.campaigns import rules as campaign_rules
from cliphaven.campaigns.models import Campaign, Terms
from cliphaven.campaigns.operations import campaigns
from cliphaven.clips.models import Channel, Clip
from cliphaven.foundation.transactions import own_transaction
from cliphaven.identity.models import Membership, Organisation, Role, StaffGrant, StaffRole, User
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.tracking.models import Observation, TrackedClip, VendorCall
from cliphaven.tracking.operations import partitions
from cliphaven.tracking.rules import evidence, months

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
PASSWORD = "a long enough password"  # of people who do not exist


def a_user(name: str, *, is_staff: bool = False) -> User:
    """Somebody; of the staff in all roles, where nothing else is said by `staff_in`."""
    known = User.objects.filter(email=f"{name.lower()}@example.test").first()
    if known is not None:
        return known
    user = User.objects.create_user(
        email=f"{name.lower()}@example.test", name=name, password=PASSWORD, is_staff=is_staff, created_at=MONDAY
    )
    StaffGrant.objects.bulk_create(StaffGrant(user=user, role=role) for role in StaffRole.values if is_staff)
    return user


def staff_in(*roles: str) -> User:
    """One of the staff who has these roles and no others."""
    user = a_user("-".join(roles) or "ivy", is_staff=True)
    user.staff_grants.exclude(role__in=roles).delete()
    return user


def ben() -> User:
    return a_user("Ben")


def dot() -> User:
    return a_user("Dot", is_staff=True)


def mallory() -> User:
    return a_user("Mallory")


def adas_organisation() -> Organisation:
    """Ada owns it, Cleo reviews for it."""
    organisation, is_new = Organisation.objects.get_or_create(name="Ada Ltd", defaults={"created_at": MONDAY})
    if is_new:
        Membership.objects.create(organisation=organisation, user=a_user("Ada"), role=Role.OWNER)
        Membership.objects.create(organisation=organisation, user=a_user("Cleo"), role=Role.REVIEWER)
    return organisation


@own_transaction
def deposited(
    organisation: Organisation, amount_minor: int, *, payment: str = "pi_test", currency: str = "USD"
) -> None:
    """Put money in the wallet, as if a payment had been confirmed."""
    cash = Account(kind=AccountKind.STRIPE_BALANCE, currency=currency)
    wallet = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation.id, currency=currency)
    leg = ledger.Leg(debit=cash, credit=wallet, amount_minor=amount_minor)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.DEPOSIT,
                external_id=f"{payment}:{organisation.id}:{currency}",
                legs=(leg,),
                occurred_at=MONDAY,
                cause="test",
            )
        ]
    )


def a_campaign(
    *,
    budget_minor: int = 100_000,
    title: str = "Trail shoes",
    currency: str = "USD",
    terms: campaign_rules.TermsDraft | None = None,
) -> Campaign:
    """An active campaign of Ada's, funded with `budget_minor`."""
    organisation = adas_organisation()
    campaign_id = campaigns.create_campaign(
        organisation_id=organisation.id,
        title=title,
        brief="Show the sole.",
        currency=currency,
        starts_on=MONDAY.date() - timedelta(days=30),
        ends_on=None,
        terms=terms or campaign_rules.TermsDraft(cpm_minor={"tiktok": 150, "instagram": 150, "youtube": 150}),
        now=MONDAY,
    )
    deposited(organisation, budget_minor, payment=f"pi_{campaign_id}", currency=currency)
    fund(campaign_id, budget_minor, key="first-money")
    campaigns.activate_campaign(campaign_id=campaign_id, organisation_id=organisation.id, now=MONDAY)
    return Campaign.objects.get(id=campaign_id)


def fund(campaign_id: int, amount_minor: int, *, key: str) -> None:
    """Ada sets money of the wallet aside."""
    campaigns.fund_campaign(
        campaign_id=campaign_id,
        organisation_id=adas_organisation().id,
        user_id=a_user("Ada").id,
        amount_minor=amount_minor,
        request_key=key,
        now=MONDAY,
    )


def a_channel(creator: User, *, platform: str = "tiktok") -> Channel:
    """A proved channel of the creator."""
    channel, _ = Channel.objects.get_or_create(
        creator=creator,
        platform=platform,
        defaults={
            "handle": creator.name.lower(),
            "author_id": f"author-{creator.id}-{platform}",
            "state": "verified",
            "code": "TESTCODE",
            "code_expires_at": MONDAY,
            "verified_at": MONDAY,
            "added_at": MONDAY,
        },
    )
    return channel


def an_approved_clip(
    campaign: Campaign, *, creator: User | None = None, platform: str = "tiktok", video_id: str | None = None
) -> Clip:
    """A clip of Ben's that counts: approved, its author confirmed, nothing measured yet."""
    creator = creator or ben()
    number = Clip.objects.count() + 1
    return Clip.objects.create(
        campaign=campaign,
        terms=Terms.objects.get(campaign=campaign),
        creator=creator,
        channel=a_channel(creator, platform=platform),
        platform=platform,
        video_id=video_id or f"70000000000000{number:05d}",
        canonical_url=f"https://www.tiktok.com/@ben/video/{number}",
        submitted_url=f"https://www.tiktok.com/@ben/video/{number}",
        posted_at=MONDAY,
        submitted_at=MONDAY,
        state="approved",
        author_checked_at=MONDAY,
        auto_approves_at=MONDAY + timedelta(hours=48),
        decided_at=MONDAY,
    )


def seen(clip: Clip, views: int, *, at: datetime = MONDAY) -> Observation:
    """A poll that believed `views` of the clip."""
    call = VendorCall.objects.create(
        platform=clip.platform, source="test", asked=1, measured=1, started_at=at, ended_at=at
    )
    facts = evidence.ObservedFacts(
        platform=clip.platform,
        video_id=clip.video_id,
        views=views,
        likes=None,
        comments=None,
        shares=None,
        saves=None,
        observed_at=at,
        source="test",
        run_id=call.run_id,
        raw_digest=b"",
        believed=True,
        dropped=False,
    )
    before = Observation.objects.filter(clip=clip).order_by("-id").first()
    previous = bytes(before.sha256) if before else evidence.GENESIS
    _open_month(at)
    observation = Observation.objects.create(
        clip=clip,
        call=call,
        views=views,
        observed_at=at,
        source="test",
        believed=True,
        previous_id=before.id if before else 0,
        previous_sha256=previous,
        sha256=evidence.link_digest(facts, previous_sha256=previous),
    )
    if not TrackedClip.objects.filter(clip=clip).exists():
        TrackedClip.following(clip).save()
    TrackedClip.objects.filter(clip=clip).update(
        due_at=at + timedelta(hours=1),
        views_seen=views,
        seen_observation=observation,
        seen_at=at,
        views_settled=views,
        measured_at=at,
        last_observation_id=observation.id,
        chain_sha256=observation.sha256,
    )
    return observation


@own_transaction
def _open_month(at: datetime) -> None:
    partitions.open_month(month=months.month_number(at))


def read_again(*, at: datetime) -> None:
    """All clips are read once more, and show what they showed before."""
    TrackedClip.objects.update(measured_at=at)
