"""The yearly evaluation of an agency, its phases, and calendars that several agencies share."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cermin.core.exposure import THRESHOLD
from cermin.core.scheme import MinimumRule
from cermin.web.organisations.models import Agency, AgencyClass, Employment, Structure
from cermin.web.privacy import classes


class State(models.TextChoices):
    """How far a cycle is, in the order in which it passes them."""

    DRAFT = "draft", _("Konsep")
    SCHEDULED = "scheduled", _("Terjadwal")
    SURVEY_OPEN = "survey_open", _("Survei dibuka")
    EVIDENCE_OPEN = "evidence_open", _("Pengumpulan bukti dukung")
    VERIFICATION = "verification", _("Verifikasi bukti dukung")
    PROCESSING = "processing", _("Pengolahan")
    DECIDED = "decided", _("Ditetapkan")
    PUBLISHED = "published", _("Diumumkan")
    ARCHIVED = "archived", _("Diarsipkan")


class PhaseKind(models.TextChoices):
    """The parts of the year that have dates."""

    SURVEY = "survey", _("Survei")
    EVIDENCE = "evidence", _("Pengumpulan bukti dukung")
    VERIFICATION = "verification", _("Verifikasi bukti dukung")
    PROCESSING = "processing", _("Pengolahan dan penetapan")


class Minimum(models.TextChoices):
    """How the minimum number of respondents is set, as the methods write it."""

    ENTERED = MinimumRule.ENTERED.value, _("Angka yang ditetapkan")
    SLOVIN = MinimumRule.SLOVIN.value, _("Rumus Slovin")
    KREJCIE_MORGAN = MinimumRule.KREJCIE_MORGAN.value, _("Rumus Krejcie-Morgan")
    NONE = MinimumRule.NONE.value, _("Tanpa minimum")


class Crossing(models.TextChoices):
    """By what results are also broken down, besides by unit."""

    NONE = "", _("Tidak ada, hanya per unit kerja")
    EMPLOYMENT = "jenis_pegawai", _("Jenis pegawai")
    SEX = "jenis_kelamin", _("Jenis kelamin")


NOT_OPENED = (State.DRAFT, State.SCHEDULED)
WITH_DECREE = (State.DECIDED, State.PUBLISHED, State.ARCHIVED)


class SharedCalendar(models.Model):
    """Dates that one agency sets for many; every follower reads them in its own time zone."""

    PRIVACY: ClassVar = classes(internal="id agency year name created_at")

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="calendars")
    year = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-year", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "year", "name"], name="calendar_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class CalendarPhase(models.Model):
    """The days of one phase, both inclusive; days, not moments, as each place has its midnight."""

    PRIVACY: ClassVar = classes(internal="id calendar kind first_day last_day")

    calendar = models.ForeignKey(SharedCalendar, models.CASCADE, related_name="phases")
    kind = models.CharField(max_length=12, choices=PhaseKind)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "kind"], name="calendar_phase_once"),
            models.CheckConstraint(
                condition=Q(first_day__lte=models.F("last_day")), name="calendar_phase_in_order"
            ),
        ]


class CalendarOffer(models.Model):
    """Who may see and follow a calendar: a whole class, or the agency with this code.

    A code, not a key: whether an agency of that code uses the site is not shown to who offers.
    """

    PRIVACY: ClassVar = classes(internal="id calendar agency_class agency_code")

    calendar = models.ForeignKey(SharedCalendar, models.CASCADE, related_name="offers")
    agency_class = models.CharField(max_length=12, choices=AgencyClass, blank=True)
    agency_code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(agency_class="") ^ Q(agency_code=""), name="offered_to_class_or_agency"
            ),
            models.UniqueConstraint(
                fields=["calendar", "agency_class", "agency_code"], name="offered_once"
            ),
        ]


class Cycle(models.Model):
    """One yearly evaluation (periode evaluasi) of one agency."""

    PRIVACY: ClassVar = classes(
        public="year name published_at decree_number decree_date",
        internal=(
            "id agency state structure calendar method worksheet sections minimum_rule "
            "minimum_margin minimum_entered unit_minimum_rule unit_minimum_entered threshold "
            "crossing created_at opened_at frozen blocked archived_at"
        ),
        personal="signatory",
    )

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="cycles")
    year = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=150)
    state = models.CharField(max_length=13, choices=State, default=State.DRAFT)
    # Bound at opening; before, it is whatever tree the agency has for the year.
    structure = models.ForeignKey(Structure, models.PROTECT, null=True, related_name="cycles")
    calendar = models.ForeignKey(
        SharedCalendar, models.SET_NULL, null=True, related_name="followers"
    )
    method = models.CharField(max_length=80)
    worksheet = models.CharField(max_length=80, blank=True)
    sections = models.JSONField(default=list)  # ids of questionnaires beside that of the method
    minimum_rule = models.CharField(max_length=14, choices=Minimum)
    minimum_margin = models.DecimalField(max_digits=4, decimal_places=3)
    minimum_entered = models.PositiveIntegerField(null=True)
    unit_minimum_rule = models.CharField(max_length=14, choices=Minimum, default=Minimum.NONE)
    unit_minimum_entered = models.PositiveIntegerField(null=True)
    threshold = models.PositiveSmallIntegerField()
    crossing = models.CharField(max_length=13, choices=Crossing, blank=True)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    frozen = models.JSONField(null=True)  # all that a later result must cite
    blocked = models.JSONField(null=True)  # why it could not open: a sentence and its gaps
    decree_number = models.CharField(max_length=80, blank=True)
    decree_date = models.DateField(null=True)
    signatory = models.CharField(max_length=150, blank=True)
    published_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "year"], name="one_cycle_a_year"),
            models.CheckConstraint(
                condition=Q(state__in=NOT_OPENED, opened_at=None, frozen=None, structure=None)
                | (
                    ~Q(state__in=NOT_OPENED)
                    & Q(opened_at__isnull=False, frozen__isnull=False, structure__isnull=False)
                ),
                name="frozen_when_and_only_when_opened",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SCHEDULED) | Q(blocked=None),
                name="only_a_scheduled_cycle_is_blocked",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(state__in=WITH_DECREE), decree_number="", decree_date=None, signatory=""
                )
                | (
                    Q(state__in=WITH_DECREE, decree_date__isnull=False)
                    & ~Q(decree_number="")
                    & ~Q(signatory="")
                ),
                name="decided_with_a_decree",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(State.PUBLISHED, State.ARCHIVED), published_at__isnull=False)
                | Q(~Q(state__in=(State.PUBLISHED, State.ARCHIVED)), published_at=None),
                name="published_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=State.ARCHIVED, archived_at__isnull=False)
                | Q(~Q(state=State.ARCHIVED), archived_at=None),
                name="archived_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(minimum_rule=Minimum.ENTERED) | Q(minimum_entered=None),
                name="minimum_entered_under_its_rule",
            ),
            models.CheckConstraint(
                condition=Q(unit_minimum_rule=Minimum.ENTERED) | Q(unit_minimum_entered=None),
                name="unit_minimum_entered_under_its_rule",
            ),
            models.CheckConstraint(
                condition=Q(minimum_margin__gt=0, minimum_margin__lt=1),
                name="margin_between_0_and_1",
            ),
            models.CheckConstraint(
                condition=Q(threshold__gte=THRESHOLD), name="threshold_not_below_the_least"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_opened(self) -> bool:
        """Whether its settings are frozen."""
        return self.opened_at is not None


class Phase(models.Model):
    """One dated part of a cycle; it closes at the moment ``closes_at``, itself not included."""

    PRIVACY: ClassVar = classes(public="kind opens_at closes_at", internal="id cycle")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="phases")
    kind = models.CharField(max_length=12, choices=PhaseKind)
    opens_at = models.DateTimeField(db_index=True)
    closes_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="phase_once"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at")), name="phase_in_order"
            ),
        ]


class Extension(models.Model):
    """A deadline that was moved, with the reason; deadlines only ever move later."""

    PRIVACY: ClassVar = classes(
        internal="id phase old_closes_at new_closes_at reason at", personal="by_name"
    )

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="extensions")
    old_closes_at = models.DateTimeField()
    new_closes_at = models.DateTimeField()
    reason = models.TextField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(new_closes_at__gt=models.F("old_closes_at")), name="only_ever_later"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extended_for_a_reason"),
        ]


class PopulationCount(models.Model):
    """People of the roster when the cycle opened, by unit, type of employment and sex."""

    PRIVACY: ClassVar = classes(internal="id cycle unit_code employment sex n")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="population")
    unit_code = models.CharField(max_length=60)
    employment = models.CharField(max_length=16, choices=Employment)
    sex = models.CharField(max_length=9, blank=True)
    n = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cycle", "unit_code", "employment", "sex"], name="population_cell_once"
            ),
            models.CheckConstraint(condition=Q(n__gt=0), name="population_cell_not_empty"),
        ]
