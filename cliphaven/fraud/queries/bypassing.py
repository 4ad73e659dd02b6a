"""The sample of clips that are never held: by them it is seen how often signals are right where they change nothing."""

from django.conf import settings
from django.utils.crypto import salted_hmac

from cliphaven.foundation.money import BASIS_POINTS


def is_bypassed(clip_id: int, *, basis_points: int) -> bool:
    """Whether a clip is of a sample of this size: always the same ones, and nobody outside can tell which."""
    digest = salted_hmac("cliphaven.fraud.bypass", str(clip_id), secret=settings.SECRET_KEY, algorithm="sha256")
    return int.from_bytes(digest.digest()[:8], "big") % BASIS_POINTS < basis_points
