"""The participation board: its numbers, who sees what, and that no view isolates a few people."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from cermin.core.scheme import MinimumRule
from cermin.web.cycles.queries import home_tasks
from cermin.web.cycles.rules.set_up import MinimumChoice
from cermin.web.organisations.models import Employee, Role
from cermin.web.pages import clock
from cermin.web.survey.actions.counting import count_days
from cermin.web.survey.models import DailyCount, Invitee, Survey, SurveyState, Turnout
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.board import board_of
from cycle_factory import draft, employ, october, scheduled
from site_factory import as_member, give_role, make_structure, make_user
from survey_factory import open_without_keys

BOARD, EXPORT = "/i/rawa-bening/periode/2026/partisipasi/", "unduh/"
# setda and disdik are too small and have nobody above them: 13 together. pkm-timur joins dinkes.
PEOPLE = {"setda": 4, "setda-organisasi": 12, "setda-umum": 3, "dinkes": 25, "pkm-timur": 5,
          "disdik": 6}  # fmt: skip
GROUPS = {"setda-organisasi": 12, "dinkes": 30, "unit-kecil": 13}
DINKES = "Dinas Kesehatan (termasuk unit kecil di bawahnya)"
ENTERED = MinimumChoice(MinimumRule.ENTERED, 0.05, 10)


def opened(agency, by, **changes) -> Survey:
    """Return a survey that takes ballots since this moment."""
    return open_without_keys(scheduled(agency, by, **changes), by, now=clock.now())


@pytest.fixture
def survey(house):
    for unit, n in PEOPLE.items():
        employ(house.structure, n, unit)
    by = as_member(house.owner, house.agency)
    with clock.set_to(october(8)):  # a Thursday, a week after the opening
        yield opened(house.agency, by, unit_minimum=ENTERED)


def draw(survey, n: int, group: str) -> None:
    """Mark the ballots of ``n`` more people of a group as drawn."""
    rows = Invitee.objects.filter(survey=survey, ballot_class__unit_code=group, blinded_hash=None)
    ids = list(rows.values_list("pk", flat=True)[:n])
    Invitee.objects.filter(pk__in=ids).update(blinded_hash=b"x" * 32)


def count(survey, day: int, **drawn: int) -> None:
    for group, n in drawn.items():
        DailyCount.objects.create(
            survey=survey, unit_code=group.replace("_", "-"), day=date(2026, 10, day), drawn=n
        )


def text_of(answer) -> str:
    """Return the words of a page, without marks and doubled spaces."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def sheet(answer) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return [tuple(cell.value for cell in row) for row in book.active]


def test_groups_are_the_ballot_classes(survey) -> None:
    board = board_of(survey, survey.cycle, october(8))
    classes: Counter[str] = Counter()
    for one in survey.ballot_classes.all():
        classes[one.unit_code] += one.n
    assert classes == GROUPS
    assert sorted(group.invited for group in board.groups) == sorted(GROUPS.values())


def test_numbers_of_the_page_and_of_the_export(house, browser, survey) -> None:
    draw(survey, 9, "dinkes")
    draw(survey, 12, "setda-organisasi")
    count(survey, 5, dinkes=2, setda_organisasi=12, unit_kecil=0)
    count(survey, 6, dinkes=5, setda_organisasi=12, unit_kecil=0)
    count(survey, 7, dinkes=8, setda_organisasi=12, unit_kecil=0)
    client = browser(house.owner)
    page = client.get(BOARD).context["page"]
    rows = {row.name: row for row in page.rows}
    dinkes = rows[DINKES]
    # The first count was on the 5th: three working days cannot be told apart, so 8 in all five.
    assert (dinkes.invited, dinkes.drawn, dinkes.percent, dinkes.minimum) == (30, 9, 30.0, 10)
    assert (dinkes.lacking, dinkes.needed) == (1, round(1 / 6, 1))
    assert dinkes.pace == round(8 / 5, 1)
    assert [row.words for row in page.rows] == ["Terancam", "Menuju minimum", "Semua sudah ikut"]
    assert (page.total.drawn, page.total.invited, page.total.percent) == (21, 55, 38.2)
    assert page.total.minimum == survey.cycle.frozen["minimum"]["agency"]
    shown = sheet(client.get(BOARD + EXPORT))
    assert [row[:5] for row in shown[1:]] == [
        (row.name, row.invited, row.drawn, row.percent, row.minimum)
        for row in (*page.rows, page.total)
    ]
    assert [row[8] for row in shown[1:]] == [
        row.forecast and row.forecast.mean for row in (*page.rows, page.total)
    ]
    assert "30,0" in text_of(client.get(BOARD))


