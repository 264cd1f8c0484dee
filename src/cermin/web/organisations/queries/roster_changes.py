"""What a roster file would change: whom it adds, moves, changes, and who has left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from cermin.intake.headings import fold
from cermin.web.organisations.models import Agency, Employee, RosterUpload
from cermin.web.organisations.queries import roster_files
from cermin.web.organisations.queries.contacts import email_index, opened_contact
from cermin.web.organisations.queries.roster import person_index, unnumbered_index

ADDED, MOVED, CHANGED, LEFT = "added", "moved", "changed", "left"
KINDS = (ADDED, MOVED, CHANGED, LEFT)
ATTRIBUTES = ("name", "unit", "employment", "sex", "position_type")
CONTACTS = ("email", "phone")  # null where the file tells none: then the known one stays
_COLUMNS = {
    "nama": "name", "jenis_pegawai": "employment", "jenis_kelamin": "sex",
    "jenis_jabatan": "position_type", "surel": "email", "telepon": "phone",
}  # fmt: skip
_BATCH = 2_000
_CURRENT = {"id": pl.Int64, "index": pl.Binary} | {f"old_{a}": pl.String for a in ATTRIBUTES}


@dataclass(frozen=True)
class Changes:
    """The lines of each kind; the same roster and file always give the same lines."""

    added: pl.DataFrame
    moved: pl.DataFrame
    changed: pl.DataFrame
    left: pl.DataFrame
    n_unchanged: int
    n_spared: int  # not in the file's sound rows, yet perhaps in a row with a problem

    def equals(self, other: Changes) -> bool:
        """Whether both mean the same."""
        same = all(getattr(self, kind).equals(getattr(other, kind)) for kind in KINDS)
        mine, theirs = (self.n_unchanged, self.n_spared), (other.n_unchanged, other.n_spared)
        return same and mine == theirs


def compare(
    agency_id: int, rows: pl.DataFrame, unsure: pl.DataFrame, *, is_complete: bool
) -> Changes:
    """Return what ``rows`` would change in the roster as it is now.

    Nobody who may stand in a row with a problem (``unsure``: same number, or same name) has left.
    """
    current = _current(agency_id)
    mine = rows.rename(_COLUMNS).with_columns(_index(agency_id, rows))
    joined = mine.join(current, on="index", how="left", maintain_order="left")
    # What the file does not tell stays as it is known.
    joined = joined.with_columns(
        pl.coalesce(attribute, f"old_{attribute}").fill_null("").alias(attribute)
        for attribute in ATTRIBUTES
    )
    joined = _with_new_contacts(agency_id, joined)
    is_new = pl.col("id").is_null()
    is_moved = ~is_new & (pl.col("unit") != pl.col("old_unit"))
    differs = pl.any_horizontal(pl.col(a) != pl.col(f"old_{a}") for a in ATTRIBUTES)
    differs = differs | pl.any_horizontal(f"new_{contact}" for contact in CONTACTS)
    is_changed = ~is_new & ~is_moved & differs
    kind = (
        pl.when(is_new).then(pl.lit(ADDED)).when(is_moved).then(pl.lit(MOVED))
        .when(is_changed).then(pl.lit(CHANGED)).otherwise(pl.lit("unchanged"))
    )  # fmt: skip
    joined = joined.with_columns(kind.alias("kind"))
    gone = current.join(mine, on="index", how="anti", maintain_order="left")
    left, n_spared = _left(agency_id, gone, unsure) if is_complete else (gone.clear(), 0)
    parts = {name: joined.filter(pl.col("kind") == name).drop("kind") for name in KINDS[:3]}
    return Changes(
        **parts,
        left=left,
        n_unchanged=joined.filter(pl.col("kind") == "unchanged").height,
        n_spared=n_spared,
    )


def _current(agency_id: int) -> pl.DataFrame:
    rows = (
        Employee.objects.filter(agency_id=agency_id)
        .order_by("name", "id")
        .values_list(
            "id", "person_index", "name", "unit__code", "employment", "sex", "position_type"
        )
    )
    columns = list(zip(*rows, strict=True)) or [()] * len(_CURRENT)
    columns[1] = tuple(bytes(index) for index in columns[1])
    return pl.DataFrame(
        [pl.Series(name, values, dtype=kind)
         for (name, kind), values in zip(_CURRENT.items(), columns, strict=True)]
    )  # fmt: skip


def _index(agency_id: int, rows: pl.DataFrame) -> pl.Series:
    codes = [
        person_index(agency_id, nip) if nip else unnumbered_index(agency_id, name, unit)
        for nip, name, unit in rows.select("nip", "nama", "unit").rows()
    ]
    return pl.Series("index", codes, dtype=pl.Binary)


def _with_new_contacts(agency_id: int, joined: pl.DataFrame) -> pl.DataFrame:
    """Add whether the contacts of known people differ from those that are kept for them."""
    told = joined.filter(
        pl.col("id").is_not_null() & pl.any_horizontal(pl.col(CONTACTS).is_not_null())
    ).select("id", *CONTACTS)
    differs = {name: set[int]() for name in CONTACTS}
    for some in told.iter_slices(_BATCH):
        for person, name in _differing(agency_id, some):
            differs[name].add(person)
    return joined.with_columns(
        pl.Series(f"new_{name}", [pk in differs[name] for pk in joined["id"]], dtype=pl.Boolean)
        for name in CONTACTS
    )


def _differing(agency_id: int, told: pl.DataFrame) -> Iterator[tuple[int, str]]:
    slug = Agency.objects.values_list("slug", flat=True).get(pk=agency_id)
    rows = Employee.objects.filter(pk__in=told["id"].to_list())
    kept = {pk: (index, sealed) for pk, index, sealed in
            rows.values_list("pk", "email_index", "phone_sealed")}  # fmt: skip
    for pk, email, phone in told.iter_rows():
        index, sealed = kept[pk]
        if email is not None and (index is None or bytes(index) != email_index(slug, email)):
            yield pk, "email"
        if phone is not None and phone != opened_contact(sealed):
            yield pk, "phone"


def _left(agency_id: int, gone: pl.DataFrame, unsure: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    numbers = {person_index(agency_id, nip) for nip in unsure["nip"] if nip}
    names = {fold(name) for name in unsure["nama"] if name}
    spared = pl.Series(
        [index in numbers or fold(name) in names
         for index, name in gone.select("index", "old_name").rows()] if names or numbers
        else [False] * gone.height,
        dtype=pl.Boolean,
    )  # fmt: skip
    return gone.filter(~spared), int(spared.sum())


def write_changes(upload: RosterUpload, changes: Changes) -> None:
    """Seal the lines for the preview."""
    for kind in KINDS:
        roster_files.write_frame(upload, kind, getattr(changes, kind))


def read_changes(upload: RosterUpload) -> Changes:
    """Return the lines that the preview shows."""
    facts = roster_files.read_facts(upload)
    frames = {kind: roster_files.read_frame(upload, kind) for kind in KINDS}
    return Changes(**frames, n_unchanged=upload.n_unchanged, n_spared=facts["n_spared"])
