"""nginx in front of a site, with the file that we ship: only its ports and paths are the test's."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ports import free_port
from site_processes import Site

NGINX = shutil.which("nginx") or next(
    (path for path in ("/usr/sbin/nginx",) if Path(path).exists()), None
)


@dataclass(frozen=True)
class Proxy:
    """A proxy that listens with TLS."""

    port: int
    folder: Path

    @property
    def written(self) -> dict[str, str]:
        """Every file below its folder, logs and temporary files of bodies among them."""
        return {
            str(path.relative_to(self.folder)): path.read_text(errors="replace")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.suffix not in {".pem", ".conf", ".pid"}
        }


@contextmanager
def nginx(site: Site, host: str, upstream: int, folder: Path) -> Iterator[Proxy]:
    """Serve ``site``, which listens on ``upstream``, through nginx."""
    folder.mkdir(mode=0o755)
    proxy = Proxy(free_port(), folder)
    _write_certificate(folder, host)
    site.run("deploy-files", "--output", folder / "deploy", "--port", upstream)
    shipped = (folder / "deploy" / "nginx.conf").read_text()
    shutil.rmtree(folder / "deploy")
    plain = free_port()
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{proxy.port}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        (f"/etc/letsencrypt/live/{host}", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert old in shipped
        shipped = shipped.replace(old, new)
    kept = [line for line in shipped.splitlines() if "listen [::]" not in line]
    (folder / "site.conf").write_text("\n".join(kept))
    (folder / "nginx.conf").write_text(
        f"user {'root' if os.geteuid() == 0 else 'nobody'}; daemon off; pid {folder}/nginx.pid;"
        f"error_log {folder}/main.error.log; worker_processes 1; events {{ }}\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
        f" fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;"
        f" access_log {folder}/default.access.log; include {folder}/site.conf; }}\n"
    )
    assert NGINX is not None
    process = subprocess.Popen(
        [NGINX, "-c", str(folder / "nginx.conf"), "-e", f"{folder}/start.log"]
    )
    try:
        _wait(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait()


def _wait(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not (proxy.folder / "nginx.pid").exists():
        assert process.poll() is None, proxy.written
        assert time.monotonic() < end
        time.sleep(0.05)


def _write_certificate(folder: Path, host: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
