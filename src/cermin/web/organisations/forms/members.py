"""Shape of what is typed about people: lists of addresses, roles, a new account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from cermin.web.accounts.models import User
from cermin.web.organisations.actions.members_invitations import Invitee
from cermin.web.organisations.models import Role

_MOST_ERRORS_SHOWN = 20
# A line pasted from a sheet (tabs), a CSV file (commas, semicolons), or a mail (Nama <alamat>).
_SEPARATORS = re.compile(r"[\t,;<>\"]+")


class PeopleField(forms.CharField):
    """One person a line, as an address with or without a name; wrong lines are named by number."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """Return invitees, or raise one error for each wrong line."""
        text = super().to_python(value) or ""
        people: list[Invitee] = []
        wrong: list[str] = []
        first_line: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                person = _invitee(number, line)
                _check_new(person, first_line)
            except ValidationError as error:
                wrong.append(_("Baris {line}: {reason}").format(line=number, reason=error.message))
            else:
                people.append(person)
        if wrong:
            raise ValidationError(_shown(wrong))
        return people

    def prepare_value(self, value: Any) -> Any:
        """Return what stands in the field: what was typed, also when some lines are wrong."""
        return value


def _invitee(number: int, line: str) -> Invitee:
    cells = [cell.strip() for cell in _SEPARATORS.split(line) if cell.strip()]
    # A plain list has spaces where a sheet has cells.
    if len(cells) == 1:
        cells = cells[0].split()
    addresses = [cell for cell in cells if "@" in cell]
    if len(addresses) != 1:
        raise ValidationError(_("tulis satu alamat surel dalam satu baris."))
    try:
        validate_email(addresses[0])
    except ValidationError:
        raise ValidationError(
            _("“{address}” bukan alamat surel.").format(address=addresses[0])
        ) from None
    name = " ".join(cell for cell in cells if cell is not addresses[0])
    if len(name) > 150:
        raise ValidationError(_("nama terlalu panjang; paling banyak 150 huruf."))
    return Invitee(number, addresses[0].lower(), name)


def _check_new(person: Invitee, first_line: dict[str, int]) -> None:
    first = first_line.setdefault(person.email, person.line)
    if first != person.line:
        raise ValidationError(_("alamat sama dengan baris {first}.").format(first=first))


def _shown(wrong: list[str]) -> list[str]:
    hidden = len(wrong) - _MOST_ERRORS_SHOWN
    if hidden <= 0:
        return wrong
    more = _("… dan {n} baris lain yang perlu diperbaiki.").format(n=hidden)
    return [*wrong[:_MOST_ERRORS_SHOWN], more]


class RoleForm(forms.Form):
    """A role; a unit for contacts."""

    # Nothing is chosen beforehand: the first role is the mightiest.
    role = forms.ChoiceField(label=_("Peran"), choices=[("", _("(pilih peran)")), *Role.choices])
    unit_code = forms.ChoiceField(
        label=_("Unit kerja"),
        required=False,
        help_text=_("Hanya untuk penghubung unit. Pilih unit kerja yang diwakilinya."),
    )

    def __init__(self, *args: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit_code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("(tanpa unit kerja)")), *units]

    def clean(self) -> dict[str, Any]:
        """Say at the field itself that a contact needs a unit and nobody else has one."""
        cleaned: dict[str, Any] = super().clean() or {}
        role, unit = cleaned.get("role"), cleaned.get("unit_code")
        if role == Role.CONTACT and unit == "":
            self.add_error("unit_code", _("Pilih unit kerja untuk penghubung unit."))
        if role and role != Role.CONTACT and unit:
            self.add_error(
                "unit_code", _("Hanya penghubung unit yang dikaitkan dengan unit kerja.")
            )
        return cleaned


class InviteForm(RoleForm):
    """Several people and the role they are invited to."""

    people = PeopleField(
        label=_("Alamat surel"),
        help_text=_(
            "Satu orang satu baris: alamat surel saja, atau nama dan alamat surel. Anda dapat "
            "menempel kolom dari Excel atau CSV."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )
    field_order = ("people", "role", "unit_code")


class MemberFilter(forms.Form):
    """Which people a list shows."""

    q = forms.CharField(label=_("Cari nama atau surel"), required=False)
    role = forms.ChoiceField(
        label=_("Peran"),
        required=False,
        choices=[("", _("Semua peran")), *Role.choices],
    )


class NewAccountForm(forms.Form):
    """Name and password of somebody who accepts an invitation without an account."""

    name = forms.CharField(
        label=_("Nama lengkap"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Kata sandi"),
        strip=False,
        help_text=_(
            "Paling sedikit 12 karakter. Beberapa kata acak mudah diingat dan sulit ditebak."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("Ulangi kata sandi"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address  # when the form does not ask for it

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules of the site and the repetition."""
        cleaned: dict[str, Any] = super().clean() or {}
        password = cleaned.get("password")
        if password and cleaned.get("password_again", password) != password:
            self.add_error("password_again", _("Kedua kata sandi tidak sama."))
        if password:
            person = User(email=cleaned.get("email", self.address), name=cleaned.get("name", ""))
            try:
                validate_password(password, user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
