"""What Apify billed, beside what our own ledger of calls says."""

from django.db import models


class VendorBill(models.Model):
    """One day (UTC) of runs at Apify: the vendor's list of them held against our calls, and the month so far.

    `billed` is what the vendor asks, `booked` what our rows say after they were mended; all in millionths of USD.
    `mended` rows had another cost, or none. `added` runs were paid for and nobody had written them down. `strange`
    runs are none of ours: somebody else uses the account.
    """

    billed_on = models.DateField(unique=True)
    runs = models.PositiveIntegerField()
    mended = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    strange = models.PositiveIntegerField()
    strange_microusd = models.BigIntegerField()
    billed_microusd = models.BigIntegerField()
    booked_microusd = models.BigIntegerField()
    month_begins_on = models.DateField()
    month_billed_microusd = models.BigIntegerField()
    month_booked_microusd = models.BigIntegerField()
    read_at = models.DateTimeField()

    @property
    def difference_microusd(self) -> int:
        """What the vendor asks for the day beyond what we wrote down, runs of strangers left out."""
        return self.billed_microusd - self.strange_microusd - self.booked_microusd

    @property
    def off_microusd(self) -> int:
        """How far apart the two are, whoever says more."""
        return abs(self.difference_microusd)

    @property
    def month_difference_microusd(self) -> int:
        """What the vendor asks for the month so far beyond what we wrote down; storage and traffic are in it, too."""
        return self.month_billed_microusd - self.month_booked_microusd
