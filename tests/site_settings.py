"""The site's own settings in a throw-away folder; SQLite, or the PostgreSQL of a variable."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from cermin.web.sealing import make_key

_folder = Path(tempfile.mkdtemp(prefix="cermin-site-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
make_key(_folder / "keys")
(_folder / "static").mkdir()
os.environ.update(
    CERMIN_SITE=str(_folder),
    CERMIN_SECRET_KEY="only-for-tests-" + "x" * 50,
    CERMIN_HTTPS="0",
    CERMIN_HOSTS="testserver,127.0.0.1,localhost",
    CERMIN_DATABASE_URL=os.environ.get("CERMIN_TEST_DATABASE", ""),
)

from cermin.web.settings import *  # noqa: E402, F403 - the settings under test

STORAGES["staticfiles"] = {  # noqa: F405 - static files are collected in the functional tests
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, and never shipped