def test_before_the_first_count_nothing_is_projected(house, browser, survey) -> None:
    draw(survey, 3, "dinkes")
    page = browser(house.owner).get(BOARD).context["page"]
    assert {row.words for row in page.rows} == {"Belum dapat diperkirakan"}
    assert page.course is None
    assert page.total.pace is None


def test_course_has_every_counted_day_and_today(house, browser, survey) -> None:
    count(survey, 6, dinkes=5, setda_organisasi=1, unit_kecil=0)
    count(survey, 7, dinkes=8)  # a day of which some groups have no count is not a total
    draw(survey, 9, "dinkes")
    course = browser(house.owner).get(BOARD).context["page"].course
    assert [(one.day.day, one.drawn, one.more) for one in course.days] == [(6, 6, 6), (8, 9, 3)]


def test_contact_sees_the_groups_of_own_units_only(house, browser, survey) -> None:
    client = browser(house.contact)  # of dinkes
    page = client.get(BOARD).context["page"]
    assert [row.name for row in page.rows] == [DINKES]
    assert page.total.minimum is None
    told = text_of(client.get(BOARD)) + str(sheet(client.get(BOARD + EXPORT)))
    assert "Bagian Organisasi" not in told
    assert "Unit kecil" not in told


def test_contact_of_a_small_unit_is_told_where_it_is_counted(house, browser, survey) -> None:
    for unit in ("pkm-timur", "disdik"):
        user = make_user(f"{unit}@rawabening.example")
        give_role(user, house.agency, Role.CONTACT, unit)
        page = browser(user).get(BOARD).context["page"]
        ((own, group),) = page.merged
        assert page.rows[0].name == group
        assert own in ("Puskesmas Rawa Timur", "Dinas Pendidikan")
        assert page.rows[0].invited >= survey.cycle.threshold


def test_contact_of_a_unit_without_people_sees_nothing(house, browser, survey) -> None:
    user = make_user("kosong@rawabening.example")
    give_role(user, house.agency, Role.CONTACT, "tidak-ada")
    answer = browser(user).get(BOARD)
    assert answer.status_code == 200
    assert answer.context["page"].rows == []
    assert "Tidak ada pegawai unit Anda" in text_of(answer)


def test_evaluator_is_refused_and_the_cycle_page_tells_nothing(house, browser, survey) -> None:
    client = browser(house.evaluator)
    assert client.get(BOARD).status_code == 403
    assert client.get(BOARD + EXPORT).status_code == 403
    assert "Partisipasi survei" not in text_of(client.get("/i/rawa-bening/periode/2026/"))


def test_closed_survey_shows_what_was_kept(house, browser, survey) -> None:
    for code, n in GROUPS.items():
        Turnout.objects.create(survey=survey, unit_code=code, n_invited=n, n_drawn=n - 3)
    count(survey, 6, dinkes=5, setda_organisasi=1, unit_kecil=0)
    Invitee.objects.all().delete()
    survey.state, survey.closed_at = SurveyState.CLOSED, october(16)
    survey.save()
    with clock.set_to(october(20)):
        answer = browser(house.owner).get(BOARD)
    page = answer.context["page"]
    assert (page.total.drawn, page.total.invited) == (46, 55)
    assert page.closed
    assert [one.drawn for one in page.course.days] == [6]  # no day of today is added
    assert all(row.forecast is None and row.pace is None for row in page.rows)
    assert "sudah ditutup" in text_of(answer)


