"""Sending over a poor line: whatever is lost, and wherever, one ballot is stored exactly once."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect
from survey_phone import (
    answer,
    begin,
    check,
    expect_done,
    expect_waiting,
    fill_and_send,
    kept_offline,
    kept_on,
    phone,
    press_send,
    record_on,
    to_review,
)

pytestmark = pytest.mark.own_site

TRY = "Coba kirim sekarang"


def deliver_but_lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def refusing(status: int, **told: str):
    """Return a way to answer in the server's place."""
    return lambda route: route.fulfill(status=status, json=told)


def test_line_lost_before_anything_is_drawn(surveys, context, page: Page) -> None:
    before = surveys.stored()
    begin(page, surveys.page(), surveys.new_code())
    answer(page)
    to_review(page)
    context.set_offline(True)
    page.locator("#send").tap()
    expect_waiting(page)
    check(page)
    page.get_by_role("button", name=TRY).tap()
    expect_waiting(page)
    assert surveys.stored() == before
    context.set_offline(False)
    expect_done(page)
    assert surveys.stored() == before + 1


@pytest.mark.parametrize("step", ["ambil", "kirim"])
def test_answer_of_the_server_is_lost(surveys, page: Page, step: str) -> None:
    before, bodies = surveys.stored(), []
    page.on("request", lambda one: bodies.append(one.post_data) if step in one.url else None)
    page.route(f"**/{step}/", deliver_but_lose_the_answer, times=1)
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect_done(page)
    assert len(bodies) == 2
    assert bodies[0] == bodies[1], "the same blinded message, the same serial"
    assert surveys.stored() == before + 1


def test_page_closed_between_drawing_and_casting(surveys, context, page: Page) -> None:
    before, code = surveys.stored(), surveys.new_code()
    page.route("**/kirim/", lambda route: route.abort())
    fill_and_send(page, surveys.page(), code)
    expect_waiting(page)
    record = record_on(page)
    assert record["signature"]
    assert not {"code", "inverse", "blinded", "blind_signature"} & set(record)
    page.close()
    later = context.new_page()
    later.goto(surveys.page())  # without the code
    expect_done(later)
    assert surveys.stored() == before + 1
    assert [set(one) for one in kept_on(later).values()] == [{"until"}]


def test_page_opens_again_without_a_line(surveys, context, page: Page) -> None:
    before = surveys.stored()
    begin(page, surveys.page(), surveys.new_code())
    kept_offline(page)
    context.set_offline(True)
    answer(page)
    page.close()
    page = context.new_page()
    page.goto(surveys.page())
    expect(page.locator("#code-form")).to_be_visible()
    page.close()
    page = context.new_page()
    code = surveys.new_code()
    begin(page, surveys.page(), code)  # somebody else, whose code nobody can check now
    expect(page.locator("#ballot")).to_be_visible()
    answer(page)
    press_send(page)
    expect_waiting(page)
    page.reload()
    expect_waiting(page)
    context.set_offline(False)
    expect_done(page)
    assert surveys.stored() == before + 1


def test_only_the_page_and_its_files_are_kept_for_offline(surveys, context, page: Page) -> None:
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect_done(page)
    kept_offline(page)
    page.evaluate(
        "async () => (await caches.open('cermin/survei/lain/1'),"
        " await caches.open(`cermin${new URL(document.URL).pathname}0`))"
    )
    kept = page.evaluate(
        """async () => {
            const names = [];
            for (const name of await caches.keys())
                for (const one of await (await caches.open(name)).keys()) names.push(one.url);
            return names.map(one => new URL(one).pathname.replace(/[.][0-9a-f]{12}[.]/, '.'));
        }"""
    )
    survey = surveys.page().split("/", 3)[3]
    assert sorted(kept) == sorted(
        [f"/{survey}", *(f"/static/survey/{name}" for name in
         ("survey.css", "survey.js", "sending.js", "blind.js"))]
    )  # fmt: skip


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no-locks"])
def test_two_tabs_send_at_once(surveys, context, page: Page, locks: bool) -> None:
    if not locks:
        context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    before, code, drawn = surveys.stored(), surveys.new_code(), []
    context.on("request", lambda one: drawn.append(one.post_data) if "ambil" in one.url else None)
    begin(page, surveys.page(), code, layout="all")
    answer(page)
    other = context.new_page()
    other.goto(f"{surveys.page()}#{code}")
    expect(other.locator("#ballot")).to_be_visible()
    for tab in (page, other):
        to_review(tab)
    moment = page.evaluate("Date.now() + 600")  # the same for both
    for tab in (page, other):
        tab.evaluate(
            "at => setTimeout(() => document.getElementById('send').click(), at - Date.now())",
            moment,
        )
    for tab in (page, other):
        expect_done(tab)
    # Without locks both may have asked; the first to be signed is the only one that is cast.
    assert len(set(drawn)) <= (1 if locks else 2), "only one ballot was ever asked for"
    assert surveys.stored() == before + 1


