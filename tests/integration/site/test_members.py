"""People of an agency: who sees them, which roles they have, and who stays."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from allauth.mfa.models import Authenticator

from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.actions.members import give_role as give
from cermin.web.organisations.actions.members import remove_role
from cermin.web.organisations.models import Invitation, Membership, Role, Unit
from cermin.web.organisations.presenters.members import ROLE_WORDS
from cermin.web.organisations.queries.members import hash_of, unit_choices
from cermin.web.organisations.rules import Forbidden
from site_factory import NOW, as_member, give_role, make_agency, make_user

LIST = "/i/rawa-bening/orang/"


def held(house, who: str) -> Membership:
    return Membership.objects.get(agency=house.agency, user=getattr(house, who))


def invited(house, email: str, **fields: object) -> Invitation:
    defaults = {
        "agency": house.agency, "email": email, "name": "", "role": Role.HEAD,
        "token_hash": hash_of(email), "invited_by": "Owner", "created_at": NOW,
        "expires_at": NOW + timedelta(days=3650),
    }  # fmt: skip
    return Invitation.objects.create(**{**defaults, **fields})


# ------------------------------------------------------------------ who may open what
PAGES = [
    ("get", LIST, {"owner": 200}, 403),
    ("get", f"{LIST}unduh/", {"owner": 200}, 403),
    ("get", f"{LIST}undang/", {"owner": 200}, 403),
    ("get", f"{LIST}peran/", {}, 200),
    ("get", f"{LIST}{{head}}/", {"owner": 200, "head": 200}, 403),
    ("post", f"{LIST}{{head}}/beri-peran/", {"owner": 200}, 403),
    ("get", f"{LIST}peran/{{role}}/cabut/", {"owner": 200}, 403),
    ("post", f"{LIST}peran/{{role}}/cabut/", {"owner": 302}, 403),
    ("post", f"{LIST}undangan/{{invitation}}/batalkan/", {"owner": 302}, 403),
    ("post", f"{LIST}undangan/{{invitation}}/kirim-ulang/", {"owner": 200}, 403),
    ("get", "/i/rawa-bening/pengaturan/", {"owner": 200}, 403),
]  # fmt: skip


@pytest.mark.parametrize(("method", "address", "allowed", "other"), PAGES)
@pytest.mark.parametrize(
    "who", ["owner", "contact", "evaluator", "head", "analyst", "outsider", None]
)
def test_every_role_on_every_page(
    house,
    browser,
    *,
    who: str | None,
    method: str,
    address: str,
    allowed: dict[str, int],
    other: int,
) -> None:
    expected = {"outsider": 404, None: 302}.get(who, allowed.get(who or "", other))
    address = address.format(
        head=house.head.pk, role=held(house, "analyst").pk,
        invitation=invited(house, "x@a.example").pk,
    )  # fmt: skip
    client = browser(getattr(house, who) if who else None)
    response = getattr(client, method)(address)
    assert response.status_code == expected
    if who is None:
        assert response.headers["Location"].startswith("/akun/")


def test_another_agencys_people_and_roles_are_not_found(house, browser) -> None:
    client = browser(house.outsider)
    role = held(house, "analyst").pk
    assert client.get(f"/i/tanjung-asri/orang/{house.head.pk}/").status_code == 404
    assert client.get(f"/i/tanjung-asri/orang/peran/{role}/cabut/").status_code == 404
    assert client.post(f"/i/tanjung-asri/orang/peran/{role}/cabut/").status_code == 404
    given = client.post(f"/i/tanjung-asri/orang/{house.head.pk}/beri-peran/", {"role": "owner"})
    assert given.status_code == 404
    assert Membership.objects.filter(user=house.head).count() == 1


# ------------------------------------------------------------------ the list
def test_list_says_who_does_what(house, browser) -> None:
    house.head.last_login = datetime(2026, 8, 16, 20, 0, tzinfo=UTC)  # the 17th in Jakarta
    house.head.save()
    Authenticator.objects.create(user=house.evaluator, type="totp", data={})
    Authenticator.objects.create(user=house.analyst, type="recovery_codes", data={})
    give_role(house.head, house.agency, Role.ANALYST)
    invited(house, "lama@a.example", expires_at=NOW - timedelta(days=90))
    invited(house, "jawab@a.example", accepted_at=NOW)
    page = browser(house.owner).get(LIST).content.decode()
    rows = {row.split("</a>")[0].rsplit(">", 1)[-1]: row for row in page.split("<tr>")}
    assert "Penghubung unit: Dinas Kesehatan" in rows["Contact"]
    assert "17 Agustus 2026" in rows["Head"]
    assert "03.00" not in rows["Head"]
    assert "Pimpinan" in rows["Head"]
    assert "Analis" in rows["Head"]
    assert "belum aktif" not in rows["Evaluator"]
    assert "belum aktif" in rows["Analyst"]
    assert "belum pernah" in rows["Analyst"]
    assert "kedaluwarsa" in page
    assert "jawab@a.example" not in page
    assert "pengelola@tanjungasri.example" not in page


@pytest.mark.parametrize(
    ("query", "people", "invitations"),
    [
        ("", 5, 2),
        ("?q=HEAD", 1, 0),
        ("?q=rawabening.example", 5, 0),
        ("?q=siti", 0, 1),
        ("?role=head", 1, 1),
        ("?role=contact", 1, 1),
        ("?role=raja", 5, 2),
        ("?q=%00", 5, 2),
        ("?q=tidak-ada", 0, 0),
        ("?halaman=99&undangan=x", 5, 2),
    ],
)
def test_list_is_filtered(house, browser, query: str, people: int, invitations: int) -> None:
    invited(house, "a@a.example", name="Siti")
    invited(house, "b@a.example", role=Role.CONTACT, unit_code="hilang")
    page = browser(house.owner).get(LIST + query)
    assert len(page.context["people"]) == people
    assert len(page.context["pending"]) == invitations


def test_a_unit_that_is_gone_is_said_to_be(house, browser) -> None:
    Unit.objects.filter(structure=house.structure, code="dinkes").update(code="lain")
    page = browser(house.owner).get(LIST).content.decode()
    assert "dinkes (tidak ada lagi dalam struktur)" in page


def test_long_lists_have_pages_and_few_queries(
    house, browser, django_assert_max_num_queries
) -> None:
    for number in range(60):
        give_role(make_user(f"p{number}@a.example"), house.agency, Role.ANALYST)
        invited(house, f"i{number}@a.example", role=Role.CONTACT, unit_code="dinkes")
    client = browser(house.owner)
    client.get(LIST)
    with django_assert_max_num_queries(11):
        page = client.get(f"{LIST}?halaman=2&undangan=2")
    assert (len(page.context["people"]), len(page.context["pending"])) == (15, 10)
    text = page.content.decode()
    assert "?halaman=1&amp;undangan=2" in text
    assert "?halaman=2&amp;undangan=1" in text
    assert "?halaman=2" in client.get(LIST).content.decode()


def test_excel_holds_the_filtered_list_as_text(house, browser) -> None:
    house.head.name = "=1+1"
    house.head.last_login = datetime(2026, 8, 16, 20, 0, tzinfo=UTC)
    house.head.save()
    response = browser(house.owner).get(f"{LIST}unduh/?role=head")
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Nama", "Surel", "Peran", "Autentikator", "Terakhir masuk")
    *cells, day = rows[1]
    assert cells == ["=1+1", "head@rawabening.example", "Pimpinan", "belum aktif"]
    assert f"{day:%d/%m/%Y %H:%M}" == "17/08/2026 00:00"
    assert len(rows) == 2
    assert sheet["A2"].data_type == "s"


def test_roles_are_explained_to_everybody(house, browser) -> None:
    page = browser(house.contact).get(f"{LIST}peran/").content.decode()
    for words in ROLE_WORDS.values():
        assert str(words.name) in page
        assert all(str(sentence) in page for sentence in (*words.may, *words.may_not))
    assert page.count("peran Anda") == 1
    assert set(ROLE_WORDS) == set(Role)


def test_a_person_sees_the_own_page_without_buttons(house, browser) -> None:
    page = browser(house.contact).get(f"{LIST}{house.contact.pk}/").content.decode()
    assert "mengisi lembar kerja" in page
    assert "cabut" not in page
    assert "beri-peran" not in page


# ------------------------------------------------------------------ giving and taking
def test_owner_gives_and_takes_a_role(house, browser) -> None:
    client = browser(house.owner)
    page = f"{LIST}{house.head.pk}/"
    given = client.post(f"{page}beri-peran/", {"role": "contact", "unit_code": "disdik"})
    assert given.headers["Location"] == page
    role = Membership.objects.get(user=house.head, role=Role.CONTACT)
    assert role.unit_code == "disdik"
    confirm = client.get(f"{LIST}peran/{role.pk}/cabut/").content.decode()
    assert "Penghubung unit: Dinas Pendidikan" in confirm
    assert "satu-satunya" not in confirm
    assert client.post(f"{LIST}peran/{role.pk}/cabut/").headers["Location"] == LIST
    assert not Membership.objects.filter(pk=role.pk).exists()
    events = AuditEvent.objects.filter(object_type="member", object_id=house.head.pk)
    assert [(e.action, e.actor_name, e.agency) for e in events] == [
        ("role_given", "Owner", "rawa-bening"), ("role_removed", "Owner", "rawa-bening"),
    ]  # fmt: skip
    assert events[0].details == {"person": "Head", "role": "contact", "unit": "disdik"}


def test_the_only_role_taken_ends_the_membership(house, browser) -> None:
    client = browser(house.owner)
    role = held(house, "analyst").pk
    assert "satu-satunya" in client.get(f"{LIST}peran/{role}/cabut/").content.decode()
    client.post(f"{LIST}peran/{role}/cabut/")
    assert browser(house.analyst).get("/i/rawa-bening/").status_code == 404


def test_an_owner_who_steps_down_is_led_home(house, browser) -> None:
    give_role(house.head, house.agency, Role.OWNER)
    role = held(house, "owner").pk
    assert browser(house.owner).post(f"{LIST}peran/{role}/cabut/").headers["Location"] == "/"


@pytest.mark.parametrize("second_is_active", [True, False])
def test_last_owner_who_can_sign_in_stays(house, browser, second_is_active: bool) -> None:
    second = make_user("b@a.example", is_active=second_is_active)
    give_role(second, house.agency, Role.OWNER)
    role = held(house, "owner").pk
    page = browser(house.owner).post(f"{LIST}peran/{role}/cabut/")
    assert page.status_code == (302 if second_is_active else 400)
    assert Membership.objects.filter(pk=role).exists() is not second_is_active


def test_taking_other_roles_needs_an_owner_left_too(house) -> None:
    """An agency whose only owner has been closed out is mended by an operator, not emptied."""
    by = as_member(house.owner, house.agency)
    remove_role(agency=house.agency, membership_id=held(house, "head").pk, by=by, now=NOW)
    house.owner.is_active = False
    house.owner.save()
    with pytest.raises(UserError, match="selalu memiliki pengelola"):
        remove_role(agency=house.agency, membership_id=held(house, "analyst").pk, by=by, now=NOW)


def test_a_role_is_given_once_and_taken_once(house, browser) -> None:
    by = as_member(house.owner, house.agency)
    page = browser(house.owner).post(f"{LIST}{house.head.pk}/beri-peran/", {"role": "head"})
    assert "sudah memegang peran itu" in page.content.decode()
    role = held(house, "head").pk
    remove_role(agency=house.agency, membership_id=role, by=by, now=NOW)
    with pytest.raises(UserError, match="sudah dicabut"):
        remove_role(agency=house.agency, membership_id=role, by=by, now=NOW)


def test_strangers_are_invited_not_given_roles(house) -> None:
    by = as_member(house.owner, house.agency)
    with pytest.raises(UserError, match="belum menjadi anggota"):
        give(
            agency=house.agency, user_id=house.outsider.pk, role=Role.HEAD, unit_code="", by=by,
            now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["contact", "evaluator", "head", "analyst"])
def test_actions_check_the_role_themselves(house, who: str) -> None:
    by = as_member(getattr(house, who), house.agency)
    with pytest.raises(Forbidden):
        give(agency=house.agency, user_id=house.head.pk, role=Role.OWNER, unit_code="", by=by,
             now=NOW)  # fmt: skip
    with pytest.raises(Forbidden):
        remove_role(agency=house.agency, membership_id=held(house, "owner").pk, by=by, now=NOW)


# ------------------------------------------------------------------ reads for other pages
def test_unit_choices_follow_the_newest_tree(house) -> None:
    assert ("pkm-timur", "– Puskesmas Rawa Timur") in unit_choices(house.agency)
    assert unit_choices(make_agency("kosong")) == []
