"""What is said of a change in how somebody comes in: in their mail, and in their list."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class News:
    """One kind of change: its line in the list, the mail's subject ("" for no mail) and sentence."""

    line: str
    subject: str = ""
    sentence: str = ""
    ends_others: bool = False
    """Whether it ended every other sign-in."""


NEWS = {
    "password_set": News(
        line="Password set",
        subject="You have a password now",
        sentence="A password was set for your account.",
        ends_others=True,
    ),
    "password_changed": News(
        line="Password changed",
        subject="Your password was changed",
        sentence="The password of your account was changed.",
        ends_others=True,
    ),
    "password_removed": News(
        line="Password removed",
        subject="Your password was removed",
        sentence="The password of your account was removed: you come in by mail.",
        ends_others=True,
    ),
    "app_added": News(
        line="Authenticator app added",
        subject="An authenticator app was added",
        sentence="From now on you are asked for a code of your app at the door.",
        ends_others=True,
    ),
    "app_removed": News(
        line="Authenticator app removed",
        subject="Your authenticator app was removed",
        sentence="Nobody is asked for a code of it any more.",
        ends_others=True,
    ),
    "passkey_added": News(
        line="Passkey added",
        subject="A passkey was added",
        sentence="This passkey opens your account from now on: {detail}.",
    ),
    "passkey_renamed": News(line="Passkey renamed"),
    "passkey_removed": News(
        line="Passkey removed",
        subject="A passkey was removed",
        sentence="This passkey does not open your account any more: {detail}.",
        ends_others=True,
    ),
    "passkey_copied": News(
        line="Passkey refused, perhaps copied",
        subject="A passkey may have been copied",
        sentence="The passkey {detail} counted its uses backwards, as a copy would. We did not let it in.",
    ),
    "recovery_codes_made": News(
        line="New recovery codes",
        subject="You have new recovery codes",
        sentence="Ten codes were made; those from before are void.",
    ),
    "recovery_code_used": News(
        line="Recovery code used",
        subject="A recovery code was used",
        sentence="One of your recovery codes was taken in place of a second factor; {detail}.",
    ),
    "factors_reset": News(
        line="Second factors removed by the house",
        subject="Your second factors were removed",
        sentence="Whoever runs ClipHaven removed your authenticator app, passkeys and recovery codes.",
        ends_others=True,
    ),
    "address_changed": News(
        line="Mail address changed",
        subject="Your mail address was changed",
        sentence="Your account is now at this address: {detail}.",
        ends_others=True,
    ),
    "address_restored": News(
        line="Mail address changed back",
        subject="Your mail address is the old one again",
        sentence="A change of your address was undone from the mailbox that you had before. What was added since to"
        " come in by is void: {detail}.",
        ends_others=True,
    ),
    "key_made": News(
        line="API key made",
        subject="An API key was made",
        sentence="Programs come in with it as you from now on: {detail}.",
    ),
    "key_revoked": News(
        line="API key revoked",
        subject="An API key was revoked",
        sentence="Nobody comes in with it any more: {detail}.",
    ),
    "factor_tried": News(
        line="Wrong codes, again and again",
        subject="Somebody tries codes",
        sentence="Wrong codes were typed again and again, by somebody who knows your password or reads your mail.",
    ),
}
ENDED = "All your other sign-ins were ended, in browsers and programs."
ADVICE = "If that was you, there is nothing to do. If it was not, sign in now, end what you do not know, and renew it."


def mail_of(kind: str, *, detail: str, origin: str) -> str:
    """The text of the mail about a change; `origin` says in which browser or program it was made."""
    news = NEWS[kind]
    said = f"{news.sentence.format(detail=detail)} It was done in: {origin}."
    return "\n\n".join([said, *([ENDED] if news.ends_others else []), ADVICE])
