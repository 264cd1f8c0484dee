"""Fill a new site with a fictional kabupaten; run as a process of that site, never imported."""

from __future__ import annotations

from datetime import UTC, datetime

import django

django.setup()

from cermin.web.organisations.models import Role  # noqa: E402
from site_factory import give_role, make_agency, make_structure, make_user  # noqa: E402

agency = make_agency("rawa-bening", name="Kabupaten Rawa Bening")
make_structure(agency, datetime.now(UTC).year + 1)
for role in Role:
    user = make_user(
        f"{role.value}@rawabening.example",
        name=f"{role.label} Rawa Bening",
        is_operator=role is Role.OWNER,
    )
    give_role(user, agency, role, "dinkes" if role is Role.CONTACT else "")
