"""Sessions in the database, as Django keeps them, but for what it says when the database is lost."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from cliphaven.config.outage import is_outage


class SessionStore(db.SessionStore):
    """Django takes every error of the database while a session is saved for one that was ended meanwhile.

    That is answered with 400, which says that nothing was done, after everything else was.
    """

    def save(self, must_create: bool = False) -> None:
        """Keep it. Raises UpdateError when it was ended meanwhile, and what the database raised when that was lost."""
        try:
            super().save(must_create)
        except UpdateError as ended:
            lost = ended.__context__
            if lost is not None and is_outage(lost):
                raise lost from None
            raise
