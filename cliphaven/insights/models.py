"""What people answered when they were asked whether their use of the product may be measured."""

from django.db import models

from cliphaven.identity.models import User
from cliphaven.insights.rules import Through

_THROUGH = [(one.value, one.value) for one in Through]


class Answer(models.Model):
    """One answer; the last one counts, and who gave none is not measured.

    A yes has a `subject`, a random name that stands for this person at the vendor until they say no: it is never given
    to anybody else, nor to them again. `sent_until` is up to when was told what they did, `erased_at` when the vendor
    was asked to delete all of it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="measuring_answers")
    is_yes = models.BooleanField()
    wording = models.PositiveSmallIntegerField()
    through = models.CharField(max_length=8, choices=_THROUGH)
    said_at = models.DateTimeField()
    subject = models.UUIDField(null=True, unique=True)
    sent_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_through = models.CharField(max_length=8, choices=_THROUGH, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(is_yes=True, ended_at=None), name="one_live_yes_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(is_yes=False, subject=None)
                | models.Q(is_yes=True, subject__isnull=False, sent_until__isnull=False),
                name="a_yes_has_a_subject",
            ),
        )
        indexes = (
            models.Index(fields=("user", "-id"), name="measuring_answers_of_person"),
            models.Index(
                fields=("ended_at",),
                condition=models.Q(is_yes=True, erased_at=None, ended_at__isnull=False),
                name="measuring_to_erase",
            ),
        )
