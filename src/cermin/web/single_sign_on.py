"""Sign-in through an agency's own identity provider (OpenID Connect), described in a file.

``CERMIN_OIDC_FILE`` names a JSON file with a list of providers::

    [{"id": "rawa-bening", "name": "SSO Kabupaten Rawa Bening",
      "issuer": "https://sso.rawabening.go.id", "client_id": "cermin", "secret": "...",
      "domains": ["rawabening.go.id"]}]

``domains``: e-mail domains for which this provider's word is taken. Without them one agency's
provider could claim the address of another agency's people. A domain below is another domain.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cermin.language import N_
from cermin.web.environment import Environment, SettingError

_NEEDED = ("id", "name", "issuer", "client_id", "secret", "domains")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
    if not isinstance(providers, list) or not all(isinstance(each, dict) for each in providers):
        raise SettingError(N_("Berkas SSO {path} harus berisi daftar penyedia."), path=path)
    apps = [_app(provider, path) for provider in providers]
    if len({app["provider_id"] for app in apps}) < len(apps):
        raise SettingError(N_("Berkas SSO {path}: satu id dipakai dua kali."), path=path)
    return apps


def _app(provider: dict[str, Any], path: str) -> dict[str, Any]:
    if missing := [name for name in _NEEDED if not provider.get(name)]:
        raise SettingError(
            N_("Berkas SSO {path}: isian {names} belum ada."), path=path, names=", ".join(missing)
        )
    _check(provider, path)
    parts = urlsplit(provider["issuer"])
    return {
        "provider_id": provider["id"],
        "name": provider["name"],
        "client_id": provider["client_id"],
        "secret": provider["secret"],
        "origin": f"{parts.scheme}://{parts.netloc}",
        "settings": {"server_url": provider["issuer"], "domains": provider["domains"]},
    }


def _check(provider: dict[str, Any], path: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", str(provider["id"])):
        raise SettingError(
            N_("Berkas SSO {path}: id “{id}” harus berupa huruf kecil, angka, dan tanda hubung."),
            path=path, id=provider["id"],
        )  # fmt: skip
    if not isinstance(provider["domains"], list):
        raise SettingError(N_("Berkas SSO {path}: domains harus berupa daftar."), path=path)
    parts = urlsplit(str(provider["issuer"]))
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise SettingError(
            N_("Berkas SSO {path}: issuer {issuer} harus berawalan https://."),
            path=path, issuer=provider["issuer"],
        )  # fmt: skip
