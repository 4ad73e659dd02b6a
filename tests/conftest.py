"""What all tests share."""

import os

# The browser driver keeps an event loop in the main thread; Django would refuse to be called beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
