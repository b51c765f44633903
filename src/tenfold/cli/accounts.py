"""`tenfold store account`: what concerns an account of the service as a whole, done on the server itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tenfold.cli.serve import EMBEDDED, StoreOption, opened_at, password_asked
from tenfold.cli.shared import stop

BY = "the command line"


def account(
    name: Annotated[str, typer.Argument(help="The account's name.")],
    centre: Annotated[str | None, typer.Option(help="The centre in which it gets the roles.")] = None,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="viewer, clinician, laboratory, 'data manager' or administrator. May be repeated."),
    ] = None,
    leave: Annotated[bool, typer.Option("--leave", help="End its membership of the centre.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Set a new password, which is asked for.")] = False,
    remove_second_factor: Annotated[
        bool, typer.Option("--remove-second-factor", help="Take a lost second factor away.")
    ] = False,
    shut_out: Annotated[bool | None, typer.Option("--shut-out/--let-in", help="Whether it may sign in.")] = None,
    store: StoreOption = EMBEDDED,
) -> None:
    """Look after an account that several centres have: add it to one more, once the person agrees, reset it, or shut it out.

    Without an option, say what there is of it. What is done is in the audit trail of each of its centres.
    """
    opened = opened_at(store)
    from tenfold.service.access.permissions import Role
    from tenfold.service.store import accounts
    from tenfold.service.store.outcome import Refused

    found: Any = accounts.account_named(opened, name)
    if found is None:
        stop(f"there is no account called {name}: an administrator of its centre makes it, under Administration")
    number = int(found["id"])
    numbers = accounts.centres(opened)
    if (bool(role) or leave) != (centre is not None) or (role and leave):
        stop("--centre NAME goes with --role ROLE, which gives exactly these roles there, or with --leave")
    if centre is not None and centre not in numbers:
        stop(f"there is no centre called {centre}; there are {', '.join(numbers)}")
    try:
        if centre is not None:
            accounts.set_roles(opened, number, numbers[centre], _roles(role or [], list(Role)), BY)
        if password or shut_out is not None:
            active = None if shut_out is None else not shut_out
            accounts.change_account(opened, number, BY, password=password_asked() if password else None, active=active)
        if remove_second_factor:
            accounts.keep_second_factor(opened, number, None, BY)
    except Refused as error:
        stop(error)
    found = accounts.account_named(opened, name)
    factor = "no second factor" if found["second_factor"] is None else "a second factor"
    typer.echo(f"{found['name']}: {'may sign in' if found['active'] else 'shut out'}, {factor}.")
    with opened.reading() as connection:
        held = accounts.roles_of(connection, number)
    for one, where in numbers.items():
        if where in held:
            typer.echo(f"{one}: {', '.join(sorted(held[where]))}")


def _roles(given: list[str], known: list[Any]) -> list[Any]:
    unknown = [one for one in given if one not in known]
    if unknown:
        stop(f"there is no role {', '.join(unknown)}; there are {', '.join(known)}")
    return [one for one in known if one in given]
