"""The demo: a fictional kabupaten that has lived through three years, by the actions people use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from cermin.core.fictional import AGENCY, AGENCY_CLASS, AGENCY_NAME
from cermin.core.scheme import MinimumRule
from cermin.web.accounts.models import User
from cermin.web.cycles.actions.calendars import CalendarChoice, create_calendar, follow_calendar
from cermin.web.cycles.actions.clock import run_due_phases
from cermin.web.cycles.actions.running import archive, decide, publish, schedule_cycle
from cermin.web.cycles.actions.set_up import change_set_up, copy_set_up, create_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.cycles.queries.cycles import set_up_of
from cermin.web.cycles.rules.dates import midnight
from cermin.web.cycles.rules.set_up import MinimumChoice
from cermin.web.operations.actions.demo_survey import (
    answer_survey,
    close_survey,
    compute_index,
    score_evidence,
)
from cermin.web.operations.actions.setup import set_up_site
from cermin.web.operations.queries.demo import (
    ACCOUNTS,
    CLOSED,
    MERGED,
    PASSWORD,
    SEED,
    Account,
    first_units,
    names_today,
    plan_from,
    roster_file,
)
from cermin.web.organisations.actions.agency import AgencyFacts, add_agency
from cermin.web.organisations.actions.members_invitations import (
    Invitee,
    accept_with_new_account,
    invite_members,
)
from cermin.web.organisations.actions.roster import accept_upload, store_upload
from cermin.web.organisations.actions.structures import start_year
from cermin.web.organisations.actions.units import add_unit, rename_unit
from cermin.web.organisations.actions.units_ending import close_unit, merge_units
from cermin.web.organisations.models import Agency, Role, RosterUpload, Structure, Unit
from cermin.web.organisations.queries import member_of
from cermin.web.organisations.queries.members import hash_of
from cermin.web.organisations.rules import Member, system_member
from cermin.web.organisations.tasks.roster_applying import apply_upload
from cermin.web.organisations.tasks.roster_reading import read_upload
from cermin.web.pages import clock
from cermin.web.register.actions.regulations import add_national_regulations, add_regulation
from cermin.web.register.actions.value_sets import add_value_set
from cermin.web.register.rules import RegulationFacts, ValueDraft, ValueSetDraft
from cermin.web.survey.models import Survey

PAGE = "cermin site demo"
ANSWERED = 0.6  # of the people of this year
Told = Callable[[str], None]


@transaction.atomic
def make_demo(*, now: datetime, told: Told = lambda _words: None, share: float = ANSWERED) -> None:
    """Fill an empty site; every step is taken on the day on which people would have taken it."""
    year = now.year
    told("instansi")
    with clock.set_to(datetime(year - 2, 1, 15, 2, tzinfo=UTC)) as then:
        agency, operator = _agency(then)
        by = member_of(operator, agency, PAGE)
        assert by is not None  # noqa: S101 - set-up has just made the owner
        _first_tree(agency, by, then)
        _people(agency, by, then)
        _register(agency, year - 2, by, then)
    for past in (year - 2, year - 1):
        told(str(past))
        _past_year(agency, past, newest=year, share=share, by=by)
    told(str(year))
    _this_year(agency, year, by=by, now=now)
    told("survei")
    _answer(agency, year, share=share, now=now)
    with clock.set_to(now - timedelta(days=25)) as then:
        _neighbours(operator, year, then, first=(now + timedelta(days=20)).date())
    with clock.set_to(now):
        run_due_phases(now=now)


def _answer(agency: Agency, year: int, *, share: float, now: datetime) -> None:
    """The people of this year answer day by day since the survey has opened."""
    survey = Survey.objects.get(cycle__agency=agency, cycle__year=year)
    opened = survey.created_at
    days = [opened + timedelta(days=n) for n in range((now - opened).days)] + [now]
    answer_survey(survey, share=share, order=2, seed=SEED, days=days)


def _agency(now: datetime) -> tuple[Agency, User]:
    owner = ACCOUNTS[0]
    return set_up_site(
        facts=AgencyFacts(AGENCY_NAME, AGENCY_CLASS, "9901", "id", "Asia/Jakarta"),
        slug=AGENCY, owner_name=owner.name, owner_email=owner.email, password=PASSWORD,
        page=PAGE, now=now,
    )  # fmt: skip


def _people(agency: Agency, by: Member, now: datetime) -> None:
    for account in ACCOUNTS[1:]:
        _join(agency, account, by=by, now=now)


def _join(agency: Agency, account: Account, *, by: Member, now: datetime) -> None:
    (issued,) = invite_members(
        agency=agency, role=account.role, unit_code=account.unit_code,
        people=[Invitee(1, account.email, account.name)], by=by, now=now,
    )  # fmt: skip
    accept_with_new_account(
        token_hash=hash_of(issued.token), email=account.email, name=account.name,
        password=PASSWORD, page=PAGE, now=now,
    )  # fmt: skip


def _first_tree(agency: Agency, by: Member, now: datetime) -> None:
    structure = Structure.objects.get(agency=agency)
    for code, name, above in first_units():
        parent = Unit.objects.get(structure=structure, code=above) if above else None
        add_unit(structure=structure, parent=parent, code=code, name=name, by=by, now=now)


def _register(agency: Agency, year: int, by: Member, now: datetime) -> None:
    add_national_regulations(agency=agency, by=by, now=now)
    basis = add_regulation(
        agency=agency, by=by, now=now,
        facts=RegulationFacts(
            "perbup", "Rawa Bening (fiktif)", "12", year,
            "Nilai Budaya Kerja BENING di Lingkungan Pemerintah Kabupaten (contoh)",
        ),
    )  # fmt: skip
    values = (
        ValueDraft("Bersih", "Jujur dan bertanggung jawab atas pekerjaannya.", ("akuntabel",)),
        ValueDraft("Empati", "Memahami dan memenuhi kebutuhan warga.", ("berorientasi_pelayanan",)),
        ValueDraft("Nyaman", "Menjaga lingkungan kerja yang rukun.", ("harmonis",)),
        ValueDraft("Inovatif", "Terus memperbaiki cara kerja.", ("adaptif", "kompeten")),
        ValueDraft("Guyub", "Bekerja bersama dan setia pada bangsa.", ("kolaboratif", "loyal")),
    )
    draft = ValueSetDraft("BENING, nilai budaya kerja Kabupaten Rawa Bening (fiktif)", values)
    add_value_set(agency=agency, draft=draft, regulation=basis, by=by, now=now)


# ------------------------------------------------------------------ the years


def _past_year(agency: Agency, year: int, *, newest: int, share: float, by: Member) -> None:
    _prepare_year(agency, year, newest=newest, by=by, now=datetime(year, 8, 4, 3, tzinfo=UTC))
    with clock.set_to(datetime(year, 9, 1, 3, tzinfo=UTC)) as then:
        cycle = _cycle(agency, year, first=date(year, 10, 1), by=by, now=then)
    order = 2 - (newest - year)
    with _phases_of(datetime(year, 10, 1, 1, tzinfo=UTC)) as then:
        days = [then + timedelta(days=n) for n in range(1, 14, 4)]
        survey = Survey.objects.get(cycle=cycle)
        # Participation has grown: half of this year's two years ago, then three quarters.
        answer_survey(survey, share=share * (2 + order) / 4, order=order, seed=SEED, days=days)
    with _phases_of(datetime(year, 10, 16, 1, tzinfo=UTC)) as then:
        close_survey(survey, now=then)
    with _phases_of(datetime(year, 10, 21, 1, tzinfo=UTC)) as then:
        score_evidence(cycle, seed=SEED + order, by=by, now=then)
    with _phases_of(datetime(year, 10, 26, 1, tzinfo=UTC)) as then:
        compute_index(cycle, by=by, now=then)
    with clock.set_to(datetime(year, 10, 30, 4, tzinfo=UTC)) as then:
        decide(
            cycle=cycle, decree_number=f"100.3.3.2/{year - 1900}/{year}",
            decree_date=date(year, 10, 30), signatory="Bupati Rawa Bening (fiktif)",
            by=by, now=then,
        )  # fmt: skip
    with clock.set_to(datetime(year, 11, 3, 2, tzinfo=UTC)) as then:
        publish(cycle=cycle, by=by, now=then)
    if year == newest - 2:
        with clock.set_to(datetime(year, 12, 15, 2, tzinfo=UTC)) as then:
            archive(cycle=cycle, by=by, now=then)


@contextmanager
def _phases_of(moment: datetime) -> Iterator[datetime]:
    """Do what the clock does at ``moment``, and go on from there."""
    with clock.set_to(moment):
        run_due_phases(now=moment)
        yield moment


def _this_year(agency: Agency, year: int, *, by: Member, now: datetime) -> None:
    """The survey has been open for a week."""
    first = max((now - timedelta(days=6)).date(), date(year, 1, 1))
    _prepare_year(agency, year, newest=year, by=by, now=now - timedelta(days=40))
    with clock.set_to(now - timedelta(days=30)) as then:
        sections = ("kuesioner-keterikatan-2025",)
        _cycle(agency, year, first=first, by=by, now=then, sections=sections)
    with _phases_of(max(now - timedelta(days=6), midnight(first, agency.time_zone))):
        pass


def _prepare_year(agency: Agency, year: int, *, newest: int, by: Member, now: datetime) -> None:
    with clock.set_to(now):
        if not Structure.objects.filter(agency=agency, year=year).exists():
            start_year(agency=agency, year=year, by=by, now=now)
        structure = Structure.objects.get(agency=agency, year=year)
        units = {unit.code: unit for unit in Unit.objects.filter(structure=structure)}
        if year == newest - 1:
            merge_units(sources=[units[MERGED[0]]], target=units[MERGED[3]], by=by, now=now)
            for code, name in names_today().items():
                rename_unit(unit=units[code], name=name, by=by, now=now)
        _roster(agency, year, newest, by=by, now=now)
        if year == newest:
            close_unit(unit=units[CLOSED[0]], by=by, now=now)


def _roster(agency: Agency, year: int, newest: int, *, by: Member, now: datetime) -> None:
    content = roster_file(year, newest).getvalue()
    file = SimpleUploadedFile(f"siasn-{year}.xlsx", content)
    upload = store_upload(agency=agency, file=file, is_complete=True, by=by, now=now)
    read_upload.call(str(upload.pk))
    upload = RosterUpload.objects.select_related("agency", "structure").get(pk=upload.pk)
    accept_upload(upload=upload, confirmed=True, by=by, now=now)
    apply_upload.call(str(upload.pk))


def _cycle(
    agency: Agency, year: int, *, first: date, by: Member, now: datetime,
    sections: tuple[str, ...] = (),
) -> Cycle:  # fmt: skip
    before = Cycle.objects.filter(agency=agency, year=year - 1).first()
    if before is None:
        name = f"Evaluasi Budaya Kerja {year}"
        cycle = create_cycle(agency=agency, year=year, name=name, by=by, now=now)
    else:
        cycle = copy_set_up(source=before, year=year, by=by, now=now)
    chosen = set_up_of(cycle)
    chosen = replace(
        chosen, name=f"Evaluasi Budaya Kerja {year}", plan=plan_from(first),
        minimum=MinimumChoice(chosen.minimum.rule, chosen.minimum.margin, 375),
        unit_minimum=MinimumChoice(MinimumRule.ENTERED, chosen.minimum.margin, 25),
        crossing="jenis_kelamin", sections=sections,
    )  # fmt: skip
    change_set_up(cycle=cycle, chosen=chosen, by=by, now=now)
    schedule_cycle(cycle=cycle, by=by, now=now)
    return cycle


# ------------------------------------------------------------------ the neighbours


def _neighbours(operator: User, year: int, now: datetime, *, first: date) -> None:
    """A province that sets a calendar for all, and a city that follows it."""
    province = _neighbour(
        operator, AgencyFacts("Provinsi Rawa Raya (fiktif)", "provinsi", "9900", "id",
                              "Asia/Jakarta"), "rawa-raya",
        Account(Role.OWNER, "pengelola@rawaraya.example", "Indah Mahoni"), now,
    )  # fmt: skip
    city = _neighbour(
        operator, AgencyFacts("Kota Tanjung Asri (fiktif)", "kota", "9902", "id",
                              "Asia/Makassar"), "tanjung-asri",
        Account(Role.OWNER, "pengelola@tanjungasri.example", "Oka Palapa"), now,
    )  # fmt: skip
    calendar = create_calendar(
        agency=province, year=year, by=system_member(province, PAGE), now=now,
        chosen=CalendarChoice(
            f"Evaluasi serentak {year}", plan_from(first), ("kabupaten", "kota"), ()
        ),
    )  # fmt: skip
    by = system_member(city, PAGE)
    cycle = create_cycle(
        agency=city, year=year, name=f"Evaluasi Budaya Kerja {year}", by=by, now=now
    )
    follow_calendar(cycle=cycle, calendar=calendar, by=by, now=now)


def _neighbour(
    operator: User, facts: AgencyFacts, slug: str, owner: Account, now: datetime
) -> Agency:
    issued = add_agency(
        facts=facts, slug=slug, owner_email=owner.email, owner_name=owner.name,
        operator=operator, by=system_member(Agency(pk=0), PAGE), now=now,
    )  # fmt: skip
    accept_with_new_account(
        token_hash=hash_of(issued.token), email=owner.email, name=owner.name,
        password=PASSWORD, page=PAGE, now=now,
    )  # fmt: skip
    return Agency.objects.get(slug=slug)
