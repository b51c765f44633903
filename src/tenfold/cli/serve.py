"""`tenfold serve`, and the commands that look after its store."""

from __future__ import annotations

import errno
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tenfold.cli.shared import stop

if TYPE_CHECKING:
    from tenfold.service.store.store import Store

EMBEDDED = "sqlite:///tenfold.db"

StoreOption = Annotated[
    str,
    typer.Option(
        "--store", envvar="TENFOLD_STORE", help="sqlite:///FILE, or postgresql://USER@HOST/NAME for a centre."
    ),
]

app = typer.Typer(
    name="store",
    help="Look after the service's store: centres, accounts, upgrade, backup, audit.",
    no_args_is_help=True,
)


def _missing(error: ModuleNotFoundError) -> NoReturn:
    """End the command with how to set the service up."""
    stop(
        f"the service needs {error.name}: in a checkout `make serve` sets it up; elsewhere pip install 'tenfold[service]'"
    )


def opened_at(url: str, *, verifying: bool = False) -> Store:
    """The store at an address, or the end of the command with what to do."""
    try:
        from tenfold.service.store.engine import StoreError
        from tenfold.service.store.store import open_store
    except ModuleNotFoundError as error:
        _missing(error)
    try:
        return open_store(url, verifying=verifying)
    except StoreError as error:
        stop(error)


def serve(
    store: StoreOption = EMBEDDED,
    host: Annotated[
        str, typer.Option(help="The address to listen on; other machines reach only a wider one.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    public_url: Annotated[
        str, typer.Option(envvar="TENFOLD_PUBLIC_URL", help="The address at which browsers reach the service.")
    ] = "",
    tls_certificate: Annotated[Path | None, typer.Option(help="The certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key (PEM).")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front speaks TLS.")] = False,
    proxy_address: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy-address",
            help="The proxy's own address, where it is not on this machine: it is believed for whom it asks. May be repeated.",
        ),
    ] = None,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="Accept that data passes in the clear.")] = False,
    second_factor: Annotated[
        bool | None,
        typer.Option(
            "--second-factor/--no-second-factor",
            help="Whether everybody needs one; without this, wherever other machines reach the service.",
        ),
    ] = None,
) -> None:
    """Serve the web pages, the REST interface and CDS Hooks, on this machine alone unless told otherwise."""
    opened = opened_at(store)
    from tenfold.service.configuration import Configuration, from_environment
    from tenfold.service.running import run
    from tenfold.service.store.accounts import centres
    from tenfold.service.store.engine import StoreError

    try:
        given: Any = from_environment()
    except StoreError as error:
        stop(error)
    configuration = Configuration(
        host=host,
        port=port,
        public_url=public_url,
        certificate=tls_certificate,
        key=tls_key,
        trusted_proxy=behind_proxy,
        proxy_addresses=tuple(proxy_address or ("127.0.0.1", "::1")),
        plain_http=plain_http,
        **given,
    )
    if reason := configuration.refuse():
        stop(reason)
    required = second_factor if second_factor is not None else configuration.reached_by_others
    configuration = Configuration(**{**vars(configuration), "second_factor_required": required})
    if not centres(opened):
        stop(f"nobody can sign in yet: tenfold store administrator NAME --store {store}")
    _refuse_taken(host, port)
    typer.echo(f"Tenfold on {configuration.address} with the store {_without_password(store)}. Ctrl+C stops it.")
    try:
        run(configuration, opened)
    except StoreError as error:
        stop(error)


def _refuse_taken(host: str, port: int) -> None:
    """End the command where the service could not listen, before anything says that it does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            stop(
                f"the port {port} of {host} is taken, by another service or another Tenfold: stop that one, or choose a port"
                f" of your own with --port {port + 1 if port < 65535 else port - 1}"
            )
        stop(
            f"nothing can listen on the port {port} of {host} ({error.strerror or error}): choose another with --host or --port"
        )


def _without_password(url: str) -> str:
    from sqlalchemy import make_url

    return make_url(url).render_as_string(hide_password=True)


def password_asked() -> str:
    """A new password: asked for twice, or the first line of the input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


@app.command()
def administrator(
    name: Annotated[str, typer.Argument(help="The account's name.")],
    centre: Annotated[
        str, typer.Option(help="The centre, which is made if there is none of that name.")
    ] = "Our centre",
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="Further roles: viewer, clinician, laboratory, 'data manager'. May be repeated."),
    ] = None,
    store: StoreOption = EMBEDDED,
) -> None:
    """Make an account that administers a centre. The password is asked for, or read from the first line of the input."""
    opened = opened_at(store)
    from tenfold.service.access.permissions import Role
    from tenfold.service.store.accounts import add_account, add_centre, centres
    from tenfold.service.store.outcome import Refused

    try:
        roles = [Role.ADMINISTRATOR, *(Role(one) for one in role or [])]
    except ValueError as error:
        stop(f"{error}; there are {', '.join(Role)}")
    password = password_asked()
    try:
        number = centres(opened).get(centre)
        add_account(opened, name, password, roles, add_centre(opened, centre) if number is None else number)
    except Refused as error:
        stop(error)
    typer.echo(f"{name} administers {centre}. Now: tenfold serve --store {_without_password(store)}")


