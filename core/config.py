"""
Every setting, from the environment only. `flask check` reports all wrong ones at once; every start runs it first.

Production means that PUBLIC_URL is not a loopback address: then the exchange, a turned clock and demo secrets are refused.
"""

from __future__ import annotations

import base64
import re
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.errors import ConfigError

DEMO_SECRET = base64.urlsafe_b64encode(b"carillon demo: never production!").decode()
CarrierName = Literal["exchange", "twilio", "signalwire"]


class Config(BaseSettings):
    """One field per environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    database_url: str = Field(
        "sqlite:///var/carillon.db",
        description="SQLAlchemy URL: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address at which carriers reach this service; signatures are checked against it",
    )
    secret_keys: str = Field(
        DEMO_SECRET,
        description="Fernet keys, comma separated, newest first; a second one lets you rotate (make one with: flask secret)",
        repr=False,
    )
    state_dir: Path = Field(
        Path("var"), description="Folder for the spool and the hotline's snapshot; must survive restarts"
    )
    voice_carrier: CarrierName = Field(
        "exchange", description="Who carries calls: exchange (embedded) or twilio"
    )
    sms_carrier: CarrierName = Field("exchange", description="Who carries SMS: exchange (embedded) or twilio")
    fax_carrier: CarrierName = Field(
        "exchange",
        description="Who carries faxes: exchange (embedded) or signalwire (Twilio ended fax in 2021)",
    )
    exchange_url: str = Field("http://127.0.0.1:8001", description="Address of the embedded exchange")
    exchange_account_sid: str = Field("AC" + "0" * 31 + "1", description="Account at the embedded exchange")
    exchange_auth_token: str = Field("exchange-demo-token", description="Its auth token", repr=False)
    twilio_account_sid: str = Field("", description="Account SID, AC and 32 hexadecimal digits")
    twilio_auth_token: str = Field("", description="Primary auth token; it also signs webhooks", repr=False)
    twilio_auth_token_previous: str = Field(
        "", description="A second accepted token while you rotate", repr=False
    )
    twilio_api_base: str = Field("https://api.twilio.com", description="Any Twilio-shaped server")
    signalwire_space: str = Field("", description="Your space, such as example.signalwire.com")
    signalwire_project: str = Field("", description="Project ID")
    signalwire_token: str = Field("", description="API token", repr=False)
    signalwire_signing_key: str = Field("", description="Signing key PSK_…, which signs webhooks", repr=False)
    send_threads: int = Field(16, ge=1, le=128, description="Threads of the worker that post to carriers")
    submit_window_s: float = Field(
        15, ge=1, le=60, description="Seconds in which what the worker claimed must be on its way"
    )
    http_timeout_s: float = Field(15, ge=1, le=15, description="Seconds a carrier may take to answer")
    lease_margin_s: float = Field(
        30, ge=1, le=300, description="Seconds beyond both after which a claim is taken for abandoned"
    )
    metrics_token: str = Field(
        "",
        description="Bearer token that /metrics asks for; without one it answers this computer only",
        repr=False,
    )
    host_name: str = Field(
        "", description="Name under which this machine answers for its spool; its host name if empty"
    )
    session_hours: int = Field(10, ge=1, le=72, description="Hours after which staff sign in again")
    api_requests_per_minute: int = Field(
        600, ge=1, le=1_000_000, description="Requests to /api/v1 a key may make in a minute"
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Proxies in front whose X-Forwarded-For is believed"
    )

    @property
    def lease_s(self) -> float:
        """Seconds after which what a worker had claimed belongs to nobody again."""
        return self.submit_window_s + self.http_timeout_s + self.lease_margin_s

    @property
    def is_production(self) -> bool:
        """Whether the outside world can reach PUBLIC_URL."""
        parts = _split(self.public_url)
        host = (parts and parts.hostname) or ""
        try:
            return not ip_address(host).is_loopback
        except ValueError:
            return host != "localhost"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The Fernet keys, newest first."""
        return tuple(key.strip() for key in self.secret_keys.split(",") if key.strip())

    def carrier_of(self, channel: str) -> str:
        """The name in CARRIERS that carries *channel*."""
        return {"voice": self.voice_carrier, "sms": self.sms_carrier, "fax": self.fax_carrier}[channel]

    def problems(self) -> list[str]:
        """What is wrong with the values taken together, one sentence each."""
        found = [*self._wrong_urls(), *self._wrong_keys(), *self._wrong_carriers()]
        return found + (self._wrong_in_production() if self.is_production else [])

    def _wrong_urls(self) -> list[str]:
        found = []
        for name in ("public_url", "exchange_url", "twilio_api_base"):
            parts = _split(getattr(self, name))
            if (
                parts is None
                or parts.scheme not in ("http", "https")
                or not parts.hostname
                or parts.query
                or parts.fragment
                or parts.username
            ):
                found.append(f"{name.upper()}: enter an address such as https://carillon.example.com")
        if not re.match(r"(sqlite:///.|postgresql\+psycopg://.)", self.database_url) or not _is_database(
            self.database_url
        ):
            found.append("DATABASE_URL: enter sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
        return found

    def _wrong_keys(self) -> list[str]:
        try:
            for key in self.keys:
                Fernet(key)
        except ValueError:
            return ["SECRET_KEYS: each key is 32 bytes in URL-safe base64; make one with: flask secret"]
        return [] if self.keys else ["SECRET_KEYS: enter at least one key; make one with: flask secret"]

    def _wrong_carriers(self) -> list[str]:
        found = []
        used = {self.voice_carrier, self.sms_carrier, self.fax_carrier}
        if self.fax_carrier == "twilio":
            found.append("FAX_CARRIER: Twilio ended fax on 2021-12-17 (error 34005); enter signalwire")
        if "signalwire" in (self.voice_carrier, self.sms_carrier):
            found.append("VOICE_CARRIER, SMS_CARRIER: signalwire carries only fax here; enter twilio")
        if "twilio" in used and not re.fullmatch(r"AC[0-9a-f]{32}", self.twilio_account_sid):
            found.append("TWILIO_ACCOUNT_SID: enter AC and 32 hexadecimal digits")
        if "twilio" in used and not self.twilio_auth_token:
            found.append("TWILIO_AUTH_TOKEN: enter the account's primary auth token")
        if "signalwire" in used:
            names = ("signalwire_space", "signalwire_project", "signalwire_token", "signalwire_signing_key")
            found += [
                f"{name.upper()}: needed for FAX_CARRIER=signalwire"
                for name in names
                if not getattr(self, name)
            ]
        return found

    def _wrong_in_production(self) -> list[str]:
        found = []
        if not self.public_url.lower().startswith("https:"):
            found.append("PUBLIC_URL: carriers and browsers must reach production by https")
        if DEMO_SECRET in self.keys:
            found.append("SECRET_KEYS: the demo key is public; make your own with: flask secret")
        for channel in ("voice", "sms", "fax"):
            if self.carrier_of(channel) == "exchange":
                found.append(
                    f"{channel.upper()}_CARRIER: the embedded exchange reaches nobody in production; enter a real carrier"
                )
        return found


def _split(url: str) -> SplitResult | None:
    """The parts of *url*, or None if it is no address: a broken host, a port that is none."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _is_database(url: str) -> bool:
    try:
        return bool(make_url(url).database)
    except (ArgumentError, ValueError):
        return False


def described() -> str:
    """Every setting as a commented line of an environment file. Defaults that are secrets are left out."""
    lines = [
        "# Every setting of Carillon, with its default. Only the environment is read, never this file.",
        "",
    ]
    for name, field in Config.model_fields.items():
        default = "" if field.repr is False else field.default
        lines += [f"# {field.description}", f"#{name.upper()}={default}", ""]
    return "\n".join(lines)


def load(**overrides: object) -> Config:
    """The settings of this process. Raises ConfigError naming every wrong value at once."""
    try:
        config = Config(**overrides)  # type: ignore[arg-type]  # pydantic checks the types
    except ValidationError as error:
        lines = [f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigError("bad_settings", "\n".join(lines)) from None
    if problems := config.problems():
        raise ConfigError("bad_settings", "\n".join(problems))
    return config
