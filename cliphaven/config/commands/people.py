"""`cliphaven people`: how an installation gets its people while nobody can sign up by themselves."""

from typing import Annotated

import typer

from cliphaven.config.commands import house

STAFF_ROLES = ("support", "risk", "finance", "admin")
app = typer.Typer(no_args_is_help=True)


@app.callback()
def people() -> None:
    """The people of the marketplace."""


@app.command()
def add(
    email: Annotated[str, typer.Option(help="Where the links to sign in are mailed.")],
    name: Annotated[str, typer.Option(help="What others read.")],
    organisation: Annotated[
        str, typer.Option(metavar="NAME", help="Found this sponsor's organisation, which the person then owns.")
    ] = "",
    is_staff: Annotated[bool, typer.Option("--staff", help="Somebody who looks after the marketplace.")] = False,
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", help="support, risk, finance or admin, of staff; may be said more than once."),
    ] = None,
) -> None:
    """Enter somebody, who then signs in with a mailed link: a creator, unless said otherwise.

    The first of the staff is an admin, who gives the others their roles. Exits 1 and enters nobody if something is
    wrong.
    """
    roles = roles or []
    if unknown := sorted(set(roles) - set(STAFF_ROLES)):
        raise _refusal(f"there is no role {unknown[0]}, but {', '.join(STAFF_ROLES)}")
    if roles and not is_staff:
        raise _refusal("these roles are for staff: say --staff")
    if is_staff and organisation:
        raise _refusal("staff look after the marketplace and own no organisation")
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.identity import operations, queries  # noqa: PLC0415
    from cliphaven.identity.forms import PersonForm  # noqa: PLC0415

    form = PersonForm({"email": email, "name": name, "organisation": organisation})
    if not form.is_valid():
        raise _refusal("; ".join(f"{field}: {' '.join(map(str, errors))}" for field, errors in form.errors.items()))
    given, now = form.cleaned_data, clock.now()
    known = queries.person_at(email=given["email"])
    # Somebody who was entered without their organisation, because we were stopped half-way, can still get it.
    if known is not None and (not organisation or known.is_staff or queries.belonging(user_id=known.id)):
        raise _refusal(f"{known.email} is there already, as {known.name}")
    if is_staff:
        operations.enter_staff(email=given["email"], name=given["name"], roles=roles, now=now)
    else:
        user_id = operations.enter_person(email=given["email"], name=given["name"], password=None, now=now)
    typer.echo(f"{given['name']} can sign in with links mailed to {given['email'].lower()}.")
    if organisation:
        operations.found_organisation(name=given["organisation"], owner_id=user_id, now=now)
        typer.echo(f"The organisation {given['organisation']} is theirs.")


@app.command(name="reset-factors")
def reset_factors(
    email: Annotated[str, typer.Option(help="Of somebody who lost all of their second factors.")],
) -> None:
    """Take app, passkeys and recovery codes from somebody, who then comes in by mail, and is told so.

    Make sure that it is they who ask: whoever reads their mail can come in afterwards. Exits 1 if nobody is there.
    """
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.identity import queries  # noqa: PLC0415
    from cliphaven.identity.operations import factors  # noqa: PLC0415

    known = queries.person_at(email=email)
    if known is None:
        typer.echo(f"Nothing was reset: nobody is at {email}", err=True)
        raise typer.Exit(1)
    factors.reset_factors(user_id=known.id, origin="A command of the house", now=clock.wall(), told_at=clock.now())
    typer.echo(f"{known.name} has no second factor any more, and is signed out everywhere.")


def _refusal(sentence: str) -> typer.Exit:
    typer.echo(f"Nobody was entered: {sentence}", err=True)
    return typer.Exit(1)
