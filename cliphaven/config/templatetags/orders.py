"""What one of the staff may not do is not offered to them: a page names the order, whose guard knows the roles."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.urls import get_resolver
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cliphaven.identity import guards
from cliphaven.identity.models import StaffRole, User

register = template.Library()


def roles_for(name: str) -> tuple[StaffRole, ...]:
    """In which roles the staff may send an order, by the name of its address. Raises LookupError for an unknown one."""
    for route in get_resolver().url_patterns:
        if getattr(route, "name", None) == name:
            roles: tuple[StaffRole, ...] = getattr(route.callback, "staff_roles", ())
            return roles
    raise LookupError(f"There is no address {name}")


def may_send(request: HttpRequest, name: str) -> bool:
    """Whether whoever looks at the page may send this order."""
    if not isinstance(getattr(request, "user", None), User):
        return False
    return guards.faces_of(request).refusal(*roles_for(name)) == ""


class _Order(template.Node):
    def __init__(self, name: FilterExpression, offered: NodeList) -> None:
        self._name, self._offered = name, offered

    def render(self, context: Context) -> SafeString:
        name = str(self._name.resolve(context))
        if may_send(context["request"], name):
            return self._offered.render(context)
        roles = " or ".join(roles_for(name))
        return format_html('<span class="note">{} does this</span>', f"{roles[:1].upper()}{roles[1:]}")


@register.tag
def order(parser: Parser, token: Token) -> _Order:
    """Show what sends an order, `{% order "batch_stop" %}…{% endorder %}`, to those who may; to others, whose it is."""
    _, name = token.split_contents()
    offered = parser.parse(("endorder",))
    parser.delete_first_token()
    return _Order(parser.compile_filter(name), offered)


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], name: str) -> bool:
    """`{% may "staff_risk_policy" as may_save %}`: for pages that show the same, and let only some change it."""
    return may_send(context["request"], name)
