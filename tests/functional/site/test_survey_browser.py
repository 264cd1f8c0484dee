"""Answering the survey on a phone: by touch, by keyboard, in one page, in English."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from survey_phone import (
    answer,
    begin,
    check,
    expect_done,
    fill_and_send,
    kept_on,
    phone,
    press_send,
    record_on,
    to_review,
    without_complaints,
)
from survey_server import VOTES

pytestmark = pytest.mark.own_site

FOCUSED = """() => {
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    return {id: e.id, tag: e.tagName, name: e.name || '', type: e.type || '',
            text: (e.textContent || '').trim(),
            ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            seen: box.top >= -1 && box.bottom <= innerHeight + 1}
}"""


def tab_to(page: Page, wanted: str, *, most: int = 60) -> None:
    """Press Tab until the element with this id has focus; every stop must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["ring"], focused
        assert focused["seen"], focused
        if focused["id"] == wanted:
            return
    raise AssertionError(f"#{wanted} cannot be reached")


def test_whole_journey_by_touch(surveys, page: Page) -> None:
    before, requests = surveys.stored(), []
    page.on("request", lambda request: requests.append(request.url.rsplit("/", 1)[-1]))
    with without_complaints(page):
        page.goto(surveys.page())
        assert len(requests) <= 3, requests
        check(page)  # the code
        code = surveys.new_code()
        page.locator("#code").fill(" - ".join(code[i : i + 4] for i in range(0, 16, 4)).lower())
        page.locator("#code-form button").tap()
        expect(page.locator("#start")).to_be_visible()
        check(page)  # the introduction
        page.locator("#start").tap()
        for number in range(3):
            answer(page, number)
        expect(page.locator("#progress-words")).to_contain_text("3 dari 52 pertanyaan dijawab")
        check(page)  # a group
        page.locator("#next").tap()
        assert page.evaluate("document.activeElement.id") == "g-2"
        page.locator("#back").tap()
        assert page.evaluate("document.activeElement.id") == "g-1"
        to_review(page)
        expect(page.locator("#overview")).to_contain_text("49 pertanyaan dilewati")
        check(page)  # what was skipped
        assert not [one for one in requests if one.startswith(("blind", "sending"))][2:]
        page.locator("#send").tap()
        expect_done(page)
        check(page)
    assert surveys.stored() == before + 1
    left = kept_on(page)
    assert [set(one) for one in left.values()] == [{"until"}], "nothing but a mark is left"
    assert not any(code in name for name in left)


def test_code_leaves_the_address_and_is_not_written_in_the_draft(surveys, page: Page) -> None:
    code = surveys.new_code()
    begin(page, surveys.page(), code)
    answer(page)
    assert page.url == surveys.page()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "0.bp1" in kept
    assert code not in kept
    assert page.evaluate("history.length") <= 3


@pytest.mark.parametrize(
    ("typed", "said"),
    [("K7MF", "terdiri atas 16"), ("K7MF2QXP9TRA4D5U", "terdiri atas 16"),
     ("K7MF2QXP9TRA4D5E", "tidak dikenal")],
)  # fmt: skip
def test_wrong_code_is_told_before_anything_is_answered(surveys, page, typed, said) -> None:
    page.goto(surveys.page())
    page.locator("#code").fill(typed)
    page.locator("#code").press("Enter")
    expect(page.locator("#problems")).to_contain_text(said)
    assert page.evaluate("document.activeElement.id") == "code"
    assert not page.locator("#start").is_visible()


