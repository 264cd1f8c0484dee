"""Every address of the site, asked for by every kind of person.

An address without a row fails; so does a row without an address. Employees have no accounts: to
the site they are anonymous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from cermin.web.cycles.actions.calendars import CalendarChoice, create_calendar
from cermin.web.cycles.actions.running import schedule_cycle
from cermin.web.cycles.models import Cycle
from cermin.web.operations.queries.demo import plan_from
from cermin.web.organisations.actions.members_invitations import Invitee, invite_members
from cermin.web.organisations.actions.units_drafts import read_unit_file
from cermin.web.organisations.models import Employee, Membership, Role, Unit
from cermin.web.pages.export import xlsx_bytes
from cermin.web.register.actions.regulations import add_regulation
from cermin.web.register.actions.value_sets import add_value_set
from cermin.web.register.rules import RegulationFacts, ValueDraft, ValueSetDraft
from cermin.web.survey.actions.open_links import open_public_survey
from cermin.web.survey.models import Survey
from cycle_factory import draft as draft_cycle
from cycle_factory import employ
from roster_factory import person, upload, workbook
from site_factory import NOW, as_member, make_structure
from survey_factory import open_without_keys

MEMBERS = "owner contact evaluator head analyst"
EVERYBODY = f"{MEMBERS} outsider anonymous"

# Who passes the gate of each address of an agency. Everybody else: members get 403, people of
# other agencies 404, as for an agency that does not exist, and anonymous visitors sign in first.
AGENCY_PAGES = {
    MEMBERS: """
        agency_home unit_list unit_template unit_detail unit_list_of_year unit_export
        structure_changes structure_changes_export member_roles
        cycle_list cycle_list_export cycle_detail cycle_population cycle_result instrument_list
        instrument_detail""",
    "owner head analyst contact": "survey_board survey_board_export",
    "owner contact": """
        roster_list roster_find survey_invitations survey_sheets survey_sheets_progress
        survey_sheets_download survey_reissue survey_reissue_person survey_reissue_mail""",
    "owner evaluator": """
        cycle_evidence cycle_evidence_template cycle_evidence_accept cycle_evidence_discard""",
    "owner evaluator head analyst": """
        cycle_evidence_export cycle_result_progress cycle_result_report cycle_result_file""",
    "owner analyst": "cycle_result_answers",
    "owner head": "audit_list audit_export cycle_result_comments",
    "owner": """
        structure_start unit_add unit_import unit_import_preview unit_import_problems
        unit_import_discard unit_rename unit_move unit_reorder unit_merge unit_close
        roster_export roster_template roster_upload roster_upload_newest roster_upload_detail
        roster_upload_progress roster_bad_rows roster_upload_accept roster_upload_discard
        employee_add employee_edit employee_remove
        member_list member_detail member_export member_remove_role member_invite invitation_resend
        invitation_revoke member_give_role agency_edit
        regulation_add regulation_add_national regulation_edit regulation_remove
        value_set_add value_set_import value_set_edit value_set_remove
        cycle_create cycle_edit cycle_copy cycle_schedule cycle_unschedule cycle_open cycle_extend
        survey_mailings survey_mailing_cancel cycle_result_compute cycle_decide
        cycle_publish cycle_archive cycle_delete cycle_unfollow
        survey_keys survey_keys_choose survey_key_copy survey_key_test survey_keys_hand_over
        survey_close survey_closing survey_closing_progress survey_closing_try_again
        survey_closing_give_up survey_closing_go_on
        calendar_list calendar_create calendar_detail calendar_edit calendar_follow
        open_survey_list open_survey_create open_survey_detail open_survey_close
        open_survey_export""",
    # What every employee may read needs no account.
    EVERYBODY: """
        register_home behaviour_guide regulation_list regulation_export regulation_detail
        regulation_file value_set_list value_set_example value_set_detail value_set_yaml""",
}
# Addresses of the site itself.
SITE_PAGES = {
    "operator": "agency_list agency_export agency_add",
    "signed-in": """
        home account account_change_password account_reauthenticate mfa_activate_totp
        mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes
        mfa_download_recovery_codes mfa_reauthenticate usersessions_list end_session
        end_other_sessions account_set_password mfa_authenticate""",
    "everybody": """
        choose_language help account_login account_logout account_inactive account_reset_password
        account_reset_password_done account_reset_password_from_key
        account_reset_password_from_key_done mfa_index socialaccount_login_cancelled invitation
        survey_look_up survey_draw survey_cast""",
    "nobody without its token": """
        openid_connect_login openid_connect_callback invitation_answer invitation_switch
        survey_page survey_page_en survey_without_script survey_without_script_en
        survey_without_script_send survey_without_script_send_en survey_pairing
        survey_pairing_en survey_pairing_ask survey_pairing_ask_en open_page open_page_en
        survey_mail_stop survey_mail_stop_en survey_worker""",
    "nobody once set up": "setup_start setup setup_place setup_owner",
}
SEVEN = (
    "berorientasi_pelayanan", "akuntabel", "kompeten", "harmonis", "loyal", "adaptif",
    "kolaboratif",
)  # fmt: skip
OPENED = datetime(2025, 10, 3, tzinfo=UTC)
MARK = "Khusus Rawa Bening"  # stands in everything of the agency that others must never see


def rows(table: dict[str, str]) -> dict[str, str]:
    return {name: who for who, names in table.items() for name in names.split()}


def routes() -> dict[str, str]:
    def walk(patterns, before=""):
        for one in patterns:
            if isinstance(one, URLPattern):
                yield one.name, before + str(one.pattern)
            else:
                yield from walk(one.url_patterns, before + str(one.pattern))

    return dict(walk(get_resolver().url_patterns))


ROUTES = routes()
AGENCY_ROWS, SITE_ROWS = rows(AGENCY_PAGES), rows(SITE_PAGES)


@dataclass
class Samples:
    """A real object of the agency for every gap of an address."""

    by_name: dict[str, dict[str, object]]

    def address(self, name: str, agency: str) -> str:
        gaps = re.findall(r"<\w+:(\w+)>", ROUTES[name])
        known = {"year": 2026, **self.by_name.get(name, {}), "agency": agency}
        return reverse(name, kwargs={gap: known[gap] for gap in gaps})


@pytest.fixture
def samples(house, django_capture_on_commit_callbacks) -> Samples:
    by = as_member(house.owner, house.agency)
    Unit.objects.filter(structure=house.structure, code="dinkes").update(name=f"Dinas {MARK}")
    unit = Unit.objects.get(structure=house.structure, code="dinkes").pk
    employee = Employee.objects.create(
        agency=house.agency, unit_id=unit, person_index=bytes(32), name=f"Pegawai {MARK}",
        employment="PNS", added_at=NOW,
    ).pk  # fmt: skip
    book = workbook(PNS=[person(1, MARK), person(2, "Setda"), person(3, f"Dinas {MARK}")])
    sent = upload(house.agency, house.owner, book, name=f"{MARK}.xlsx")
    tree = xlsx_bytes(["Kode", "Nama", "Kode Induk"], [["baru", f"Baru {MARK}", ""]], title="unit")
    draft = read_unit_file(
        structure=house.structure, chunks=[tree], file_name="unit.xlsx", by=by, now=NOW
    )
    (issued,) = invite_members(
        agency=house.agency, role=Role.HEAD, unit_code="",
        people=[Invitee(1, "baru@rawabening.example", MARK)], by=by, now=NOW,
    )  # fmt: skip
    facts = RegulationFacts("perbup", f"Bupati {MARK}", "12", 2019, MARK)
    regulation = add_regulation(agency=house.agency, facts=facts, by=by, now=NOW)
    values = (ValueDraft("Kreatif", "Mencari cara baru.", SEVEN),)
    value_set = add_value_set(
        agency=house.agency, draft=ValueSetDraft(MARK, values), regulation=regulation,
        by=by, now=NOW,
    )  # fmt: skip
    draft_cycle(house.agency, by, name=f"Evaluasi {MARK}")
    survey = running_survey(house, by)
    house.agency.agency_class = "provinsi"
    house.agency.save(update_fields=["agency_class"])
    calendar = create_calendar(
        agency=house.agency, year=2026, by=by, now=NOW,
        chosen=CalendarChoice(f"Kalender {MARK}", plan_from(date(2026, 10, 1)), ("kota",), ()),
    )  # fmt: skip
    public = open_public_survey(
        agency=house.agency, questionnaire="kuesioner-skm-2017", title=f"SKM {MARK}", unit_code="",
        opens_on=NOW.date(), closes_on=NOW.date(), by=by, now=NOW,
    )  # fmt: skip
    role = Membership.objects.get(agency=house.agency, role=Role.ANALYST).pk
    gaps = {
        "unit_import": {"draft": draft}, "roster": {"pk": sent.pk},
        "employee": {"pk": employee}, "unit_": {"unit": unit},
        "member": {"pk": role, "user_id": house.owner.pk},
        "invitation": {"pk": issued.invitation.pk, "token": issued.token},
        "regulation": {"pk": regulation.pk}, "value_set": {"pk": value_set.pk,
                                                           "set_id": "nilai-kreatif-kudus-2019"},
        "open_survey": {"open_survey_id": public.pk},
        "calendar": {"calendar_id": calendar.pk}, "cycle": {"kind": "survey"},
        "cycle_result_report": {"form": "html"},
        "instrument": {"instrument": "metode-2025"},
        "survey": {"year": survey.cycle.year},
        "survey_sheets": {"job": uuid4()},
        "survey_reissue": {"invitee": survey.invitees.values_list("pk", flat=True)[0]},
        "survey_mailing_cancel": {"mailing": 0},
    }  # fmt: skip
    found = {
        name: {gap: value for start, known in gaps.items() if name.startswith(start)
               for gap, value in known.items()}
        for name in AGENCY_ROWS
    }  # fmt: skip
    return Samples(found)


def running_survey(house, by) -> Survey:
    """Return the open survey of the year before, with people in the marked unit."""
    structure = make_structure(house.agency, 2025)
    Unit.objects.filter(structure=structure, code="dinkes").update(name=f"Dinas {MARK}")
    employ(structure, 12)
    Employee.objects.filter(unit__structure=structure).update(name=f"Pegawai {MARK}")
    cycle = draft_cycle(house.agency, by, year=2025, name=f"Evaluasi 2025 {MARK}")
    schedule_cycle(cycle=cycle, by=by, now=NOW)
    return open_without_keys(Cycle.objects.get(pk=cycle.pk), by, now=OPENED)


def ask(client: Client, address: str):
    """Ask as a link does, or as a form does where there is no page."""
    response = client.get(address)
    return client.post(address) if response.status_code == 405 else response


def outcome(response) -> str:
    if response.status_code == 302 and "/akun/masuk/" in response.url:
        return "sign in first"
    return {403: "forbidden", 404: "not found"}.get(response.status_code, "passed")


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(AGENCY_ROWS) | set(SITE_ROWS) == set(ROUTES)
    assert {name for name, route in ROUTES.items() if route.startswith("i/")} == set(AGENCY_ROWS)


@pytest.mark.parametrize("who", EVERYBODY.split())
def test_agency_pages(house, browser, samples, who: str) -> None:
    client = browser(None if who == "anonymous" else getattr(house, who))
    refused = {"outsider": "not found", "anonymous": "sign in first"}.get(who, "forbidden")
    wrong = {}
    for name, allowed in AGENCY_ROWS.items():
        response = ask(client, samples.address(name, house.agency.slug))
        expected = "passed" if who in allowed.split() else refused
        # A page can be about one thing that is not there, like the file of a regulation.
        missing = name in NOT_THERE and response.status_code == 404
        if outcome(response) != expected and not (expected == "passed" and missing):
            wrong[name] = (outcome(response), "expected", expected)
        assert response.status_code < 500, name
    assert wrong == {}


# Addresses whose sample has nothing to send: the gate is passed and the thing itself is missing.
NOT_THERE = {
    "regulation_file", "survey_sheets", "survey_sheets_progress", "survey_sheets_download",
    "survey_reissue", "survey_reissue_person", "survey_reissue_mail",
    "survey_board_export", "survey_mailing_cancel",
}  # fmt: skip


def test_ids_of_another_agency_are_unknown_in_ones_own(house, browser, samples) -> None:
    client = browser(house.outsider)
    leaks = {}
    for name in AGENCY_ROWS:
        response = ask(client, samples.address(name, house.other.slug))
        content = b"".join(response.streaming_content) if response.streaming else response.content
        if MARK.encode() in content:
            leaks[name] = response.status_code
        assert response.status_code < 500, name
    assert leaks == {}


def test_the_mark_would_be_seen(house, browser, samples) -> None:
    """The test above proves something only where the owner does see the mark."""
    client = browser(house.owner)
    seen = {
        name for name in AGENCY_ROWS
        if MARK in ask(client, samples.address(name, house.agency.slug)).content.decode("latin-1")
    }  # fmt: skip
    assert {"survey_board", "survey_invitations", "survey_reissue_person"} <= seen
    assert {"unit_list", "unit_detail", "roster_list", "employee_edit", "member_list",
            "regulation_list", "value_set_list", "cycle_list", "cycle_detail",
            "calendar_list", "audit_list"} <= seen  # fmt: skip


@pytest.mark.parametrize("name", sorted(SITE_ROWS))
def test_site_pages(house, browser, name: str) -> None:
    gaps = {"code": "salah", "token": "salah", "provider_id": "tidak-ada", "session": 0,
            "uidb36": "1", "key": "x-y", "survey": "tidakada",
            "open_survey": "tidakada"}  # fmt: skip
    names = re.findall(r"<(?:\w+:)?(\w+)>", ROUTES[name])
    address = reverse(name, kwargs={gap: gaps[gap] for gap in names})
    house.owner.is_operator = True
    house.owner.save(update_fields=["is_operator"])
    found = {
        who: outcome(ask(browser(person), address))
        for who, person in {
            "anonymous": None,
            "analyst": house.analyst,
            "owner": house.owner,
        }.items()
    }
    kind = SITE_ROWS[name]
    if kind == "operator":
        expected = {"anonymous": "sign in first", "analyst": "forbidden", "owner": "passed"}
    elif kind == "signed-in":
        expected = {"anonymous": "sign in first"}
        found = {"anonymous": found["anonymous"]}
    elif kind.startswith("nobody"):
        expected = dict.fromkeys(found, "not found")
    else:
        expected = dict.fromkeys(found, "passed")
    assert found == expected


@pytest.mark.parametrize("who", MEMBERS.split())
def test_everybody_sees_the_page_about_oneself(house, browser, who: str) -> None:
    person = getattr(house, who)
    address = reverse("member_detail", args=[house.agency.slug, person.pk])
    assert browser(person).get(address).status_code == 200


def test_an_unknown_address_is_not_found(house, browser) -> None:
    assert browser(house.owner).get(f"/i/{house.agency.slug}/{uuid4()}/").status_code == 404
