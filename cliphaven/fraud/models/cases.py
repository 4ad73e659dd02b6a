"""Cases: clips in doubt, what was done about each and by whom, and what their creators say against it."""

from django.db import models

from cliphaven.clips.models import Clip
from cliphaven.fraud.models.risk import Assessment
from cliphaven.identity.models import User


class RiskCaseState(models.TextChoices):
    """The life of a case. `voiding`: decided against the clip, while its creator can still appeal."""

    OPEN = "open"
    VOIDING = "voiding"
    VOIDED = "voided"
    RELEASED = "released"
    EXPIRED = "expired"


SYSTEM, CLOCK = "system", "clock"
"""Who did something about a case where nobody did: the house, or a day that came."""
EXTENDED_DAYS_MAX = 30
"""All in all a case is extended by so many days at most."""
UNDER_WAY = (RiskCaseState.OPEN, RiskCaseState.VOIDING)
RANK = models.F("score_milli") * models.F("at_stake_minor")
"""By what lists of cases are in order."""
# What was decided, or extended, while money has not followed yet.
WAITS_FOR_MONEY = models.Q(settled_at=None) & (
    models.Q(state__in=(RiskCaseState.VOIDING, RiskCaseState.VOIDED, RiskCaseState.RELEASED))
    | models.Q(state=RiskCaseState.OPEN, extended_days__gt=0)
)


class CaseEffect(models.TextChoices):
    """What a case does to money while it is open: only the first holds any."""

    HOLD = "hold", "holds money"
    SHADOW = "shadow", "a signal in shadow spoke: nothing is held"
    BYPASS = "bypass", "one of the sample that is never held"


class CaseEvidence(models.TextChoices):
    """What is certain by itself, so that nobody has to judge: then the house decides, and its creator can appeal."""

    PURGE = "purge", "the platform took views back"


class RiskCase(models.Model):
    """Doubt about one clip's views from one reading on, until somebody decides or it ends by itself.

    What came after `onset_observation_id` (0: everything), when the clip had `onset_views`, is doubted. Nobody needs to
    act: each hold ends on its own day, and the case at `expires_at`; from then on nothing more is held for it. After a
    decision against the clip its creator can appeal until `voids_at`; nothing is taken before.
    `through_observation_id` is how far the case reached when it was decided or ended, and `settled_at` is when the
    money had followed the decision.

    A case of `evidence` begins decided, by the house: `evidence_id` is the purge that it rests on. It goes its way
    beside whatever else is doubted of the clip, and is about the views above `onset_views` that were there before.
    """

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=16, choices=RiskCaseState.choices, default=RiskCaseState.OPEN)
    effect = models.CharField(max_length=8, choices=CaseEffect.choices)
    because = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="+")
    # The score of `because`, kept here so that lists are in order without reading it.
    score_milli = models.PositiveIntegerField(default=0)
    evidence = models.CharField(max_length=16, choices=CaseEvidence.choices, blank=True)
    evidence_id = models.BigIntegerField(null=True)
    onset_observation_id = models.BigIntegerField()
    onset_views = models.BigIntegerField()
    # What the doubted views would earn by the clip's rate, before caps: to rank by, not to pay by.
    at_stake_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    hold_days = models.PositiveSmallIntegerField()
    appeal_days = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The days added to each hold by whoever extended the case.
    extended_days = models.PositiveSmallIntegerField(default=0)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(max_length=2000, blank=True)
    voids_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    through_observation_id = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("clip",),
                condition=models.Q(state__in=UNDER_WAY, evidence=""),
                name="one_case_under_way_per_clip",
            ),
            models.UniqueConstraint(
                fields=("evidence", "evidence_id"), condition=~models.Q(evidence=""), name="one_case_per_evidence"
            ),
            models.CheckConstraint(
                condition=models.Q(evidence="", evidence_id=None)
                | models.Q(evidence__in=CaseEvidence.values, evidence_id__isnull=False),
                name="evidence_is_named",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RiskCaseState.values, effect__in=CaseEffect.values),
                name="case_state_and_effect_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at=None, ended_at=None)
                | models.Q(state="voiding", decided_at__isnull=False, voids_at__isnull=False, ended_at=None)
                | models.Q(state__in=("voided", "released"), decided_at__isnull=False, ended_at__isnull=False)
                | models.Q(state="expired", ended_at__isnull=False),
                name="a_case_has_the_moments_of_its_state",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by="")
                | (models.Q(decided_at__isnull=False) & ~models.Q(decided_by="") & ~models.Q(decision_note="")),
                name="a_case_says_who_decided_and_why",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", through_observation_id=None)
                | (~models.Q(state="open") & models.Q(through_observation_id__isnull=False)),
                name="a_decided_case_says_how_far_it_reached",
            ),
        )
        indexes = (
            models.Index(fields=("clip", "-id"), name="cases_of_a_clip"),
            models.Index(
                fields=("-at_stake_minor", "id"), condition=models.Q(state__in=UNDER_WAY), name="cases_under_way"
            ),
            models.Index(fields=("id",), condition=WAITS_FOR_MONEY, name="cases_to_settle"),
            models.Index(
                models.OrderBy(RANK, descending=True),
                "id",
                condition=models.Q(ended_at__isnull=False),
                name="cases_over",
            ),
        )


