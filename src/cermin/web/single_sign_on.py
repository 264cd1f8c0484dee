"""Sign-in through an agency's own identity provider (OpenID Connect), described in a file.

``CERMIN_OIDC_FILE`` names a JSON file with a list of providers::

    [{"id": "rawa-bening", "name": "SSO Kabupaten Rawa Bening",
      "issuer": "https://sso.rawabening.go.id", "client_id": "cermin", "secret": "...",
      "domains": ["rawabening.go.id"]}]

``domains``: e-mail domains for which this provider's word is taken. Without them one agency's
provider could claim the address of another agency's people.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cermin.language import N_
from cermin.web.environment import Environment, SettingError

_NEEDED = ("id", "name", "issuer", "client_id", "secret", "domains")


def oidc_apps(env: Environment) -> list[dict[str, Any]]:
    """Return the providers as the sign-in library wants them; raise SettingError."""
    path = env.text("CERMIN_OIDC_FILE")
    if not path:
        return []
    try:
        providers = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(
            N_("Berkas SSO {path} tidak terbaca: {reason}"), path=path, reason=error
        ) from error
    return [_app(provider, path) for provider in providers]


def _app(provider: dict[str, Any], path: str) -> dict[str, Any]:
    if missing := [name for name in _NEEDED if not provider.get(name)]:
        raise SettingError(
            N_("Berkas SSO {path}: isian {names} belum ada."), path=path, names=", ".join(missing)
        )
    parts = urlsplit(provider["issuer"])
    return {
        "provider_id": provider["id"],
        "name": provider["name"],
        "client_id": provider["client_id"],
        "secret": provider["secret"],
        "origin": f"{parts.scheme}://{parts.netloc}",
        "settings": {"server_url": provider["issuer"], "domains": provider["domains"]},
    }