@app.command("verify-audit")
def verify_audit(
    noted: Annotated[
        str | None, typer.Option(help="A seal noted elsewhere: the trail must hold it, so that nothing was cut off.")
    ] = None,
    store: StoreOption = EMBEDDED,
) -> None:
    """Walk the whole audit trail and say whether an entry was changed, taken out or put in; exit 1 if so."""
    opened = opened_at(store, verifying=True)
    from tenfold.service.store.engine import rules_missing

    with opened.reading() as connection:
        verdict = opened.trail.verify(connection, noted)
        missing = rules_missing(connection)
    if missing:
        typer.echo(f"The database's own rules against changes are gone, somebody took them out: {', '.join(missing)}.")
    if verdict.broken:
        typer.echo(f"The audit trail is broken: {verdict.broken}.")
    else:
        typer.echo(f"The audit trail is whole: {verdict.entries} entries. Note its seal elsewhere: {verdict.seal}")
    if missing or verdict.broken:
        raise typer.Exit(1)


@app.command()
def upgrade(store: StoreOption = EMBEDDED) -> None:
    """Bring a store of an older version to this one's shape, keeping what it holds. Make a backup first."""
    try:
        from tenfold.service.store.engine import StoreError, migrate, newest, open_engine, shape_of
    except ModuleNotFoundError as error:
        _missing(error)
    try:
        engine = open_engine(store)
        before = shape_of(engine)
        if before is None:
            stop(f"there is no store at {_without_password(store)} yet: tenfold store administrator NAME makes one")
        migrate(engine)
    except StoreError as error:
        stop(error)
    typer.echo(f"The store has shape {newest()}" + (" already." if before == newest() else f" now; it had {before}."))


@app.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="The backup to write, e.g. tenfold-2026-11-21.zip; no file of that name yet.")
    ],
    store: StoreOption = EMBEDDED,
) -> None:
    """Write the whole store into one file, as it is at this moment; it may be in use.

    The file holds patients' records as they are: keep it as safe as the store. The service's secret is needed to restore it,
    and is not in it: keep the secret apart.
    """
    try:
        from tenfold.service.store.backup import back_up
        from tenfold.service.store.engine import StoreError, open_engine
        from tenfold.service.store.store import secret_for
    except ModuleNotFoundError as error:
        _missing(error)
    try:
        made = back_up(open_engine(store), secret_for(store), file)
    except StoreError as error:
        stop(error)
    typer.echo(f"{file}: {sum(one.rows for one in made.tables)} rows of {len(made.tables)} tables, shape {made.shape}.")
    typer.echo(_secret_needed(store))
    if made.broken:
        typer.echo(f"The audit trail is broken, and was written as it is: {made.broken}.")
        raise typer.Exit(1)
    typer.echo(f"The audit trail is whole: {made.entries} entries. Note its seal elsewhere: {made.seal}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    accept_broken_trail: Annotated[
        bool, typer.Option("--accept-broken-trail", help="Also where the audit trail was broken when it was backed up.")
    ] = False,
    store: StoreOption = EMBEDDED,
) -> None:
    """Restore a backup into a new, empty store, in SQLite or PostgreSQL, whichever it was written from.

    The secret of the store that was backed up is needed, and is not in the backup: in TENFOLD_SECRET, or, for SQLite, in the
    file beside the new store.
    """
    try:
        from tenfold.service.store.engine import StoreError, open_engine
        from tenfold.service.store.restore import restore as restored
        from tenfold.service.store.store import secret_for
    except ModuleNotFoundError as error:
        _missing(error)
    try:
        made = restored(open_engine(store), secret_for(store), file, accept_broken=accept_broken_trail)
    except StoreError as error:
        stop(error)
    typer.echo(
        f"{_without_password(store)} holds what {file} held on {made.made_at}: {sum(one.rows for one in made.tables)} rows of"
        f" {len(made.tables)} tables, held against it before and after. Everybody signs in anew."
    )


def _secret_needed(url: str) -> str:
    import os

    from tenfold.service.store.store import SECRET, secret_file

    place = SECRET if os.environ.get(SECRET) else str(secret_file(url))
    return (
        f"To restore it, the service's secret ({place}) is needed, which is not in the backup: keep it safe, elsewhere."
    )