def test_past_its_end_a_group_below_the_minimum_has_missed_it(house, browser, survey) -> None:
    with clock.set_to(october(16)):
        page = browser(house.owner).get(BOARD).context["page"]
    assert page.over
    assert {row.words for row in page.rows} == {"Minimum tidak tercapai"}
    assert page.days_left == 0


def test_before_opening_the_board_says_so(house, browser) -> None:
    draft(house.agency, as_member(house.owner, house.agency))
    client = browser(house.owner)
    assert "Survei belum dibuka" in text_of(client.get(BOARD))
    assert client.get(BOARD + EXPORT).status_code == 404


def test_panel_and_tasks(house, browser, survey) -> None:
    draw(survey, 9, "dinkes")
    for day in (5, 6, 7):
        count(survey, day, dinkes=8, setda_organisasi=0, unit_kecil=0)
    now = october(8)
    told = text_of(browser(house.owner).get("/i/rawa-bening/periode/2026/"))
    assert "9 dari 55 surat suara" in told
    assert "2 kelompok terancam" in told
    told = text_of(browser(house.contact).get("/i/rawa-bening/periode/2026/"))
    assert "9 dari 30 surat suara" in told
    owner = home_tasks(house.agency, as_member(house.owner, house.agency), now)
    assert "2 kelompok terancam tidak mencapai minimum" in [task.title for task in owner]
    contact = home_tasks(house.agency, as_member(house.contact, house.agency), now)
    assert "Ajak pegawai unit Anda mengisi survei" in [task.title for task in contact]
    for person in (house.head, house.analyst, house.evaluator):
        tasks = home_tasks(house.agency, as_member(person, house.agency), now)
        assert [task for task in tasks if task.url == BOARD] == []


def test_tasks_end_when_they_are_done(house, browser, survey) -> None:
    for group, n in GROUPS.items():
        draw(survey, n, group)
    for person in (house.owner, house.contact):
        tasks = home_tasks(house.agency, as_member(person, house.agency), october(8))
        assert [task for task in tasks if task.url == BOARD] == []
    Invitee.objects.update(blinded_hash=None)
    late = home_tasks(house.agency, as_member(house.contact, house.agency), october(16))
    assert [task for task in late if task.url == BOARD] == []


def test_owner_without_unit_minima_is_told_of_the_agency(house, browser) -> None:
    employ(house.structure, 40)
    with clock.set_to(october(8)):
        opened(house.agency, as_member(house.owner, house.agency))
        tasks = home_tasks(house.agency, as_member(house.owner, house.agency), october(8))
    assert "Partisipasi survei belum mencapai minimum" in [task.title for task in tasks]


def test_a_cycle_without_a_survey_has_no_panel(house, browser, survey) -> None:
    """As years that were opened before the site had surveys."""
    Invitee.objects.all().delete()
    survey.ballot_classes.all().delete()
    survey.delete()
    told = text_of(browser(house.owner).get("/i/rawa-bening/periode/2026/"))
    assert "Partisipasi survei" not in told


# ------------------------------------------------------------------ counting


def counted(survey) -> dict[int, int]:
    days: defaultdict[int, int] = defaultdict(int)
    for one in DailyCount.objects.filter(survey=survey):
        days[one.day.day] += one.drawn
    return dict(days)


def test_each_day_is_counted_once_after_the_agencys_midnight(survey) -> None:
    draw(survey, 4, "dinkes")
    assert count_days(now=october(8) + timedelta(hours=23, minutes=59)) == 0  # still the 8th
    assert count_days(now=october(9)) == 1
    draw(survey, 2, "dinkes")
    assert count_days(now=october(9) + timedelta(minutes=1)) == 0
    assert counted(survey) == {8: 4}
    assert DailyCount.objects.filter(survey=survey, day="2026-10-08").count() == len(GROUPS)


def test_midnight_is_that_of_the_agency(house) -> None:
    house.agency.time_zone = "Asia/Jayapura"
    house.agency.save()
    employ(house.structure)
    with clock.set_to(october(3, zone="Asia/Jayapura")):
        opened(house.agency, as_member(house.owner, house.agency))
    moment = october(4, zone="Asia/Jayapura")
    assert count_days(now=moment - timedelta(seconds=1)) == 0
    assert count_days(now=moment) == 1


