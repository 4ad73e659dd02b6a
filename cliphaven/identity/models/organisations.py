"""Ways into an organisation."""

from django.db import models

from cliphaven.identity.models.people import Organisation, Role, User


class Invitation(models.Model):
    """A mailed way into an organisation, in a role: the hash of 32 random bytes, good once, for one address."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_first_of_person = models.BooleanField(default=False)
    """Whether its address was entered by it: nobody had done anything there before."""
    invited_at = models.DateTimeField()
    request_key = models.CharField(max_length=64, blank=True)
    """Of the request that it was made by, which does it once."""
    accept_key = models.CharField(max_length=64, blank=True)
    """Of the request by which it was accepted."""
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_address",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_is_known"),
            models.UniqueConstraint(
                fields=("invited_by", "request_key"),
                condition=~models.Q(request_key=""),
                name="one_invitation_per_request",
            ),
        )
