"""Who may add agencies to the site and change what an agency says about itself."""

from __future__ import annotations

from cermin.language import N_
from cermin.web.accounts.models import User
from cermin.web.organisations.models import Agency
from cermin.web.organisations.rules import Forbidden, Member, check_owner


def check_can_add_agency(operator: User) -> None:
    """Operators of the site whose account is in use."""
    if not (operator.is_operator and operator.is_active):
        raise Forbidden(N_("Peran Anda tidak mengizinkan tindakan ini."))


def check_can_edit_agency(by: Member, agency: Agency) -> None:
    """Owners of this very agency."""
    check_owner(by, agency)
