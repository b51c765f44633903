"""Signing: who signs gives the password again, so that an open screen does not sign."""

from __future__ import annotations

from typing import Any

from tenfold.service.access import passwords
from tenfold.service.store import accounts
from tenfold.service.store.outcome import Refused
from tenfold.service.visitor import TooMany, Visitor


def signed(visitor: Visitor, password: str) -> None:
    """Nothing, where the visitor's own password is given. Refused otherwise; TooMany after several wrong ones.

    Who signs in through the hospital has no password here, and gives the account's name. A program's token signs nothing.
    """
    if visitor.who.csrf is None:
        raise Refused("a program cannot sign: sign in with a browser")
    if wait := visitor.service.attempts.wait(f"sign {visitor.who.account_id}"):
        raise TooMany(wait)
    held: Any = accounts.account_named(visitor.service.store, visitor.who.account)
    if held["password"] is None:
        right = password.strip() == visitor.who.account
        if not right:
            raise Refused(f"to sign, type the name of your account: {visitor.who.account}")
    elif not passwords.fits(password, held["password"]):
        raise Refused("the password is not right: nothing was signed")
    visitor.service.attempts.forget(f"sign {visitor.who.account_id}")
