"""Views that a platform took back after they had become money: what followed, and what their sponsor has back."""

from django.db import models

from cliphaven.campaigns.models import Campaign, Document
from cliphaven.clips.models import Clip
from cliphaven.earnings.models.earned import Accrual
from cliphaven.fraud.models import RiskCase
from cliphaven.identity.models import Organisation
from cliphaven.tracking.models import Purge


class PurgeOutcome(models.TextChoices):
    """What a purge came to for the sponsor, once that was clear."""

    NOTHING_COUNTED = "nothing_counted", "none of these views had become money"
    CAME_BACK = "came_back", "the views came back"
    VOIDED = "voided", "all of it was unpaid, and went back to the campaign"
    TOO_LATE = "too_late", "earned longer ago than credits reach back"
    CREDITED = "credited", "credited to the sponsor"


class PurgeFollowUp(models.Model):
    """That the money of a purge was looked after, once for each: first what is unpaid, and later what was paid.

    `case` holds what was unpaid; None where nothing was. `settled_at` is when the purge was over for the money.
    """

    purge = models.OneToOneField(Purge, on_delete=models.PROTECT, related_name="follow_up")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(RiskCase, on_delete=models.PROTECT, null=True, related_name="+")
    followed_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=PurgeOutcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(outcome="", settled_at=None)
                | models.Q(outcome__in=PurgeOutcome.values, settled_at__isnull=False),
                name="a_settled_purge_has_an_outcome",
            ),
        )
        indexes = (models.Index(fields=("id",), condition=models.Q(settled_at=None), name="purges_to_settle"),)


class CreditNote(models.Model):
    """What a sponsor has back for views that were paid and do not count. It is never changed, and paid once.

    Behind it stands either a purge (`follow_up`), or the correction of two people (`correction_id`), and `document` has
    its number. In the books it is (invalid_view_credit, `purge:{purge}` or `correction:{number}`). Of what the views
    cost `capped_minor` is left out, because the policy credits no more for one clip. The views are those from
    `views_from` to `views_to`; None where two people credited a sum.
    """

    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="credit_note")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="credit_notes")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="credit_notes")
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, null=True, related_name="credit_notes")
    follow_up = models.OneToOneField(PurgeFollowUp, on_delete=models.PROTECT, null=True, related_name="credit_note")
    correction_id = models.BigIntegerField(null=True, unique=True)
    views_from = models.BigIntegerField(null=True)
    views_to = models.BigIntegerField(null=True)
    views = models.BigIntegerField(null=True)
    amount_minor = models.BigIntegerField()
    capped_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    cause = models.TextField(max_length=2000)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(amount_minor__gte=1), name="a_credit_is_positive"),
            models.CheckConstraint(condition=models.Q(capped_minor__gte=0), name="credit_cap_not_negative"),
            models.CheckConstraint(
                condition=models.Q(correction_id=None, follow_up__isnull=False, clip__isnull=False, views__isnull=False)
                | models.Q(correction_id__isnull=False, follow_up=None),
                name="a_credit_note_has_one_cause",
            ),
            models.CheckConstraint(condition=~models.Q(cause=""), name="a_credit_note_says_why"),
        )
        indexes = (models.Index(fields=("organisation", "-id"), name="credit_notes_of_sponsor"),)

    @property
    def entry_name(self) -> str:
        """What the books call it."""
        return f"correction:{self.correction_id}" if self.follow_up is None else f"purge:{self.follow_up.purge_id}"


class CreditedEntry(models.Model):
    """The part of one accrual that a credit note is about: the views above `views_from`, and what they had cost."""

    note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="entries")
    accrual = models.ForeignKey(Accrual, on_delete=models.PROTECT, related_name="credits")
    views_from = models.BigIntegerField()
    views_to = models.BigIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("note", "accrual"), name="an_entry_once_per_note"),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gte=1, views_to__gt=models.F("views_from")),
                name="a_credited_part_is_something",
            ),
        )
