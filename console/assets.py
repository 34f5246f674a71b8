"""Static files: served by WhiteNoise to be kept for good, addressed by the hash of what is in them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

FOLDER = Path(__file__).parent.parent / "static"
ICONS = "vendor/lucide-1.62.0.svg"


@lru_cache(None)
def asset(path: str) -> str:
    """The address of static file *path*; it changes whenever the file does."""
    digest = hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def init_app(app: Flask) -> None:
    """Serve the folder, and let templates name its files."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # the way WSGI middleware is put in
        app.wsgi_app,
        root=FOLDER,
        prefix="static/",
        allow_all_origins=False,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_add_headers,
    )
    app.jinja_env.globals.update(asset=asset, icons=asset(ICONS))
