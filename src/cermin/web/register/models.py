"""Regulations and local value sets of an agency, as all its employees may read them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cermin.web.organisations.models import Agency
from cermin.web.privacy import classes

FIRST_YEAR, LAST_YEAR = 1945, 2100


class RegulationKind(models.TextChoices):
    """Kinds of regulations that work culture rests on."""

    LAW = "uu", _("Undang-Undang")
    GOVERNMENT = "pp", _("Peraturan Pemerintah")
    PRESIDENTIAL = "perpres", _("Peraturan Presiden")
    MINISTERIAL = "permen", _("Peraturan Menteri")
    MINISTERIAL_DECREE = "kepmen", _("Keputusan Menteri")
    BODY = "perban", _("Peraturan Badan/Lembaga")
    CIRCULAR = "se", _("Surat Edaran")
    LOCAL_LAW = "perda", _("Peraturan Daerah")
    GOVERNOR = "pergub", _("Peraturan Gubernur")
    REGENT = "perbup", _("Peraturan Bupati")
    MAYOR = "perwali", _("Peraturan Wali Kota")
    DECREE = "keputusan", _("Keputusan")
    OTHER = "lain", _("Peraturan lain")


class Regulation(models.Model):
    """A regulation with its number and year; its text as a file kept here, or as a link."""

    PRIVACY: ClassVar = classes(
        public=(
            "id kind issuer number year subject note link "
            "file file_name file_sha256 file_bytes changed_at"
        ),
        internal="agency added_at",
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="regulations")
    kind = models.CharField(max_length=10, choices=RegulationKind)
    issuer = models.CharField(max_length=120, blank=True)  # what follows the kind: PANRB, Kudus
    number = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=500)
    note = models.CharField(max_length=500, blank=True)
    link = models.CharField(max_length=500, blank=True)  # shown, never fetched
    file = models.CharField(max_length=120, blank=True)  # path under files/
    file_name = models.CharField(max_length=150, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveIntegerField(default=0)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-year", "kind", "number", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency", "kind", "number", "year", "issuer"], name="regulation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                name="regulations_have_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(link="") | models.Q(link__startswith="https://"),
                name="links_are_https",
            ),
            models.CheckConstraint(
                condition=models.Q(file="", file_name="", file_sha256="", file_bytes=0)
                | ~(models.Q(file="") | models.Q(file_name="") | models.Q(file_sha256=""))
                & models.Q(file_bytes__gt=0),
                name="files_have_name_hash_and_size",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """How people cite it: kind, issuer, number, year."""
        kind = RegulationKind(self.kind).label
        issued = f"{kind} {self.issuer}" if self.issuer else str(kind)
        return f"{issued} Nomor {self.number} Tahun {self.year}"


class ValueSet(models.Model):
    """Local values of an agency, each mapped to the seven national ones."""

    PRIVACY: ClassVar = classes(
        public="id code title title_en regulation note note_en own_draft changed_at",
        internal="agency added_at",
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="value_sets")
    code = models.CharField(max_length=60)  # id of its instrument file
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    regulation = models.ForeignKey(Regulation, models.PROTECT, related_name="value_sets")
    note = models.CharField(max_length=1000, blank=True)
    note_en = models.CharField(max_length=1000, blank=True)
    own_draft = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["title", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "code"], name="value_set_code_once"),
            models.CheckConstraint(
                condition=models.Q(own_draft=False) | ~models.Q(note=""),
                name="own_drafts_have_a_note",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LocalValue(models.Model):
    """One value of a set, the national values it stands for, and its behaviours."""

    PRIVACY: ClassVar = classes(
        public="id value_set position code name name_en meaning meaning_en maps_to behaviours"
    )

    value_set = models.ForeignKey(ValueSet, models.CASCADE, related_name="values")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    meaning = models.CharField(max_length=500)
    meaning_en = models.CharField(max_length=500, blank=True)
    maps_to = models.JSONField()  # ids of national values, at least one
    behaviours = models.JSONField(default=list)  # [{"code", "text", "text_en"}]

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["value_set", "code"], name="local_value_once"),
            models.UniqueConstraint(fields=["value_set", "position"], name="local_value_place"),
        ]
