"""Two people at the same moment: owners who remove each other, links used twice, two set-ups.

Threads of a process of its own, on a file of SQLite as sites have it, or on PostgreSQL.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from race_site import run

pytestmark = pytest.mark.own_site

ROUNDS = 4
SCRIPT = """
import json, sys, threading
from pathlib import Path
from cermin.web.start import prepare
prepare(Path(sys.argv[1]))
from django.db import connections
from cermin.core.errors import UserError
from cermin.web.audit.models import AuditEvent
from cermin.web.organisations.models import Agency, Membership, Role, Structure
from cermin.web.accounts.models import User
from cermin.web.pages.clock import now
from site_factory import PASSWORD, as_member, give_role, make_agency, make_user

def together(*calls):
    barrier, outcomes = threading.Barrier(len(calls)), []
    def run(call):
        barrier.wait()
        try:
            call()
            outcomes.append("done")
        except UserError as error:
            outcomes.append(type(error).__name__)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connections.close_all()
    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(outcomes)

def owners(number):
    from cermin.web.organisations.actions.members import remove_role
    agency = make_agency(f"a{number}")
    people = [make_user(f"{name}{number}@a.example") for name in "ab"]
    roles = [give_role(person, agency, Role.OWNER) for person in people]
    members = [as_member(person, agency) for person in people]
    def remove(at):
        return lambda: remove_role(
            agency=agency, membership_id=roles[1 - at].pk, by=members[at], now=now())
    outcomes = together(remove(0), remove(1))
    return outcomes, Membership.objects.filter(agency=agency, role=Role.OWNER).count()

def links(number):
    from cermin.web.organisations.actions.members_invitations import (
        Invitee, accept_with_new_account, invite_members)
    from cermin.web.organisations.queries.members import hash_of
    agency = make_agency(f"a{number}")
    owner = make_user(f"owner{number}@a.example")
    give_role(owner, agency, Role.OWNER)
    email = f"siti{number}@a.example"
    [issued] = invite_members(agency=agency, role=Role.HEAD, unit_code="",
        people=[Invitee(1, email)], by=as_member(owner, agency), now=now())
    def accept():
        accept_with_new_account(token_hash=hash_of(issued.token), email=email, name="Siti",
            password=PASSWORD, page="/", now=now())
    outcomes = together(accept, accept, accept)
    return outcomes, Membership.objects.filter(user__email=email).count()

def setups(number):
    from cermin.web.operations.actions.setup import set_up_site
    from cermin.web.organisations.actions.agency import AgencyFacts
    def set_up(n):
        facts = AgencyFacts(f"Kabupaten {n}", "kabupaten", f"{n}", "id", "Asia/Jakarta")
        return lambda: set_up_site(facts=facts, slug=f"kabupaten-{n}", owner_name="Siti",
            owner_email=f"siti{n}@a.example", password=PASSWORD, page="/mulai/", now=now())
    outcomes = together(*map(set_up, range(4)))
    counts = [model.objects.count() for model in (Agency, User, Membership, Structure)]
    return outcomes, [*counts, AuditEvent.objects.filter(action="site_set_up").count()]

race = globals()[sys.argv[2]]
print(json.dumps([race(number) for number in range(int(sys.argv[3]))]))
"""


@pytest.fixture
def race(raced_site: Path):
    return lambda name, rounds: json.loads(run(raced_site, SCRIPT, name, str(rounds)))


def test_two_owners_who_remove_each_other_leave_one(race) -> None:
    for outcomes, n_owners in race("owners", ROUNDS):
        assert outcomes == ["UserError", "done"]
        assert n_owners == 1


def test_a_link_used_three_times_at_once_counts_once(race) -> None:
    for outcomes, n_roles in race("links", ROUNDS):
        assert outcomes == ["InvitationGone", "InvitationGone", "done"]
        assert n_roles == 1


def test_four_setups_at_once_make_one_site(race) -> None:
    [(outcomes, counts)] = race("setups", 1)
    assert outcomes == ["UserError", "UserError", "UserError", "done"]
    assert counts == [1, 1, 1, 1, 1]
