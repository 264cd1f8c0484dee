"""What an agency says about itself, and the operators who add agencies."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.core import mail

from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.agency import AgencyFacts, add_agency, edit_agency
from cermin.web.organisations.models import Agency, Invitation, Membership
from cermin.web.organisations.rules import Forbidden
from site_factory import NOW, PASSWORD, as_member, make_agency, make_user

SETTINGS = "/i/rawa-bening/pengaturan/"
LIST = "/situs/instansi/"
FACTS = {
    "name": "Kabupaten Rawa Bening", "agency_class": "kabupaten", "code": "7106",
    "language": "id", "time_zone": "Asia/Makassar",
}  # fmt: skip
NEW = {**FACTS, "name": "Kota Awan Biru", "agency_class": "kota", "code": "7.2-A",
       "slug": "", "owner_name": "Siti", "owner_email": "siti@awanbiru.example"}  # fmt: skip


@pytest.fixture
def operator(house):
    return make_user("operator@situs.example", is_operator=True)


# ------------------------------------------------------------------ settings
def test_owner_edits_and_the_trail_keeps_old_and_new(house, browser) -> None:
    client = browser(house.owner)
    old = {name: getattr(house.agency, name) for name in FACTS}
    assert old["name"] in client.get(SETTINGS).content.decode()
    assert client.post(SETTINGS, FACTS).headers["Location"] == SETTINGS
    house.agency.refresh_from_db()
    assert {name: getattr(house.agency, name) for name in FACTS} == FACTS
    [event] = AuditEvent.objects.filter(action="agency_edited")
    changed = {name for name in FACTS if old[name] != FACTS[name]}
    assert changed == {"name", "code", "time_zone"}
    assert event.details == {
        "old": {name: old[name] for name in changed}, "new": {name: FACTS[name] for name in changed}
    }  # fmt: skip
    client.post(SETTINGS, FACTS)
    assert AuditEvent.objects.filter(action="agency_edited").count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "kabupaten TANJUNG-asri"}, "sudah dipakai instansi lain"),
        ({"code": "7002"}, "sudah dipakai instansi lain"),
        ({"code": "70 02"}, "Kode hanya berisi"),
        ({"time_zone": "Europe/Rome"}, "Europe/Rome"),
        ({"name": ""}, ""),
    ],
)
def test_poor_settings_are_refused(house, browser, change: dict[str, str], words: str) -> None:
    page = browser(house.owner).post(SETTINGS, {**FACTS, **change})
    assert page.status_code == 200
    assert words in page.content.decode()
    house.agency.refresh_from_db()
    assert house.agency.code == "7001"


@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst", "outsider"])
def test_only_owners_edit(house, who: str) -> None:
    agency = house.other if who == "outsider" else house.agency
    by = as_member(getattr(house, who), agency)
    with pytest.raises(Forbidden):
        edit_agency(agency=house.agency, facts=AgencyFacts(**FACTS), by=by, now=NOW)


# ------------------------------------------------------------------ operators
@pytest.mark.parametrize("address", [LIST, f"{LIST}unduh/", f"{LIST}tambah/"])
@pytest.mark.parametrize(
    ("who", "status"), [("operator", 200), ("owner", 403), ("head", 403), (None, 302)]
)
def test_operator_pages_are_for_operators(
    house, operator, browser, *, address: str, who: str | None, status: int
) -> None:
    user = operator if who == "operator" else getattr(house, who) if who else None
    assert browser(user).get(address).status_code == status


def test_operators_see_no_agency_from_inside(house, operator, browser) -> None:
    assert browser(operator).get("/i/rawa-bening/").status_code == 404


def test_added_agency_belongs_to_whom_the_link_is_sent(house, operator, browser, settings) -> None:
    settings.EMAIL_HOST = "mail.example"
    page = browser(operator).post(f"{LIST}tambah/", NEW, follow=True)
    assert page.redirect_chain[-1][0] == LIST
    assert "Kota Awan Biru" in page.content.decode()
    agency = Agency.objects.get(slug="kota-awan-biru")
    assert agency.structures.get().year >= 2026
    assert not Membership.objects.filter(agency=agency).exists()
    [event] = AuditEvent.objects.filter(action="agency_added")
    assert (event.agency, event.actor_id) == ("kota-awan-biru", str(operator.pk))
    link = re.search(r"/undangan/[\w-]+/", mail.outbox[0].body)[0]
    siti = browser(None)
    siti.get(link)
    answer = {"name": "Siti", "password": PASSWORD, "password_again": PASSWORD}
    done = siti.post("/undangan/jawab/", answer, follow=True)
    assert done.redirect_chain[-1][0] == "/i/kota-awan-biru/"
    assert siti.get("/i/kota-awan-biru/orang/").status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slug": "rawa-bening"}, "Alamat “rawa-bening” sudah dipakai"),
        ({"slug": "rawa_bening"}, "huruf kecil"),
        ({"name": "！", "slug": ""}, "huruf kecil"),
        ({"code": "7001"}, "sudah dipakai"),
        ({"name": "Kabupaten rawa-bening"}, "sudah dipakai"),
        ({"owner_email": "siti"}, "siti"),
    ],
)
def test_poor_agencies_are_refused(
    house, operator, browser, change: dict[str, str], words: str
) -> None:
    page = browser(operator).post(f"{LIST}tambah/", {**NEW, **change})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert Agency.objects.count() == 2
    assert not Invitation.objects.exists()


def test_a_typed_slug_wins_over_the_suggested(house, operator, browser) -> None:
    browser(operator).post(f"{LIST}tambah/", {**NEW, "slug": "Awan-Biru"})
    assert Agency.objects.filter(slug="awan-biru").exists()


@pytest.mark.parametrize("fields", [{}, {"is_operator": True, "is_active": False}])
def test_adding_checks_the_operator_itself(house, fields: dict[str, bool]) -> None:
    user = make_user("x@a.example", **fields)
    with pytest.raises(Forbidden):
        add_agency(
            facts=AgencyFacts(**FACTS), slug="x", owner_email="a@a.example", owner_name="",
            operator=user, by=as_member(house.owner, house.agency), now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "n"), [("", 2), ("?q=RAWA", 1), ("?q=7002", 1), ("?agency_class=kota", 0),
                     ("?agency_class=x", 2), ("?q=tidak-ada", 0)]
)  # fmt: skip
def test_list_and_excel_are_filtered(house, operator, browser, query: str, n: int) -> None:
    client = browser(operator)
    assert len(client.get(LIST + query).context["page"].object_list) == n
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{LIST}unduh/{query}").content)).active
    assert sheet.max_row == n + 1
    if query == "?q=RAWA":
        row = next(sheet.iter_rows(min_row=2, values_only=True))
        assert row == ("Kabupaten rawa-bening", "Kabupaten", "7001", 5, 1)


def test_long_lists_have_pages_and_few_queries(
    house, operator, browser, django_assert_max_num_queries
) -> None:
    for number in range(60):
        make_agency(f"a{number}")
    client = browser(operator)
    client.get(LIST)
    with django_assert_max_num_queries(6):
        page = client.get(f"{LIST}?halaman=2")
    assert len(page.context["page"].object_list) == 12