def test_after_days_off_no_number_is_invented(survey) -> None:
    draw(survey, 4, "dinkes")
    count_days(now=october(9))
    draw(survey, 5, "dinkes")
    assert count_days(now=october(13) + timedelta(hours=13)) == 0  # too late for the 12th
    assert count_days(now=october(14) + timedelta(hours=7)) == 1  # switched on in the morning
    assert counted(survey) == {8: 4, 13: 9}


def test_nothing_is_counted_before_opening_or_after_closing(survey) -> None:
    assert count_days(now=october(8) + timedelta(hours=1)) == 0  # opened today
    survey.state = SurveyState.CLOSING
    survey.save()
    assert count_days(now=october(9)) == 0


# ------------------------------------------------------------------ attack


def views_of(clients: dict[str, Client]) -> str:
    """Return everything that all members together see of participation."""
    seen = []
    for who, client in clients.items():
        for address in (BOARD, BOARD + EXPORT, "/i/rawa-bening/periode/2026/", "/i/rawa-bening/"):
            answer = client.get(address)
            if address == BOARD + EXPORT and answer.status_code == 200:
                seen.append(f"{who} {sheet(answer)}")
            else:
                seen.append(f"{who} {address} {answer.status_code} {text_of(answer)}")
    return "\n".join(seen)


def alike(survey, look: Callable[[], str]) -> list[int]:
    """Return the sizes of the sets of people whose drawing looks the same.

    That covers every sum and difference of what is shown. People of the same unit and employment
    are alike to the site, so one of each kind draws.
    """
    looks: Counter[str] = Counter()
    employees = Employee.objects.filter(agency_id=survey.cycle.agency_id)
    for (unit, employment), n in Counter(employees.values_list("unit__code", "employment")).items():
        if unit != "dinkes" and employment == "PPPK":
            continue  # as the other half of the unit: shown for one unit
        kind = employees.filter(unit__code=unit, employment=employment)
        one = survey.invitees.filter(unit_code=unit, name__in=kind.values("name")).first()
        Invitee.objects.filter(pk=one.pk).update(blinded_hash=b"x" * 32)
        looks[look()] += n if unit == "dinkes" else PEOPLE[unit]
        Invitee.objects.update(blinded_hash=None)
    return sorted(looks.values())


@pytest.mark.own_site  # no question for the database: what is published is attacked
def test_nobody_stands_out_in_all_views_together(house, browser, survey) -> None:
    clients = {role.value: browser(getattr(house, role.value)) for role in Role}
    for unit in set(PEOPLE) - {"dinkes"}:
        user = make_user(f"penghubung-{unit}@rawabening.example")
        give_role(user, house.agency, Role.CONTACT, unit)
        clients[unit] = browser(user)
    sizes = alike(survey, lambda: views_of(clients))
    assert sizes == sorted(GROUPS.values())
    assert min(sizes) >= survey.cycle.threshold


def test_the_attack_finds_few_people_on_a_board_of_units(survey) -> None:
    """The same attack on rows per unit and a row per unit with those below: it can succeed."""

    def naive() -> str:
        drawn = survey.invitees.exclude(blinded_hash=None)
        return str(Counter(drawn.values_list("unit_code", flat=True)))

    assert min(alike(survey, naive)) == 3 < survey.cycle.threshold


# ------------------------------------------------------------------ cost


def test_640_groups_cost_no_more_queries(house, browser, django_assert_max_num_queries) -> None:
    tree = [(f"u{n}", f"Unit {n}", None) for n in range(640)]
    house.structure.delete()
    structure = make_structure(house.agency, tree=tree)
    for code, _name, _parent in tree:
        employ(structure, 10, code)
    with clock.set_to(october(8)):
        survey = opened(house.agency, as_member(house.owner, house.agency))
        client = browser(house.owner)
        client.get(BOARD)
        assert survey_of(survey.cycle) == survey
        with django_assert_max_num_queries(12):
            answer = client.get(BOARD)
        assert len(answer.context["page"].rows) == 640
        with django_assert_max_num_queries(12):
            client.get(reverse("survey_board_export", args=["rawa-bening", 2026]))