def test_journey_by_keyboard_alone(surveys, chromium) -> None:
    before = surveys.stored()
    with phone(chromium, has_touch=False, is_mobile=False) as context:
        page = context.new_page()
        page.goto(surveys.page())
        tab_to(page, "code")
        page.keyboard.type(surveys.new_code())
        page.keyboard.press("Enter")
        expect(page.locator("#start")).to_be_visible()
        tab_to(page, "start")
        page.keyboard.press("Enter")
        expect(page.locator("#g-1")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        assert record_on(page)["answers"] == {"0.bp1": 2}
        for group in range(2, 8):
            tab_to(page, "next")
            page.keyboard.press("Enter")
            expect(page.locator(f"#g-{group}")).to_be_focused()
        tab_to(page, "review")
        page.keyboard.press("Enter")
        expect(page.locator("#overview-title")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the first question that was skipped
        assert page.evaluate(FOCUSED)["name"] == "0.bp2"
        page.keyboard.press("Enter")  # in a question: on to the next group
        expect(page.locator("#g-2")).to_be_focused()
        for group in range(3, 8):
            tab_to(page, "next")
            page.keyboard.press("Enter")
            expect(page.locator(f"#g-{group}")).to_be_focused()
        tab_to(page, "review")
        page.keyboard.press("Enter")
        tab_to(page, "send")
        page.keyboard.press("Enter")
        expect_done(page)
        expect(page.locator("#done h2")).to_be_focused()
    assert surveys.stored() == before + 1


def test_an_answer_can_be_taken_back(surveys, page: Page) -> None:
    begin(page, surveys.page(), surveys.new_code())
    field = page.locator("section[data-group]:visible fieldset").first
    tall = page.evaluate("document.body.scrollHeight")
    assert field.get_by_role("button").count() == 0
    answer(page)
    remove = field.get_by_role("button", name="Hapus jawaban")
    assert page.evaluate("document.body.scrollHeight") == tall, "what is below has moved"
    check(page)
    page.reload()  # the draft is read again
    remove.tap()
    expect(field.locator("input").first).to_be_focused()
    expect(page.locator("#progress-words")).to_contain_text("0 dari 52")
    assert field.locator("input:checked, button").count() == 0
    assert record_on(page)["answers"] == {}


def test_there_is_room_for_taking_any_answer_back(surveys, page: Page) -> None:
    begin(page, surveys.page(VOTES), surveys.new_code(VOTES), layout="all")
    kinds = page.locator("fieldset[data-field]").evaluate_all("all => all.map(f => f.dataset.kind)")
    assert set(kinds) == {"likert", "scale_0_10", "choose_k", "comment"}
    for kind in ("likert", "scale_0_10"):
        field = page.locator(f"fieldset[data-kind={kind}]").first
        labels = field.locator("label")
        for number in range(labels.count()):
            labels.nth(number).tap()
            assert field.evaluate(_COVERED) == [], (kind, number)
    check(page)


# What is written in the labels that the button's words cover; boxes are as wide as the question.
_COVERED = """field => {
    const edges = element => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return range.getBoundingClientRect();
    };
    const button = edges(field.querySelector('button.clear'));
    const covers = one => one.left < button.right && button.left < one.right
        && one.top < button.bottom && button.top < one.bottom;
    return [...field.querySelectorAll('label')]
        .filter(label => covers(edges(label))).map(label => label.innerText);
}"""


def test_lists_count_and_one_page_can_be_chosen(surveys, page: Page) -> None:
    before = surveys.stored(VOTES)
    begin(page, surveys.page(VOTES), surveys.new_code(VOTES), layout="all")
    assert page.locator("section[data-group]:visible").count() > 3
    field = page.locator("fieldset[data-kind=choose_k]").first
    labels, counter = field.locator("label"), field.locator("[data-count]")
    for number in range(9):
        labels.nth(number).tap()
    expect(counter).to_have_text("9 dari 10 dipilih")
    check(page)
    press_send(page)
    expect(field).to_contain_text("Pilih tepat 10")
    expect(field.locator("input").first).to_be_focused()
    check(page)
    for number in (9, 10):
        labels.nth(number).tap()
    expect(counter).to_have_text("10 dari 10 dipilih")
    expect(page.locator("#status")).to_contain_text("Anda sudah memilih 10")
    assert not labels.nth(10).locator("input").is_checked()
    page.get_by_role("button", name="Tampilkan satu kelompok per layar").tap()
    assert page.locator("section[data-group]:visible").count() == 1
    page.locator("#review").tap() if page.locator("#review").is_visible() else to_review(page)
    page.locator("#overview button").first.tap()
    assert page.evaluate("document.activeElement.closest('fieldset').dataset.field")
    press_send(page)
    expect_done(page)
    assert surveys.stored(VOTES) == before + 1


def test_draft_survives_reload_language_and_a_new_tab(surveys, context, page: Page) -> None:
    code = surveys.new_code()
    begin(page, surveys.page(), code)
    answer(page, 0, choice=1)
    page.locator("#next").tap()
    answer(page, 0, choice=4)
    page.reload()
    expect(page.locator("#g-2")).to_be_visible()
    fourth = page.locator("section[data-group='2'] fieldset").first
    assert fourth.locator("input[value='5']").is_checked()
    page.get_by_role("link", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#g-2")).to_be_visible()
    page.close()
    other = context.new_page()
    other.goto(surveys.page())
    expect(other.locator("#code-form")).to_be_visible()  # without the code nothing is shown
    other.goto("about:blank")
    other.goto(f"{surveys.page()}#{code}")
    expect(other.locator("#g-2")).to_be_visible()
    other.go_back()  # one group back, as the phone's own button does
    expect(other.locator("#g-1")).to_be_visible()
    assert other.locator("input[name='0.bp1'][value='2']").is_checked()


def test_phone_that_keeps_nothing_can_answer_all_the_same(surveys, context, page: Page) -> None:
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    before = surveys.stored()
    begin(page, surveys.page(), surveys.new_code())
    expect(page.locator("#status")).to_contain_text("tidak dapat menyimpan")
    answer(page)
    press_send(page)
    expect_done(page)
    assert surveys.stored() == before + 1


def test_nothing_answered_is_not_sent(surveys, page: Page) -> None:
    begin(page, surveys.page(), surveys.new_code())
    press_send(page)
    expect(page.locator("#problems")).to_contain_text("Belum ada pertanyaan yang dijawab")
    expect(page.locator("fieldset.wrong")).to_have_count(1)


def test_next_person_on_the_same_phone_starts_anew(surveys, page: Page) -> None:
    before, first = surveys.stored(), surveys.new_code()
    fill_and_send(page, surveys.page(), first)
    expect_done(page)
    page.locator("#shared").tap()
    expect(page.locator("#code")).to_have_value("")
    page.locator("#code").fill(surveys.new_code())
    page.locator("#code").press("Enter")
    page.locator("#start").tap()
    expect(page.locator("#progress-words")).to_contain_text("0 dari 52")
    answer(page, 1)
    press_send(page)
    expect_done(page)
    assert surveys.stored() == before + 2
    page.goto("about:blank")
    page.goto(f"{surveys.page()}#{first}")
    expect(page.locator("#status")).to_contain_text("sudah terkirim dari ponsel ini")
