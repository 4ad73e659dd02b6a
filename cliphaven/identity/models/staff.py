"""What each of the staff may do, and what was done to people's standing here."""

from django.db import models

from cliphaven.identity.models.people import User


class StaffRole(models.TextChoices):
    """What one of the staff may do besides looking, which all roles may."""

    SUPPORT = "support"
    RISK = "risk"
    FINANCE = "finance"
    ADMIN = "admin"


class StaffGrant(models.Model):
    """A role that one of the staff has now."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="staff_grants")
    role = models.CharField(max_length=16, choices=StaffRole.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "role"), name="one_grant_per_role"),
            models.CheckConstraint(condition=models.Q(role__in=StaffRole.values), name="staff_role_is_known"),
        )


class PersonDeed(models.TextChoices):
    """What can be done to somebody's standing."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    SIGNED_OUT = "signed_out"
    SWITCHED_OFF = "switched_off"
    SWITCHED_ON = "switched_on"


class PersonAct(models.Model):
    """What somebody of the staff did to a person's standing, and why; kept as it was written, by a trigger."""

    deed = models.CharField(max_length=16, choices=PersonDeed.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, choices=StaffRole.choices, blank=True)
    staff = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who did it; nobody where it was said on the machine itself."""
    reason = models.CharField(max_length=500)
    request_key = models.CharField(max_length=64, blank=True)
    acted_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["person", "id"], name="person_acts_of_person"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(staff=None) | ~models.Q(staff=models.F("person")), name="nobody_acts_on_themselves"
            ),
            models.CheckConstraint(
                condition=models.Q(deed__in=["granted", "withdrawn"], role__in=StaffRole.values)
                | models.Q(deed__in=["signed_out", "switched_off", "switched_on"], role=""),
                name="a_role_where_the_deed_is_about_one",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="person_act_has_a_reason"),
            models.UniqueConstraint(
                fields=("staff", "request_key"),
                condition=~models.Q(request_key=""),
                name="one_person_act_per_request",
            ),
        )
