"""What the page of a cycle and the home page say of the key and of the closing."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from cermin.web.cycles.models import Cycle
from cermin.web.cycles.queries.home import HomeTask
from cermin.web.organisations.models import Role
from cermin.web.organisations.rules import Member
from cermin.web.survey.models import BoxKey, KeyMode
from cermin.web.survey.presenters.closing import kind_of
from cermin.web.survey.queries import survey_of
from cermin.web.survey.queries.keys import box_key_of, holder_of


@dataclass(frozen=True)
class ClosingPanel:
    """One sentence with one link; ``css`` is the kind of its notice, "" for none."""

    words: str
    link: str
    url: str
    css: str = ""


def closing_panel(cycle: Cycle, member: Member) -> str:
    """Return the panel on the page of a cycle; "" for who has no part in it."""
    box_key = box_key_of(cycle)
    if holder_of(box_key, member) is None and not member.has(Role.OWNER):
        return ""
    kind = kind_of(survey_of(cycle), box_key)
    panel = _before(cycle, box_key) if kind == "before" else _closing(cycle, kind)
    if panel is None:
        return ""
    return render_to_string("survey/closing_panel.html", {"panel": panel})


def _before(cycle: Cycle, box_key: BoxKey | None) -> ClosingPanel | None:
    """Say who will have the key, until the cycle opens."""
    if cycle.is_opened:
        return None
    words = _("Kunci kotak suara akan disimpan situs.")
    if box_key is not None and box_key.mode == KeyMode.WITNESSED:
        words = _("Kunci kotak suara belum diserahkan kepada para pemegangnya.")
        if box_key.handed_over_at is not None:
            words = _("Kunci kotak suara dipegang para saksi.")
    url = reverse("survey_keys", args=[cycle.agency.slug, cycle.year])
    return ClosingPanel(words, _("Kunci kotak suara"), url)


def _closing(cycle: Cycle, kind: str) -> ClosingPanel | None:
    stopped = (_("Penutupan survei dihentikan."), _("Lihat sebabnya"), "notice-error")
    words = {
        "waiting": (
            _("Survei sudah berakhir. Kotak suara menunggu salah satu pemegang kunci."),
            _("Buka kotak suara"), "notice-warning",
        ),
        "stopped": stopped,
        "lost": stopped,
        "at_work": (_("Survei sedang ditutup."), _("Lihat kemajuannya"), "notice-info"),
        "closed": ("", _("Penutupan survei: jumlah surat suara dan sidik jawaban"), ""),
    }.get(kind)  # fmt: skip
    if words is None:
        return None
    url = reverse("survey_closing", args=[cycle.agency.slug, cycle.year])
    return ClosingPanel(words[0], words[1], url, words[2])


def closing_tasks(cycle: Cycle, member: Member) -> list[HomeTask]:
    """Return what owners and holders must do about the key and the box."""
    box_key = box_key_of(cycle)
    mine = holder_of(box_key, member)
    if box_key is None or (mine is None and not member.has(Role.OWNER)):
        return []
    kind = kind_of(survey_of(cycle), box_key)
    if kind == "waiting":
        title = _("Buka kotak suara {year} dengan salinan kunci")
        detail = _("Survei sudah berakhir dan menunggu salah satu pemegang kunci.")
        return [_task(cycle, "survey_closing", title, detail)]
    if kind in {"stopped", "lost"}:
        title = _("Penutupan survei {year} dihentikan")
        detail = _("Periksa sebabnya; belum ada jawaban yang hilang.")
        return [_task(cycle, "survey_closing", title, detail)]
    before = kind == "before" and box_key.handed_over_at is None
    if before and mine is not None and mine.tested_at is None:
        title = _("Unduh dan uji salinan kunci kotak suara {year}")
        detail = _("Anda ditunjuk sebagai pemegang kunci.")
        return [_task(cycle, "survey_keys", title, detail)]
    return []


def _task(cycle: Cycle, name: str, title: str, detail: str) -> HomeTask:
    return HomeTask(
        title=title.format(year=cycle.year),
        detail=detail,
        url=reverse(name, args=[cycle.agency.slug, cycle.year]),
        due=None,
        late=False,
        weight=95,
    )
