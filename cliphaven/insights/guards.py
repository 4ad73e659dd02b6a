"""What a browser says with each page about being measured."""

from django.http import HttpRequest


def browser_says_no(request: HttpRequest) -> bool:
    """Whether it asks not to be tracked, by Global Privacy Control or by the older Do Not Track."""
    return request.headers.get("Sec-GPC") == "1" or request.headers.get("DNT") == "1"