class CaseDeed(models.TextChoices):
    """What was done about a case."""

    OPENED = "opened", "opened"
    STRENGTHENED = "strengthened", "holds money from now on"
    EXTENDED = "extended", "held longer"
    RELEASED = "released", "released"
    DECIDED_AGAINST = "decided_against", "decided against"
    VOIDED = "voided", "voided"
    EXPIRED = "expired", "ended by itself"
    NOTED = "noted", "noted"
    ASKED = "asked", "asked for analytics"
    APPEALED = "appealed", "appealed"
    APPEAL_GRANTED = "appeal_granted", "appeal granted"
    APPEAL_REFUSED = "appeal_refused", "appeal refused"
    SETTLED = "settled", "carried out"


DECISIONS = (CaseDeed.DECIDED_AGAINST, CaseDeed.EXTENDED, CaseDeed.APPEAL_GRANTED, CaseDeed.APPEAL_REFUSED)
"""Whoever did one of these about a case decided something: somebody else answers an appeal against it."""


class CaseEvent(models.Model):
    """Who did what about a case, when and why. It is never changed. `actor` is "system", "clock" or "user:7"."""

    case = models.ForeignKey(RiskCase, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=16, choices=CaseDeed.choices)
    actor = models.CharField(max_length=64)
    note = models.TextField(max_length=2000, blank=True)
    # The sender's name for the request: sent twice, it is done once.
    request_key = models.CharField(max_length=64, blank=True)
    happened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("actor", "request_key"), condition=~models.Q(request_key=""), name="one_case_event_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(deed__in=CaseDeed.values) & ~models.Q(actor=""), name="case_event_is_somebodys"
            ),
        )


class AppealedAgainst(models.TextChoices):
    """Which decision: that money is held, or that it shall be taken."""

    HOLD = "hold", "that earnings are held"
    VOID = "void", "that earnings do not count"


class AppealOutcome(models.TextChoices):
    """How an appeal ended. Nobody in time is the same as yes."""

    GRANTED = "granted", "the creator was right"
    REFUSED = "refused", "the decision stays"
    OUT_OF_TIME = "out_of_time", "nobody decided in time: the creator is right"


class Appeal(models.Model):
    """What a creator says against a decision, once; by `due_at` another person answers, or the clock does, with yes.

    The file is kept as it came, at most two megabytes, beside its SHA-256 and what its first bytes say that it is.
    """

    case = models.ForeignKey(RiskCase, on_delete=models.PROTECT, related_name="appeals")
    against = models.CharField(max_length=8, choices=AppealedAgainst.choices)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=4000)
    file = models.BinaryField(null=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=8, blank=True)
    file_sha256 = models.BinaryField(max_length=32, null=True)
    file_size = models.PositiveIntegerField(default=0)
    request_key = models.CharField(max_length=64)
    appealed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=AppealOutcome.choices, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("case", "against"), name="one_appeal_per_decision"),
            models.CheckConstraint(
                condition=models.Q(outcome="", decided_at=None, decided_by="")
                | models.Q(outcome__in=AppealOutcome.values, decided_at__isnull=False) & ~models.Q(decided_by=""),
                name="a_decided_appeal_says_who_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(file=None, file_sha256=None, file_size=0, file_kind="")
                | models.Q(file__isnull=False, file_sha256__isnull=False, file_size__gte=1, file_size__lte=2_097_152)
                & ~models.Q(file_kind=""),
                name="an_uploaded_file_is_described",
            ),
        )
        indexes = (models.Index(fields=("due_at", "id"), condition=models.Q(outcome=""), name="appeals_to_decide"),)
