"""Roles and what each may do. A member of a centre may have several roles; what they allow adds up."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a member of a centre is there."""

    VIEWER = "viewer"
    CLINICIAN = "clinician"
    LABORATORY = "laboratory"
    DATA_MANAGER = "data manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a page or an address of the interface asks for."""

    SIGNED_IN = "be signed in"
    READ = "read patients' records"
    WRITE = "add and correct facts"
    DECIDE = "record decisions of a meeting and close entries of the worklist"
    MEASURE = "upload, sign and store laboratory runs"
    IMPORT = "import and export records"
    SETTINGS = "change settings"
    ACCOUNTS = "manage accounts and see the audit trail"


_EVERYBODY = frozenset({Permission.SIGNED_IN, Permission.READ})
ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _EVERYBODY,
    Role.CLINICIAN: _EVERYBODY | {Permission.WRITE, Permission.DECIDE},
    Role.LABORATORY: _EVERYBODY | {Permission.WRITE, Permission.MEASURE},
    Role.DATA_MANAGER: _EVERYBODY | {Permission.WRITE, Permission.IMPORT},
    Role.ADMINISTRATOR: _EVERYBODY | {Permission.IMPORT, Permission.SETTINGS, Permission.ACCOUNTS},
}


def allowed(roles: frozenset[Role]) -> frozenset[Permission]:
    """What roles allow together; nobody's roles allow nothing."""
    return frozenset().union(*(ALLOWED[role] for role in roles))
