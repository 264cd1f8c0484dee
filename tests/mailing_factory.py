"""A survey whose people have addresses, mailings to them, and what the worker does with these."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from django_tasks_db.models import DBTaskResult

from cermin.web.organisations.models import Employee
from cermin.web.organisations.queries.contacts import email_index, sealed_contact
from cermin.web.pages import clock
from cermin.web.survey.actions.mailings import schedule_mailing
from cermin.web.survey.models import Mailing, MailKind, Survey
from cermin.web.survey.tasks.sending import send_batch, send_due_mailings
from cycle_factory import employ, october, scheduled
from site_factory import as_member
from survey_factory import open_without_keys

BASE = "https://survei.rawabening.example"
MORNING = october(5) + timedelta(hours=8)
MINUTE = timedelta(minutes=1)
ADDRESSES = {f"pegawai{n}@rawabening.example" for n in range(10)}


def open_with_addresses(house: Any) -> Survey:
    """Open the survey of twelve people; ten of them have an address."""
    employ(house.structure, 12)
    people = Employee.objects.order_by("pk")[: len(ADDRESSES)]
    for person, address in zip(people, sorted(ADDRESSES), strict=True):
        person.email_sealed = sealed_contact(address)
        person.email_index = email_index(house.agency.slug, address)
        person.save()
    by = as_member(house.owner, house.agency)
    return open_without_keys(scheduled(house.agency, by), by)


def plan(
    house: Any, survey: Survey, kind: MailKind = MailKind.INVITATION, at: datetime = MORNING,
    **words: str,
) -> Mailing:  # fmt: skip
    """Plan a mailing a few minutes before it is due."""
    facts = {"subject": "", "lead": "", "base_url": BASE, **words}
    return schedule_mailing(
        cycle=survey.cycle, kind=kind, at=at, by=as_member(house.owner, house.agency),
        now=at - 5 * MINUTE, **facts,
    )  # fmt: skip


def work(now: datetime) -> None:
    """Do what the worker does at ``now``: the duty, then every task that is ready."""
    with clock.set_to(now):
        send_due_mailings(now)
        while ready := list(DBTaskResult.objects.filter(status="READY")):
            for row in ready:
                DBTaskResult.objects.filter(pk=row.pk).update(status="SUCCESSFUL")
                if row.task_path == send_batch.module_path:
                    send_batch.call(*row.args_kwargs["args"])


def bodies(mail: EmailMessage) -> str:
    """Return all that a mail says, in every form."""
    return "\n".join(part.get_content() for part in mail.walk() if not part.is_multipart())
