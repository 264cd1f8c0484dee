"""When something breaks in the background: plain words, no cells in logs, nothing half done."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from cermin.web.organisations.actions.roster import discard_upload
from cermin.web.organisations.models import Employee, RosterUpload, UploadState
from cermin.web.organisations.queries import roster_files
from cermin.web.organisations.queries.roster_changes import read_changes
from cermin.web.organisations.tasks.roster import apply_upload, read_upload, resume_interrupted
from cermin.web.organisations.tasks.roster_progress import Stopped, reading_progress
from cermin.web.organisations.tasks.roster_reading import finish_reading
from roster_factory import accept, nip, person, upload, workbook
from site_factory import NOW, as_member


def book() -> bytes:
    return workbook(PNS=[person(1), person(2)])


def test_a_file_that_was_tampered_with_is_not_read(house, caplog) -> None:
    row = upload(house.agency, house.owner, book(), read=False)
    (roster_files.folder_of(row) / "source.sealed").write_bytes(b"\x01" + nip(1).encode() * 9)
    read_upload.call(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.sealed_file) == (UploadState.FAILED, "")
    assert "gangguan pada situs" in row.failure
    (record,) = [r for r in caplog.records if r.name == "cermin.roster"]
    assert record.levelno == logging.ERROR
    assert str(row.pk) in record.getMessage()
    assert nip(1) not in record.getMessage()


def test_applying_that_fails_changes_nothing_and_may_be_tried_again(house, caplog) -> None:
    row = upload(house.agency, house.owner, book())
    path = roster_files.folder_of(row) / "rows.sealed"
    content = path.read_bytes()
    path.unlink()
    row = accept(row, house.owner)
    assert (row.state, Employee.objects.count()) == (UploadState.READY, 0)
    assert "tidak ada yang berubah" in row.failure
    path.write_bytes(content)
    assert accept(row, house.owner).state == UploadState.ACCEPTED


def test_a_reader_stops_when_the_upload_is_discarded_meanwhile(house) -> None:
    row = upload(house.agency, house.owner, book())
    changes = read_changes(row)
    discard_upload(upload=row, by=as_member(house.owner, house.agency), now=NOW)
    with pytest.raises(Stopped):
        finish_reading(row, changes, n_rows=2, n_bad=0)
    with pytest.raises(Stopped):
        reading_progress(row)("langkah", 5)
    row.refresh_from_db()
    assert row.state == UploadState.DISCARDED


def test_progress_is_written_once_a_second_and_at_each_step(
    house, django_assert_num_queries
) -> None:
    row = upload(house.agency, house.owner, book(), read=False)
    tell = reading_progress(row)
    with django_assert_num_queries(2):
        for percent in range(50):
            tell("satu", percent)
        tell("dua", 50)
    row.refresh_from_db()
    assert (row.state, row.step, row.percent) == (UploadState.READING, "dua", 50)


def test_what_no_longer_exists_is_left_alone(house) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    read_upload.call(unknown)
    apply_upload.call(unknown)
    row = upload(house.agency, house.owner, book())
    read_upload.call(str(row.pk))  # read already
    apply_upload.call(str(row.pk))  # not accepted
    row.refresh_from_db()
    assert row.state == UploadState.READY


def test_files_of_finished_uploads_are_removed_later_if_need_be(house) -> None:
    row = upload(house.agency, house.owner, book())
    discard_upload(upload=row, by=as_member(house.owner, house.agency), now=NOW)
    assert roster_files.folder_of(row).exists()  # as after a kill before they were removed
    assert resume_interrupted(NOW) == 0
    assert not roster_files.folder_of(row).exists()
    assert RosterUpload.objects.get().sealed_file == ""


def test_silent_uploads_are_queued_again_once(house) -> None:
    row = upload(house.agency, house.owner, book(), read=False)
    later = row.heartbeat_at + timedelta(seconds=61)
    assert resume_interrupted(row.heartbeat_at + timedelta(seconds=59)) == 0
    assert resume_interrupted(later) == 1
    assert resume_interrupted(later) == 0
    read_upload.call(str(row.pk))
    accept(RosterUpload.objects.get(), house.owner, apply=False)
    assert resume_interrupted(NOW + timedelta(days=900)) == 1
    apply_upload.call(str(row.pk))
    assert Employee.objects.count() == 2
