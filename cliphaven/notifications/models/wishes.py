"""How people want to have mail, and addresses to which none goes any more."""

from django.conf import settings
from django.db import models

from cliphaven.notifications.rules import CHOSEN, Wish


class MailWish(models.Model):
    """How somebody wants to hear of one kind by mail; without a row as most people do (`rules.DEFAULT`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mail_wishes")
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in CHOSEN])
    wish = models.CharField(max_length=16, choices=[(wish.value, wish.value) for wish in Wish])
    said_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "kind"), name="one_wish_per_kind"),)


class StoppedAddress(models.Model):
    """An address that the mail vendor says takes none of our mail, until its owner says that it does again.

    `because` is the vendor's own word: bounced, complained or suppressed. `provider_id` is the mail that showed it.
    """

    address = models.CharField(max_length=254)
    because = models.CharField(max_length=16)
    provider_id = models.CharField(max_length=64)
    stopped_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("address",), condition=models.Q(lifted_at=None), name="an_address_is_stopped_once"
            ),
        )


class FormerAddress(models.Model):
    """An address that somebody had until lately: what they are told for their safety goes there, too, for some days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="former_addresses")
    address = models.CharField(max_length=254)
    told_until = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "address"), name="a_former_address_is_noted_once"),)
