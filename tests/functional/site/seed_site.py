"""Fill a new site with a fictional kabupaten; run as a process of that site, never imported."""

from __future__ import annotations

import django

django.setup()

from pathlib import Path  # noqa: E402

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from cermin.web.organisations.models import Role  # noqa: E402
from cermin.web.sealing import make_key  # noqa: E402
from site_factory import give_role, make_agency, make_structure, make_user  # noqa: E402

make_key(Path(settings.KEY_FOLDER))
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
agency = make_agency("rawa-bening", name="Kabupaten Rawa Bening")
make_structure(agency)
for role in Role:
    user = make_user(
        f"{role.value}@rawabening.example",
        name=f"{role.label} Rawa Bening",
        is_operator=role is Role.OWNER,
    )
    give_role(user, agency, role, "dinkes" if role is Role.CONTACT else "")
