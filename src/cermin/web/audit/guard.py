"""The database itself refuses to change the trail: triggers, on SQLite and PostgreSQL.

They stop mistakes and intruders with the site's own database account. Whoever may change the
database's structure can drop them; that is what the chain of codes is for.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TRAIL, HEAD = "audit_auditevent", "audit_chainhead"
REFUSED = "Jejak audit hanya dapat ditambah, tidak dapat diubah atau dihapus."
REFUSED_HEAD = "Ujung jejak audit hanya dapat maju satu langkah."

_SQLITE = {
    f"{TRAIL}_no_update": (
        f"CREATE TRIGGER {TRAIL}_no_update BEFORE UPDATE ON {TRAIL} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    ),
    f"{TRAIL}_no_delete": (
        f"CREATE TRIGGER {TRAIL}_no_delete BEFORE DELETE ON {TRAIL} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
    ),
    f"{HEAD}_no_delete": (
        f"CREATE TRIGGER {HEAD}_no_delete BEFORE DELETE ON {HEAD} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED_HEAD}'); END"
    ),
    f"{HEAD}_forward": (
        f"CREATE TRIGGER {HEAD}_forward BEFORE UPDATE ON {HEAD} "
        "WHEN NEW.id <> OLD.id OR NEW.length <> OLD.length + 1 "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED_HEAD}'); END"
    ),
}
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION {TRAIL}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"""CREATE OR REPLACE FUNCTION {HEAD}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSED_HEAD}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"CREATE TRIGGER {TRAIL}_no_change BEFORE UPDATE OR DELETE ON {TRAIL} "
    f"FOR EACH ROW EXECUTE FUNCTION {TRAIL}_refuse()",
    f"CREATE TRIGGER {TRAIL}_no_truncate BEFORE TRUNCATE ON {TRAIL} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {TRAIL}_refuse()",
    f"CREATE TRIGGER {HEAD}_no_delete BEFORE DELETE ON {HEAD} "
    f"FOR EACH ROW EXECUTE FUNCTION {HEAD}_refuse()",
    f"CREATE TRIGGER {HEAD}_no_truncate BEFORE TRUNCATE ON {HEAD} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION {HEAD}_refuse()",
    f"CREATE TRIGGER {HEAD}_forward BEFORE UPDATE ON {HEAD} FOR EACH ROW "
    "WHEN (NEW.id <> OLD.id OR NEW.length <> OLD.length + 1) "
    f"EXECUTE FUNCTION {HEAD}_refuse()",
)


def statements_to_arm(vendor: str) -> list[str]:
    """Return the statements that create the triggers on a database of ``vendor``."""
    return {"sqlite": list(_SQLITE.values()), "postgresql": list(_POSTGRESQL)}[vendor]


def statements_to_disarm(vendor: str) -> list[str]:
    """Return the statements that drop them again."""
    return {
        "sqlite": [f"DROP TRIGGER IF EXISTS {name}" for name in _SQLITE],
        "postgresql": [
            f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE" for table in (TRAIL, HEAD)
        ],
    }[vendor]


def arm(_apps: StateApps | None, editor: BaseDatabaseSchemaEditor) -> None:
    """Create the triggers; a step of a migration."""
    for statement in statements_to_arm(editor.connection.vendor):
        editor.execute(statement, params=None)


def disarm(_apps: StateApps | None, editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the triggers; the step back."""
    for statement in statements_to_disarm(editor.connection.vendor):
        editor.execute(statement, params=None)
