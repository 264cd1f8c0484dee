"""Agencies, memberships, the tree of units by year, and the roster."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from cermin.web.privacy import classes


class AgencyClass(models.TextChoices):
    """Classes that are ranked apart."""

    MINISTRY = "kementerian", _("Kementerian")
    BODY = "lembaga", _("Lembaga")
    PROVINCE = "provinsi", _("Provinsi")
    REGENCY = "kabupaten", _("Kabupaten")
    CITY = "kota", _("Kota")


class TimeZone(models.TextChoices):
    """The three time zones of Indonesia."""

    WIB = "Asia/Jakarta", _("WIB (UTC+7)")
    WITA = "Asia/Makassar", _("WITA (UTC+8)")
    WIT = "Asia/Jayapura", _("WIT (UTC+9)")


class Role(models.TextChoices):
    """What a person does in an agency; a person may have several."""

    OWNER = "owner", _("Pengelola")
    CONTACT = "contact", _("Penghubung unit")
    EVALUATOR = "evaluator", _("Tim penilai")
    HEAD = "head", _("Pimpinan")
    ANALYST = "analyst", _("Analis")


class Employment(models.TextChoices):
    """Types of employment, written as the instruments and snapshots write them."""

    PNS = "PNS", "PNS"
    CPNS = "CPNS", "CPNS"
    PPPK = "PPPK", "PPPK"
    PPPK_PART_TIME = "PPPK Paruh Waktu", "PPPK paruh waktu"
    NON_ASN = "Non-ASN", "Non-ASN"


class Agency(models.Model):
    """An instansi that evaluates itself."""

    PRIVACY: ClassVar = classes(
        public="slug code name agency_class language time_zone", internal="id created_at"
    )

    slug = models.SlugField(max_length=60, unique=True)  # in every address of the agency
    code = models.CharField(max_length=20, unique=True)  # kode instansi
    name = models.CharField(max_length=200, unique=True)
    agency_class = models.CharField(max_length=12, choices=AgencyClass)
    language = models.CharField(max_length=2, default="id")
    time_zone = models.CharField(max_length=20, choices=TimeZone, default=TimeZone.WIB)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role of a person in an agency; unit contacts have it for one unit."""

    PRIVACY: ClassVar = classes(internal="id agency role unit_code since", personal="user")

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    unit_code = models.CharField(max_length=60, blank=True)  # of a contact; same in every year
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency", "user", "role", "unit_code"], name="role_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role=Role.CONTACT) ^ models.Q(unit_code=""),
                name="contacts_and_only_contacts_have_a_unit",
            ),
        ]


class Invitation(models.Model):
    """A link sent to an e-mail address; only its hash is kept."""

    PRIVACY: ClassVar = classes(
        internal="id agency role unit_code token_hash created_at expires_at accepted_at revoked_at",
        personal="email name invited_by",
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=10, choices=Role)
    unit_code = models.CharField(max_length=60, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Structure(models.Model):  # type: ignore[django-manager-missing]  # of the untyped tree
    """The tree of units of one year; frozen when that year's survey opens."""

    PRIVACY: ClassVar = classes(internal="id agency year created_at frozen_at")

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="structures")
    year = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "year"], name="one_structure_a_year")
        ]

    @property
    def is_frozen(self) -> bool:
        """Whether nothing may change any more."""
        return self.frozen_at is not None


class Unit(TreeNode):
    """A perangkat daerah or unit kerja in one year; ``code`` is the same in every year."""

    PRIVACY: ClassVar = classes(public="code name parent position", internal="id structure")

    objects: ClassVar[TreeQuerySet] = TreeQuerySet.as_manager()

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="units")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["structure", "code"], name="unit_code_once_a_year")
        ]

    def __str__(self) -> str:
        return self.name


class SuccessionKind(models.TextChoices):
    """What became of a unit that a year's tree no longer has."""

    MERGED = "merged", _("Digabung")
    CLOSED = "closed", _("Ditutup")


class Succession(models.Model):
    """What became of a unit of the year before; units that kept their code need no row."""

    PRIVACY: ClassVar = classes(
        public="from_code from_name to_code kind", internal="id structure at"
    )

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="successions")
    from_code = models.CharField(max_length=60)
    from_name = models.CharField(max_length=200)
    to_code = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=SuccessionKind)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["structure", "from_code"], name="one_successor_a_year"),
            models.CheckConstraint(
                condition=models.Q(kind=SuccessionKind.CLOSED) ^ ~models.Q(to_code=""),
                name="merged_units_have_a_successor",
            ),
        ]


class Employee(models.Model):
    """A person of the roster as it is now. Birth date, religion and the like are never stored."""

    PRIVACY: ClassVar = classes(
        internal="id agency unit added_at",
        personal=(
            "person_index nip_sealed name employment sex position_type email_sealed email_index "
            "phone_sealed"
        ),
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="employees")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="employees")
    # Blind index of the NIP; of name and unit for people who have none.
    person_index = models.BinaryField(max_length=32)
    nip_sealed = models.BinaryField(max_length=64, null=True)
    name = models.CharField(max_length=150)
    employment = models.CharField(max_length=16, choices=Employment)
    sex = models.CharField(max_length=9, blank=True)  # Laki-laki, Perempuan, or unknown
    position_type = models.CharField(max_length=60, blank=True)  # jenis jabatan
    email_sealed = models.BinaryField(max_length=400, null=True)
    email_index = models.BinaryField(max_length=32, null=True)  # blind, to know an address again
    phone_sealed = models.BinaryField(max_length=100, null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "person_index"], name="person_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "name", "id"], name="roster_by_name"),
        ]


class UploadState(models.TextChoices):
    """Where a roster upload stands."""

    QUEUED = "queued", _("Menunggu dibaca")
    READING = "reading", _("Sedang dibaca")
    READY = "ready", _("Siap diperiksa")
    ACCEPTING = "accepting", _("Sedang diterapkan")
    ACCEPTED = "accepted", _("Diterapkan")
    FAILED = "failed", _("Tidak terbaca")
    DISCARDED = "discarded", _("Dibatalkan")


class RosterUpload(models.Model):
    """A roster file, its preview, and what came of it. Its files are sealed and later removed."""

    PRIVACY: ClassVar = classes(
        internal=(
            "id agency structure file_name file_sha256 is_complete state percent step failure "
            "n_rows n_added n_moved n_changed n_unchanged n_left n_bad "
            "uploaded_at heartbeat_at finished_at"
        ),
        personal="uploaded_by sealed_file",
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="roster_uploads")
    structure = models.ForeignKey(Structure, models.CASCADE, related_name="roster_uploads")
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    is_complete = models.BooleanField(default=True)  # whoever is not in the file has left
    sealed_file = models.CharField(max_length=200, blank=True)  # path of folder under files/
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=100, blank=True)
    failure = models.TextField(blank=True)
    n_rows = models.PositiveIntegerField(default=0)
    n_added = models.PositiveIntegerField(default=0)
    n_moved = models.PositiveIntegerField(default=0)
    n_changed = models.PositiveIntegerField(default=0)
    n_unchanged = models.PositiveIntegerField(default=0)
    n_left = models.PositiveIntegerField(default=0)
    n_bad = models.PositiveIntegerField(default=0)
    uploaded_by = models.CharField(max_length=150)
    uploaded_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-uploaded_at"]
