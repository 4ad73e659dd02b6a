"""What the staff did to tracking by hand: never changed, never deleted."""

from django.db import models

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.identity.models import User
from cliphaven.tracking.models.calls import VendorCall


class TrackingDeed(models.TextChoices):
    """What one of the staff did."""

    READ_CLIP = "read_clip", "had a clip read again"
    READ_CAMPAIGN = "read_campaign", "had a campaign's clips read again"
    CLEAR_CALL = "clear_call", "ended a quarantine"


class TrackingAct(models.Model):
    """Who did what to one clip, to the clips of one campaign, or with one call, and why; `clips` is how many."""

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tracking_acts")
    deed = models.CharField(max_length=16, choices=TrackingDeed.choices)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="tracking_acts", null=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tracking_acts", null=True)
    call = models.ForeignKey(VendorCall, on_delete=models.PROTECT, related_name="acts", null=True)
    clips = models.PositiveIntegerField()
    why = models.CharField(max_length=300)
    # The sender's name for the request: sent twice, it is done once.
    request_key = models.CharField(max_length=64)
    acted_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("staff", "request_key"), name="one_tracking_act_per_request"),
            models.CheckConstraint(
                condition=models.Q(deed="read_clip", clip__isnull=False, campaign=None, call=None)
                | models.Q(deed="read_campaign", clip=None, campaign__isnull=False, call=None)
                | models.Q(deed="clear_call", clip=None, campaign=None, call__isnull=False),
                name="tracking_act_is_about_one_thing",
            ),
        )
