"""Forms of the roster; they check shape only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cermin.core.contacts import Contacts, read_email, read_phone
from cermin.intake.categories import SEXES
from cermin.intake.people import LONGEST_NAME
from cermin.web.organisations.models import Employment
from cermin.web.organisations.queries.roster import PlacedUnit
from cermin.web.pages.uploads import checked_size

COMPLETE, ADDITION = "lengkap", "tambahan"


class RosterUploadForm(forms.Form):
    """A roster file, and whether it lists everybody."""

    file = forms.FileField(
        label=_("Berkas daftar pegawai"),
        help_text=_("XLSX hasil ekspor SIASN (tiga lembar), templat Cermin, atau CSV."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.parquet"}),
    )
    kind = forms.ChoiceField(
        label=_("Isi berkas"),
        choices=[
            (COMPLETE, _("Daftar lengkap: yang tidak ada di berkas dianggap keluar")),
            (ADDITION, _("Tambahan atau perbaikan: tidak ada yang dianggap keluar")),
        ],
        initial=COMPLETE,
        widget=forms.RadioSelect,
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """Refuse what is larger than the site takes."""
        return checked_size(self.cleaned_data["file"])


class RosterAcceptForm(forms.Form):
    """The tick under the warnings of a preview."""

    confirmed = forms.BooleanField(
        label=_("Saya sudah memeriksa; perubahan besar ini memang benar"), required=False
    )


class RosterFilter(forms.Form):
    """What the list is narrowed to; nothing personal, so it may stand in the address."""

    unit = forms.ChoiceField(label=_("Unit"), required=False)
    employment = forms.ChoiceField(
        label=_("Jenis pegawai"), required=False,
        choices=[("", _("Semua jenis")), *Employment.choices],
    )  # fmt: skip

    def __init__(self, *args: Any, units: Iterable[PlacedUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self.fields["unit"], units, _("Semua unit"))


class RosterSearch(forms.Form):
    """A name or number; sent in the body, so that it stands in no address and no log."""

    text = forms.CharField(
        label=_("Cari nama atau NIP lengkap"), max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class EmployeeForm(forms.Form):
    """What may be corrected of a person."""

    name = forms.CharField(label=_("Nama"), max_length=LONGEST_NAME)
    unit = forms.ChoiceField(label=_("Unit"))
    employment = forms.ChoiceField(label=_("Jenis pegawai"), choices=Employment.choices)
    email = forms.CharField(
        label=_("Surel"), max_length=300, required=False,
        help_text=_("Boleh kosong. Hanya untuk mengirim undangan survei; disimpan tersegel."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Nomor HP"), max_length=60, required=False,
        help_text=_("Boleh kosong. Misalnya 081234567890."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip

    def __init__(self, *args: Any, units: Iterable[PlacedUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self.fields["unit"], units, _("Pilih unit"))

    def clean_email(self) -> str:
        """Refuse what is no address."""
        text: str = self.cleaned_data["email"].strip()
        found = read_email(text) if text else ""
        if found is None:
            raise forms.ValidationError(
                gettext("Alamat surel tidak sah. Tulis satu alamat, misalnya nama@instansi.go.id.")
            )
        return found

    def clean_phone(self) -> str:
        """Return the number in international digits."""
        text: str = self.cleaned_data["phone"].strip()
        found = read_phone(text) if text else ""
        if found is None:
            raise forms.ValidationError(
                gettext("Nomor tidak terbaca. Tulis dengan angka saja, misalnya 081234567890.")
            )
        return found

    @property
    def contacts(self) -> Contacts:
        """Return the contacts of a valid form."""
        return Contacts(self.cleaned_data["email"], self.cleaned_data["phone"])


class NewEmployeeForm(EmployeeForm):
    """A person added by hand."""

    nip = forms.CharField(
        label=_("NIP"), max_length=30, required=False,
        help_text=_("18 digit. Kosongkan hanya untuk Non-ASN."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip
    sex = forms.ChoiceField(
        label=_("Jenis kelamin"), required=False,
        choices=[("", _("Baca dari NIP")), *[(sex, sex) for sex in SEXES]],
    )  # fmt: skip
    field_order = ("nip", "name", "unit", "employment", "sex", "email", "phone")


def _choose_from(field: forms.Field, units: Iterable[PlacedUnit], nothing: object) -> None:
    choices = [(unit.code, "– " * unit.depth + unit.name) for unit in units]
    field.choices = [("", nothing), *choices]  # type: ignore[attr-defined]
