"""Channels that creators own, and the clips they submit."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Greatest, Lower

from cliphaven.campaigns.models import Campaign, Platform, Terms
from cliphaven.identity.models import User


class Vendor(models.TextChoices):
    """Who is paid for questions, or grants them: TikTok and Instagram are read by Apify's actors."""

    APIFY = "apify", "Apify"
    YOUTUBE = "youtube", "YouTube"


PLATFORMS_OF: dict[str, tuple[str, ...]] = {
    Vendor.APIFY: (Platform.TIKTOK.value, Platform.INSTAGRAM.value),
    Vendor.YOUTUBE: (Platform.YOUTUBE.value,),
}


def vendor_of(platform: str) -> Vendor:
    """The vendor that reads a platform."""
    return next(Vendor(vendor) for vendor, platforms in PLATFORMS_OF.items() if platform in platforms)


class PauseReason(models.TextChoices):
    """Why a vendor is asked nothing for a while."""

    CREDIT = "credit", "its credit is used up"
    QUOTA = "quota", "its quota is used up"
    BUDGET = "budget", "the day's budget for it is spent"


class VendorPause(models.Model):
    """A time in which a vendor is not asked, by its reason; the latest one of each reason.

    Without credit or quota nothing at all is asked, by whomever. When the day's budget is spent, those questions are
    still asked that somebody waits for: whether a code is in a bio, and who made a clip that was handed in.
    """

    vendor = models.CharField(max_length=16, choices=Vendor.choices)
    reason = models.CharField(max_length=8, choices=PauseReason.choices)
    begun_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("vendor", "reason"), name="one_pause_per_vendor_and_reason"),)


class ChannelState(models.TextChoices):
    """What we know about the ownership of a channel."""

    UNVERIFIED = "unverified"
    CHECKING = "checking"
    VERIFIED = "verified"


class CheckOutcome(models.TextChoices):
    """What a check of a profile came to. `could_not_read` uses up none of the creator's tries.

    The last two are what a proved channel is found to be when it is looked at again.
    """

    CODE_FOUND = "code_found"
    CODE_ABSENT = "code_absent"
    COULD_NOT_READ = "could_not_read"
    TAKEN = "taken"  # the code is there, but somebody else proved the channel before
    SIGNED_IN = "signed_in"  # the platform itself named the channel of whoever signed in there
    KEPT = "kept"
    HANDLE_PASSED_ON = "handle_passed_on"  # under its handle there is another account now


class Trouble(models.TextChoices):
    """What a creator should see to about a proved channel. It stops no money, and no clip."""

    HANDLE_PASSED_ON = "handle_passed_on"
    NOT_FOUND = "not_found"


class Channel(models.Model):
    """A creator's presence on a platform. Bound to its immutable author id once proved; handles get renamed."""

    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="channels")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    handle = models.CharField(max_length=120)
    author_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=16, choices=ChannelState.choices, default=ChannelState.UNVERIFIED)
    code = models.CharField(max_length=16)
    code_expires_at = models.DateTimeField()
    failed_tries = models.PositiveIntegerField(default=0)
    last_outcome = models.CharField(max_length=24, choices=CheckOutcome.choices, blank=True)
    bio_read = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    # When its profile is read next; None: nobody waits for it.
    check_at = models.DateTimeField(null=True)
    # Readings in a row that told nothing, and since when.
    unread_checks = models.PositiveIntegerField(default=0)
    unread_since = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=24, choices=Trouble.choices, blank=True)
    trouble_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("check_at",), condition=models.Q(check_at__isnull=False), name="channels_to_check"),
        )
        constraints = (
            models.UniqueConstraint("creator", "platform", Lower("handle"), name="one_entry_per_creator_and_handle"),
            models.UniqueConstraint(
                fields=("platform", "author_id"),
                condition=models.Q(state="verified"),
                name="one_owner_per_channel",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="verified") | ~models.Q(author_id=""), name="verified_channel_has_author"
            ),
        )


class ChannelCheck(models.Model):
    """One look at a profile, kept as evidence: what was read, where, when, and what it cost. Nobody changes one.

    `channel_id` may name a row that is gone: a channel entered twice is brought together, and what was seen stays.
    """

    channel = models.ForeignKey(Channel, on_delete=models.DO_NOTHING, db_constraint=False, related_name="checks")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    asked_for = models.CharField(max_length=120)
    outcome = models.CharField(max_length=24, choices=CheckOutcome.choices)
    code = models.CharField(max_length=16, blank=True)
    author_id = models.CharField(max_length=120, blank=True)
    handle = models.CharField(max_length=120, blank=True)
    bio = models.TextField(blank=True)
    raw_sha256 = models.BinaryField(max_length=32, null=True)
    source = models.CharField(max_length=200, blank=True)
    run_id = models.CharField(max_length=64, blank=True)
    cost_microusd = models.BigIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(outcome__in=CheckOutcome.values), name="check_outcome_is_known"),
        )


