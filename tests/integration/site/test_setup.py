"""Setting up an empty site: once, by whom holds the code."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cermin.core.errors import UserError
from cermin.web.accounts.models import User
from cermin.web.audit.models import AuditEvent
from cermin.web.operations.actions.setup import set_up_site
from cermin.web.operations.queries.setup import code_fits, setup_code
from cermin.web.organisations.actions.agency import AgencyFacts
from cermin.web.organisations.models import Agency, Membership, Role
from site_factory import NOW, PASSWORD, make_user

IDENTITY = {"name": "Pemerintah Kabupaten Rawa Bening", "agency_class": "kabupaten", "code": "7106"}
PLACE = {"slug": "rawa-bening", "language": "id", "time_zone": "Asia/Makassar", "units": "now"}
OWNER = {
    "name": "Siti Rahma", "email": "Siti@RawaBening.example", "password": PASSWORD,
    "password_again": PASSWORD,
}  # fmt: skip
FACTS = AgencyFacts("Kabupaten Lain", "kabupaten", "1", "id", "Asia/Jakarta")


@pytest.fixture
def client(db: None) -> Client:
    cache.clear()
    return Client()


def addresses() -> list[str]:
    code = setup_code()
    return [f"/mulai/{code}/", f"/mulai/{code}/alamat/", f"/mulai/{code}/pengelola/"]


def set_up(client: Client, **place: str):
    first, second, third = addresses()
    client.post(first, IDENTITY)
    client.post(second, {**PLACE, **place})
    return client.post(third, OWNER)


@pytest.mark.parametrize("address", ["/", "/akun/login/", "/i/x/", "/i/x/orang/", "/undangan/x/",
                                     "/situs/instansi/", "/tidak-ada/"])  # fmt: skip
def test_every_page_of_an_empty_site_leads_to_setup(client, address: str) -> None:
    assert client.get(address).headers["Location"] == "/mulai/"


@pytest.mark.parametrize("address", ["/mulai/", "/bantuan/"])
def test_pages_open_before_setup(client, address: str) -> None:
    assert client.get(address).status_code == 200


def test_code_leads_step_by_step_to_a_working_site(client, settings) -> None:
    settings.DEMO = False
    first, second, third = addresses()
    start = client.get("/mulai/").content.decode()
    assert "server saat dinyalakan" in start
    assert setup_code() not in start
    assert client.post("/mulai/", {"code": setup_code()}).headers["Location"] == first
    page = client.get(first)
    assert "no-store" in page.headers["Cache-Control"]
    assert client.post(first, IDENTITY).headers["Location"] == second
    # The address is suggested from the name.
    assert 'value="kabupaten-rawa-bening"' in client.get(second).content.decode()
    assert client.post(second, PLACE).headers["Location"] == third
    done = client.post(third, OWNER, follow=True)
    # The authenticator comes next, without asking for the password just chosen.
    assert [url for url, _s in done.redirect_chain] == [reverse("mfa_activate_totp")]
    assert done.status_code == 200
    assert "susun unit kerja" in done.content.decode()

    agency, owner = Agency.objects.get(), User.objects.get()
    assert (agency.slug, agency.code, agency.time_zone) == ("rawa-bening", "7106", "Asia/Makassar")
    assert (owner.email, owner.is_operator) == ("siti@rawabening.example", True)
    assert Membership.objects.get(user=owner, agency=agency).role == Role.OWNER
    local = agency.created_at.astimezone(ZoneInfo(agency.time_zone))
    assert agency.structures.get().year == local.year
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert list(actions) == [
        "site_set_up", "agency_added", "account_created", "role_given", "signed_in"
    ]  # fmt: skip
    assert PASSWORD not in str(list(AuditEvent.objects.values()))


def test_demo_site_leads_home_at_once(client, settings) -> None:
    done = set_up(client, units="later")
    assert done.headers["Location"] == "/i/rawa-bening/"
    page = client.get("/i/rawa-bening/")
    assert page.status_code == 200
    assert [str(message) for message in page.context["messages"]] == ["Situs sudah siap."]


def test_after_setup_the_address_is_gone_for_ever(client) -> None:
    set_up(client)
    for visitor in (client, Client()):
        for address in ("/mulai/", *addresses()):
            assert visitor.get(address).status_code == 404
            assert visitor.post(address, OWNER).status_code == 404
    assert (Agency.objects.count(), User.objects.count()) == (1, 1)
    with pytest.raises(UserError, match="sudah disiapkan"):
        set_up_site(
            facts=FACTS, slug="lain", owner_name="X", owner_email="x@a.example",
            password=PASSWORD, page="/mulai/", now=NOW,
        )  # fmt: skip
    assert AuditEvent.objects.filter(action="site_set_up").count() == 1


def test_a_second_setup_that_began_before_the_first_ended(client) -> None:
    late = Client()
    for address, typed in zip(addresses(), (IDENTITY, PLACE), strict=False):
        late.post(address, {**typed, "name": "Kota Lain"} if "name" in typed else typed)
    set_up(client)
    assert late.post(addresses()[2], OWNER).status_code == 404
    assert Agency.objects.count() == 1


def test_steps_wait_for_the_ones_before(client) -> None:
    first, second, third = addresses()
    assert client.get(second).headers["Location"] == first
    assert client.get(third).headers["Location"] == second
    assert client.post(third, OWNER).headers["Location"] == second
    assert not Agency.objects.exists()


def test_nothing_typed_is_lost(client) -> None:
    first, second, third = addresses()
    page = client.post(first, {**IDENTITY, "code": "salah kode"}).content.decode()
    assert 'value="Pemerintah Kabupaten Rawa Bening"' in page
    assert 'value="salah kode"' in page
    client.post(first, IDENTITY)
    page = client.post(second, {**PLACE, "slug": "Rawa Bening", "time_zone": "Asia/Jayapura"})
    assert 'value="Asia/Jayapura" selected' in page.content.decode()
    client.post(second, {**PLACE, "time_zone": "Asia/Jayapura"})
    poor = client.post(third, {**OWNER, "password": "air7x", "password_again": "air7x"})
    assert 'value="Siti Rahma"' in poor.content.decode()
    assert "air7x" not in poor.content.decode()
    # Going back shows what was typed before.
    assert 'value="Pemerintah Kabupaten Rawa Bening"' in client.get(first).content.decode()
    assert 'value="Asia/Jayapura" selected' in client.get(second).content.decode()
    assert client.post(third, OWNER).status_code == 302


def test_what_the_action_refuses_is_said_at_the_form(client) -> None:
    make_user("siti@rawabening.example")
    page = set_up(client)
    assert "sudah mempunyai akun" in page.content.decode()
    assert not Agency.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_password_waits_nowhere(client) -> None:
    first, second, third = addresses()
    client.post(first, IDENTITY)
    client.post(second, PLACE)
    client.post(third, {**OWNER, "password_again": "x"})
    assert PASSWORD not in str(dict(client.session))


# ------------------------------------------------------------------ the code
def test_the_code_follows_from_the_secret_key_alone(settings) -> None:
    code = setup_code()
    assert code == setup_code()
    assert len(code.replace("-", "")) == 16  # 80 bits
    assert code_fits(f" {code.upper().replace('-', ' ')} ")
    settings.SECRET_KEY = "another"
    assert setup_code() != code
    assert not code_fits(code)


@pytest.mark.parametrize("code", ["x", "aaaa-aaaa-aaaa-aaaa", "%00", "é"])
def test_wrong_codes_are_told_where_to_look(client, code: str) -> None:
    for address in (f"/mulai/{code}/", f"/mulai/{code}/alamat/", f"/mulai/{code}/pengelola/"):
        for page in (client.get(address), client.post(address, {**IDENTITY, **PLACE, **OWNER})):
            assert page.status_code == 403
            assert "tidak cocok" in page.content.decode()
    assert not Agency.objects.exists()


def test_guessing_is_slowed_down(client) -> None:
    for number in range(10):
        assert client.post("/mulai/", {"code": f"x{number}"}).status_code == 403
    page = client.post("/mulai/", {"code": setup_code()})
    assert page.status_code == 429
    assert "Terlalu banyak" in page.content.decode()
    assert client.get(addresses()[0]).status_code == 429


def test_right_codes_are_not_counted(client) -> None:
    for _again in range(15):
        assert client.get(addresses()[0]).status_code == 200


def test_once_set_up_no_request_asks_again(house, browser, django_assert_num_queries) -> None:
    client = browser(None)
    client.get("/bantuan/")
    client.get("/tidak-ada/")
    with django_assert_num_queries(0):
        client.get("/tidak-ada/")
