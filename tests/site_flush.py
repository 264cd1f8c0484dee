"""Empties the database after tests that commit; the trail's own triggers would refuse that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations

from cermin.web.audit.guard import statements_to_arm, statements_to_disarm

_flush = BaseDatabaseOperations.execute_sql_flush


def _flush_with_the_trail(operations: BaseDatabaseOperations, statements: list[str]) -> None:
    vendor = operations.connection.vendor
    with operations.connection.cursor() as cursor:
        for statement in statements_to_disarm(vendor):
            cursor.execute(statement)
    _flush(operations, statements)
    with operations.connection.cursor() as cursor:
        for statement in statements_to_arm(vendor):
            cursor.execute(statement)


@contextmanager
def trail_can_be_emptied() -> Iterator[None]:
    """Let the test runner, and nothing else, empty the trail between tests."""
    before = BaseDatabaseOperations.execute_sql_flush
    BaseDatabaseOperations.execute_sql_flush = _flush_with_the_trail
    yield
    BaseDatabaseOperations.execute_sql_flush = before


def disarm() -> None:
    """Drop the triggers, as an administrator of the database could."""
    with connections["default"].cursor() as cursor:
        for statement in statements_to_disarm(connections["default"].vendor):
            cursor.execute(statement)
