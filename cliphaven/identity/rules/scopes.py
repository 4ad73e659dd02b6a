"""What a program with an API key may do: one table of what each order needs. What is not in it is for people alone."""

from enum import StrEnum


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    SUBMIT = "submit"
    MONEY = "money"
    MEMBERS = "members"
    WEBHOOKS = "webhooks"


SAID = {
    Scope.READ: "Looking at everything that you see",
    Scope.SUBMIT: "Submitting clips, adding channels, answering doubts, stopping your payouts",
    Scope.MONEY: "Asking for unspent money back",
    Scope.MEMBERS: "Inviting and removing members, giving them roles",
    Scope.WEBHOOKS: "Steering webhooks: tests, sending again, on and off",
}
OF_FACE = {
    "creator": (Scope.READ, Scope.SUBMIT, Scope.WEBHOOKS),
    "sponsor": (Scope.READ, Scope.MONEY, Scope.MEMBERS, Scope.WEBHOOKS),
    "staff": (Scope.READ,),
}
# By the name under which an address is found, which is that of the first thing to be had there.
ORDERS = {
    "api_clips_submit": Scope.SUBMIT,
    "api_clips_check": Scope.SUBMIT,
    "api_clip_resubmit": Scope.SUBMIT,
    "api_channels": Scope.SUBMIT,
    "api_channel_check": Scope.SUBMIT,
    "api_channel_remove": Scope.SUBMIT,
    "api_analytics": Scope.SUBMIT,
    "api_appeal": Scope.SUBMIT,
    "api_bank_disown": Scope.SUBMIT,  # only stops: what goes on needs a person of the staff
    "api_refund": Scope.MONEY,
    "api_invite": Scope.MEMBERS,
    "api_withdraw": Scope.MEMBERS,
    "api_member_role": Scope.MEMBERS,
    "api_member_remove": Scope.MEMBERS,
    # Making one, another address and another secret need a fresh proof besides, which no key can show.
    "api_endpoints": Scope.WEBHOOKS,
    "api_endpoint_change": Scope.WEBHOOKS,
    "api_endpoint_secret": Scope.WEBHOOKS,
    "api_endpoint_switch": Scope.WEBHOOKS,
    "api_endpoint_remove": Scope.WEBHOOKS,
    "api_endpoint_test": Scope.WEBHOOKS,
    "api_endpoint_send_again": Scope.WEBHOOKS,
    "api_delivery_send_again": Scope.WEBHOOKS,
}
# How people come in, and by which keys, is no program's business.
DOORS = "/api/v1/auth/"


def needed(*, method: str, path: str, name: str) -> Scope | None:
    """The scope that a request needs, by its method, its path and the name of that; None for what no key may do."""
    if path.startswith(DOORS):
        return None
    if method in ("GET", "HEAD"):
        return Scope.READ
    return ORDERS.get(name) if method == "POST" else None
