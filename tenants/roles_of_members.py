"""Who may do what in a shop.

| role | may |
|---|---|
| owner | everything; a shop always has at least one |
| manager | run the shop: hire, teach, offers, films, install, talk, members; not sign contracts, settle money or change rules |
| staff | teach, make offers and films, read conversations and take them over; sees no money and no raw deliveries |
| finance | read what was earned, paid and delivered, dispute and settle it; reads no conversations |
| read_only | read every page, change nothing |

Nobody gives away more than they hold: a role can be given, changed or taken by a member who may do all that the role may.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing a member may be allowed to do. Pages name the one they need."""

    SEE_SHOP = "see the shop's home and team"
    SEE_EARNINGS = "see what was earned and paid"
    SEE_DELIVERIES = "see what the shop's systems sent"
    READ_CONVERSATIONS = "read conversations"
    SEE_AUDIT = "see who changed what"
    TAKE_OVER = "take over conversations"
    TEACH = "teach employees"
    MAKE_FILMS = "make films"
    SET_OFFERS = "set offers"
    HIRE = "hire and change employees"
    INSTALL = "install the widget"
    MANAGE_MEMBERS = "invite and change members"
    MANAGE_API_KEYS = "make and withdraw API keys"
    MANAGE_CONNECTIONS = "connect the shop's systems"
    SIGN_CONTRACTS = "sign contracts"
    SETTLE = "dispute and settle payslips"
    MANAGE_SHOP = "change the shop's rules"


_P = Permission
_READING: Final = frozenset({_P.SEE_SHOP, _P.SEE_EARNINGS, _P.SEE_DELIVERIES, _P.READ_CONVERSATIONS, _P.SEE_AUDIT})
_TALKING: Final = frozenset({_P.SEE_SHOP, _P.READ_CONVERSATIONS, _P.TAKE_OVER, _P.TEACH, _P.SET_OFFERS, _P.MAKE_FILMS})

ROLES_OF_MEMBERS: Final[Mapping[str, frozenset[Permission]]] = {
    "owner": frozenset(Permission),
    "manager": _READING | _TALKING | {_P.HIRE, _P.INSTALL, _P.MANAGE_MEMBERS, _P.MANAGE_API_KEYS, _P.MANAGE_CONNECTIONS},
    "staff": _TALKING,
    "finance": frozenset({_P.SEE_SHOP, _P.SEE_EARNINGS, _P.SEE_DELIVERIES, _P.SEE_AUDIT, _P.SETTLE}),
    "read_only": _READING,
}


def may(role: str, permission: Permission) -> bool:
    """Whether a role includes a permission; a role nobody knows includes none."""
    return permission in ROLES_OF_MEMBERS.get(role, frozenset())


def may_give(giver_role: str, role: str) -> bool:
    """Whether a member may give, change or take a role: they manage members, and hold all that it holds."""
    given = ROLES_OF_MEMBERS.get(role)
    return given is not None and may(giver_role, Permission.MANAGE_MEMBERS) and given <= ROLES_OF_MEMBERS[giver_role]


def roles_with(permission: Permission) -> list[str]:
    """The roles that include a permission, the widest first."""
    return [role for role, held in ROLES_OF_MEMBERS.items() if permission in held]