def test_answers_wait_while_the_next_person_uses_the_phone(surveys, page: Page) -> None:
    before = surveys.stored()
    line = {"cut": True}
    page.route("**/kirim/", lambda route: route.abort() if line["cut"] else route.continue_())
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect_waiting(page)
    page.get_by_role("button", name="Isi untuk orang lain").tap()
    page.locator("#code").fill(surveys.new_code())
    page.locator("#code").press("Enter")
    page.locator("#start").tap()
    expect(page.locator("#ballot")).to_be_visible()
    line["cut"] = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#status")).to_contain_text("yang menunggu di ponsel ini sudah terkirim")
    expect(page.locator("#ballot")).to_be_visible()
    answer(page)
    press_send(page)
    expect_done(page)
    assert surveys.stored() == before + 2


def test_server_killed_while_casting(surveys, page: Page) -> None:
    before = surveys.stored()

    def power_cut(route: Route) -> None:
        route.fetch()  # taken in, but nobody hears of it
        surveys.kill()
        route.abort()

    page.route("**/kirim/", power_cut, times=1)
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect_waiting(page)
    surveys.start()
    # Not tapped: it may have sent by itself meanwhile, and then the button is gone.
    page.locator("#waiting button").dispatch_event("click")
    expect_done(page)
    assert surveys.stored() == before + 1


def test_server_in_trouble_is_not_taken_for_sent(surveys, page: Page) -> None:
    before = surveys.stored()
    answers = {"now": refusing(503, reason="not_sent", words="…")}

    def answer_as_now(route: Route) -> None:
        answers["now"](route)

    page.route("**/kirim/", answer_as_now)
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect_waiting(page)
    expect(page.locator("#status")).to_contain_text("situs sedang terganggu")
    answers["now"] = lambda route: route.fulfill(status=200, body="<html>masuk</html>")
    with page.expect_response("**/kirim/"):
        page.get_by_role("button", name=TRY).tap()
    expect_waiting(page)  # a hotspot's own page is no answer
    assert surveys.stored() == before
    page.unroute("**/kirim/")
    # Not tapped: it may have sent by itself meanwhile, and then the button is gone.
    page.locator("#waiting button").dispatch_event("click")
    expect_done(page)
    assert surveys.stored() == before + 1


def test_invitation_used_on_another_phone(surveys, chromium, page: Page) -> None:
    before, code = surveys.stored(), surveys.new_code()
    begin(page, surveys.page(), code)
    answer(page)
    with phone(chromium) as other:
        tab = other.new_page()
        fill_and_send(tab, surveys.page(), code)
        expect_done(tab)
    press_send(page)
    expect(page.locator("#problems")).to_contain_text("sudah diambil")
    check(page)
    assert not kept_on(page), "answers that can never be sent do not stay on the phone"
    assert surveys.stored() == before + 1


def test_survey_closed_before_the_answers_came(surveys, page: Page) -> None:
    page.route("**/kirim/", refusing(410, reason="closed", words="…"))
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect(page.locator("#problems")).to_contain_text("tidak sedang menerima jawaban")
    expect(page.locator("#problems")).to_contain_text("belum terkirim")
    assert not page.locator("#waiting").is_visible()
    assert not page.locator("#done").is_visible()
    assert record_on(page)["answers"]


def test_code_replaced_meanwhile_takes_the_answers_along(surveys, page: Page) -> None:
    before = surveys.stored()
    page.route("**/ambil/", refusing(404, reason="unknown", words="…"), times=1)
    fill_and_send(page, surveys.page(), surveys.new_code())
    expect(page.locator("#problems")).to_contain_text("tidak dikenal")
    assert not kept_on(page)
    page.locator("#code").fill(surveys.new_code())
    page.locator("#code").press("Enter")
    page.locator("#send").tap()  # the review is shown again, as it was left
    expect_done(page)
    assert surveys.stored() == before + 1


def test_refused_answer_is_shown_at_its_question(surveys, page: Page) -> None:
    before, sent = surveys.stored(), []
    refused = refusing(422, reason="refused", words="Ada jawaban di luar pilihan.", field="0.bp2")
    page.route("**/kirim/", refused, times=1)
    page.on("request", lambda one: sent.append(one.post_data) if "kirim" in one.url else None)
    fill_and_send(page, surveys.page(), surveys.new_code())
    field = page.locator("fieldset[data-field='0.bp2']")
    expect(field).to_contain_text("Ada jawaban di luar pilihan.")
    check(page)
    field.locator("label").first.tap()
    press_send(page)
    expect_done(page)
    first, second = map(json.loads, sent)
    assert first["serial"] == second["serial"]
    assert second["answers"] == first["answers"] | {"0.bp2": 1}
    assert surveys.stored() == before + 1