class ClipState(models.TextChoices):
    """The life of a clip."""

    PENDING = "pending"
    NEEDS_FIX = "needs_fix"
    REJECTED = "rejected"
    APPROVED = "approved"
    DONE = "done"


class RejectionCode(models.TextChoices):
    """Why a clip was refused: the rule, in words a creator can act on."""

    OFF_BRIEF = "off_brief", "It does not follow the brief"
    MISSING_MENTION = "missing_mention", "A required mention or tag is missing"
    LOW_QUALITY = "low_quality", "Picture or sound are not good enough"
    NOT_ALLOWED = "not_allowed", "It shows something the brief rules out"
    DUPLICATE = "duplicate", "It repeats a clip that is already in the campaign"


class Submission(models.Model):
    """Some links that a creator sent at once. Sent again under the same key, nothing is done a second time."""

    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="submissions")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="submissions")
    # "" for links that came without a key, and cannot be asked after.
    request_key = models.CharField(max_length=64, blank=True)
    text_sha256 = models.BinaryField(max_length=32)
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("creator", "request_key"),
                condition=~models.Q(request_key=""),
                name="one_submission_per_request",
            ),
        )


class Clip(models.Model):
    """One video of one creator in one campaign, under one version of its terms."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="clips")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="clips")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="clips")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    video_id = models.CharField(max_length=64)
    canonical_url = models.CharField(max_length=500)
    submitted_url = models.CharField(max_length=2048)
    caption = models.TextField(blank=True)
    posted_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=ClipState.choices, default=ClipState.PENDING)
    # When to ask the platform next who made the clip; None once nothing is left to ask.
    inspect_at = models.DateTimeField(null=True)
    inspections = models.PositiveIntegerField(default=0)
    author_checked_at = models.DateTimeField(null=True)
    # What the platform showed then; polling, which counts, begins with the approval.
    views_inspected = models.BigIntegerField(null=True)
    inspected_at = models.DateTimeField(null=True)
    # As the platform says; None and "" where it does not.
    seconds = models.PositiveIntegerField(null=True)
    language = models.CharField(max_length=8, blank=True)
    auto_approves_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision_code = models.CharField(max_length=24, blank=True)
    decision_note = models.TextField(max_length=2000, blank=True)
    fix_note = models.TextField(max_length=2000, blank=True)
    fixes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("platform", "video_id"), name="one_clip_per_video"),
            models.CheckConstraint(
                condition=~models.Q(state__in=("rejected", "needs_fix")) | ~models.Q(decision_code=""),
                name="a_refusal_has_a_reason",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ClipState.values), name="clip_state_is_known"),
        )
        indexes = (
            models.Index(fields=("campaign", "state"), name="clips_by_campaign"),
            models.Index(fields=("creator", "-submitted_at"), name="clips_by_creator"),
            models.Index(
                fields=("platform", "inspect_at"),
                condition=models.Q(inspect_at__isnull=False),
                name="clips_to_inspect",
            ),
            models.Index(
                fields=("auto_approves_at",), condition=models.Q(state="pending"), name="clips_to_auto_approve"
            ),
            # Of millions of clips, those that began to count lately: tracking looks for them every minute.
            models.Index(
                Greatest("decided_at", "author_checked_at"),
                condition=models.Q(state__in=("approved", "done"), author_checked_at__isnull=False),
                name="clips_that_began_to_count",
            ),
        )


class Thumbnail(models.Model):
    """What is kept of the picture that a platform shows for a clip: its hash, and by what those alike are found.

    `hash` has 64 bits, of which the highest is the sign; `row_pairs` is empty where the picture says too little.
    """

    clip = models.OneToOneField(Clip, on_delete=models.PROTECT, primary_key=True, related_name="thumbnail")
    hash = models.BigIntegerField()
    row_pairs = ArrayField(models.IntegerField())
    read_at = models.DateTimeField()

    class Meta:
        # Entries that wait in a heap to be sorted in would be walked through by each question.
        indexes = (GinIndex(fields=("row_pairs",), name="thumbnails_by_row_pair", fastupdate=False),)


class SubmittedLine(models.Model):
    """One link of a submission: a clip, or the reason why it is none. Nothing is known of it before `settled_at`."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=2049)
    platform = models.CharField(max_length=16, blank=True)
    handle = models.CharField(max_length=120, blank=True)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="+", null=True)
    code = models.CharField(max_length=32, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("submission", "number"), name="each_line_once"),)


class Lookup(models.Model):
    """One paid question that is no poll: about a profile, about who made some clips, or whether an account still lists
    one. A look-up is something else."""

    platform = models.CharField(max_length=16, choices=Platform.choices)
    subject = models.CharField(
        max_length=16, choices=(("profile", "profile"), ("clips", "clips"), ("upload", "upload"))
    )
    asked = models.PositiveIntegerField()
    run_id = models.CharField(max_length=64, blank=True)
    cost_microusd = models.BigIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("asked_at",), name="lookups_by_moment"),)
