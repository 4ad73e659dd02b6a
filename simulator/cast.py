"""Who lives in the demonstration marketplace. Names say what they are: nobody here is a person."""

from dataclasses import dataclass

from cliphaven.campaigns.rules.clip_rules import ClipRule, RuleKind

DOMAIN = "demo.example"


@dataclass(frozen=True, kw_only=True)
class CampaignPlan:
    """A campaign to be drafted on a day of the history: its money, and per 1,000 views by platform, in minor units.

    `asks_for` is what its clips must have, so that a machine can look for it.
    """

    title: str
    brief: str
    day: int
    budget_minor: int
    cpm_minor: dict[str, int]
    min_views: int = 0
    max_payout_per_clip_minor: int | None = None
    hold_days: int = 7
    currency: str = "USD"
    asks_for: tuple[ClipRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SponsorPlan:
    """An organisation, the owner's address, its campaigns, and the share of clips that nobody there gets to decide."""

    name: str
    email: str
    campaigns: tuple[CampaignPlan, ...]
    undecided_share: float = 0.15


@dataclass(frozen=True, kw_only=True)
class CreatorPlan:
    """A creator: handles by platform, how payouts are set up ("complete", "no_bank", "none"), and an attack if any.

    `clips_per_week` is how much they post; `more_banks` are the currencies besides dollars that have a bank account,
    and `bank_number` is the number of the first one: some take no money, and who shares one is linked by it.
    """

    name: str
    email: str
    handles: dict[str, str]
    onboarding: str
    attack: str = "none"
    clips_per_week: int = 2
    more_banks: tuple[str, ...] = ()
    bank_number: str | None = None


SPONSORS = (
    SponsorPlan(
        name="Demo Outdoor",
        email=f"sponsor@{DOMAIN}",
        # The visitor's own organisation: its queue shall not be empty when somebody looks.
        undecided_share=0.6,
        campaigns=(
            CampaignPlan(
                title="Trail shoes: the muddy cut",
                brief=(
                    "Short cuts of our trail film. Start on the splash, keep the sole in frame for two seconds,"
                    " and say in the caption where you ran."
                ),
                day=0,
                budget_minor=400_000,
                cpm_minor={"tiktok": 120, "instagram": 140, "youtube": 90},
                max_payout_per_clip_minor=45_000,
                asks_for=(
                    ClipRule(RuleKind.MENTION, "demo.outdoor"),
                    ClipRule(RuleKind.HASHTAG, "muddycut"),
                    ClipRule(RuleKind.MIN_SECONDS, "5"),
                ),
            ),
            CampaignPlan(
                title="Camp stove in one minute",
                brief="Boil, pour, smile. Any angle, but the flame must be seen before second five.",
                day=4,
                budget_minor=6_000,
                cpm_minor={"tiktok": 150, "youtube": 110},
                min_views=500,
                asks_for=(
                    ClipRule(RuleKind.HASHTAG, "onepot"),
                    ClipRule(RuleKind.MAX_SECONDS, "180"),
                ),
            ),
            CampaignPlan(
                title="Hut to hut, in the Alps",
                brief="A morning at a mountain hut in three shots: the pass, the stove, the view.",
                day=2,
                budget_minor=90_000,
                cpm_minor={"tiktok": 330, "instagram": 390, "youtube": 240},
                max_payout_per_clip_minor=20_000,
                currency="EUR",
                asks_for=(ClipRule(RuleKind.HASHTAG, "huttohut"),),
            ),
        ),
    ),
    SponsorPlan(
        name="Demo Games",
        email=f"games@{DOMAIN}",
        campaigns=(
            CampaignPlan(
                title="Puzzle trailer, best fails",
                brief="Cut your best fail from the demo level. End on the title card.",
                day=1,
                budget_minor=250_000,
                cpm_minor={"tiktok": 80, "youtube": 70},
                max_payout_per_clip_minor=60_000,
                asks_for=(ClipRule(RuleKind.PHRASE, "demo level"),),
            ),
            CampaignPlan(
                title="Speedrun reactions",
                brief="React to the developer's run. Original commentary only, no reuploads.",
                day=12,
                budget_minor=180_000,
                cpm_minor={"instagram": 160, "youtube": 100},
                asks_for=(
                    ClipRule(RuleKind.MENTION, "demo.games"),
                    ClipRule(RuleKind.LANGUAGE, "en"),
                ),
            ),
            CampaignPlan(
                title="Arcade night, the high score",
                brief="Your best ten seconds at the cabinet. The score must be read at the end.",
                day=3,
                budget_minor=80_000,
                cpm_minor={"tiktok": 360, "youtube": 300},
                max_payout_per_clip_minor=15_000,
                currency="JPY",
            ),
        ),
    ),
    SponsorPlan(
        name="Demo Kitchen",
        email=f"kitchen@{DOMAIN}",
        campaigns=(
            CampaignPlan(
                title="Knife skills, seven seconds",
                brief="One cut, one vegetable, one take. Safe grip or no approval.",
                day=7,
                budget_minor=120_000,
                cpm_minor={"tiktok": 100, "instagram": 130},
                asks_for=(
                    ClipRule(RuleKind.HASHTAG, "knifeskills"),
                    ClipRule(RuleKind.MAX_SECONDS, "90"),
                ),
            ),
        ),
    ),
)

CREATORS = (
    CreatorPlan(
        name="Demo Creator",
        email=f"creator@{DOMAIN}",
        handles={"tiktok": "demo.cuts", "youtube": "democuts", "instagram": "demo.cuts"},
        onboarding="complete",
        clips_per_week=5,
        more_banks=("EUR", "JPY"),
    ),
    CreatorPlan(
        name="Second Demo Creator",
        email=f"creator2@{DOMAIN}",
        handles={"tiktok": "second.demo", "instagram": "second.demo"},
        onboarding="complete",
        bank_number="000200000002",
    ),
    CreatorPlan(
        name="Third Demo Creator",
        email=f"creator3@{DOMAIN}",
        handles={"youtube": "thirddemo", "tiktok": "third.demo"},
        onboarding="complete",
        bank_number="000300000003",
    ),
    CreatorPlan(
        name="Fourth Demo Creator", email=f"creator4@{DOMAIN}", handles={"tiktok": "fourth.demo"}, onboarding="no_bank"
    ),
    CreatorPlan(
        name="Fifth Demo Creator", email=f"creator5@{DOMAIN}", handles={"instagram": "fifth.demo"}, onboarding="none"
    ),
    CreatorPlan(
        name="Sixth Demo Creator",
        email=f"creator6@{DOMAIN}",
        handles={"tiktok": "sixth.demo"},
        onboarding="complete",
        attack="burst",
        bank_number="000600000006",
    ),
    CreatorPlan(
        name="Seventh Demo Creator",
        email=f"creator7@{DOMAIN}",
        handles={"tiktok": "seventh.demo"},
        onboarding="complete",
        attack="drip",
        bank_number="000600000006",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """Views that a creator bought for a clip of the last days: posted so many hours before the history ends, with so
    many honest views in all, and delivered in this way."""

    email: str
    campaign: str
    hours: int
    attack: str
    final_views: int


# So that whoever looks in finds doubts of each kind under way: much at stake and little, at once and drop by drop.
_SIXTH, _SEVENTH = f"creator6@{DOMAIN}", f"creator7@{DOMAIN}"
ORDERS = (
    Order(email=_SIXTH, campaign="Trail shoes: the muddy cut", hours=92, attack="burst", final_views=160_000),
    Order(email=_SIXTH, campaign="Puzzle trailer, best fails", hours=90, attack="burst", final_views=9_000),
    Order(email=_SIXTH, campaign="Knife skills, seven seconds", hours=84, attack="burst", final_views=130_000),
    Order(email=_SIXTH, campaign="Puzzle trailer, best fails", hours=66, attack="burst", final_views=12_000),
    Order(email=_SIXTH, campaign="Knife skills, seven seconds", hours=56, attack="burst", final_views=10_000),
    Order(email=_SIXTH, campaign="Trail shoes: the muddy cut", hours=48, attack="burst", final_views=8_000),
    Order(email=_SEVENTH, campaign="Knife skills, seven seconds", hours=94, attack="drip", final_views=40_000),
    Order(email=_SEVENTH, campaign="Trail shoes: the muddy cut", hours=88, attack="drip", final_views=60_000),
    Order(email=_SEVENTH, campaign="Puzzle trailer, best fails", hours=86, attack="drip", final_views=25_000),
    Order(email=_SEVENTH, campaign="Knife skills, seven seconds", hours=91, attack="packages", final_views=15_000),
)

STAFF_NAME = "Demo Staff"
STAFF_EMAIL = f"staff@{DOMAIN}"
# A second pair of hands: what moves much money needs two people.
FINANCE_NAME = "Demo Finance"
FINANCE_EMAIL = f"finance@{DOMAIN}"
SUPPORT_NAME = "Demo Support"
SUPPORT_EMAIL = f"support@{DOMAIN}"

CAPTIONS = (
    "one take, no filter",
    "wait for the end",
    "this took all day",
    "tell me I am wrong",
    "second try was worse",
    "sound on",
    "made with cold hands",
    "nobody believed me",
)
