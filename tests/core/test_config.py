"""Settings: every wrong one is named at once, and production refuses what belongs in a demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.config import DEMO_SECRET, Config, load
from core.errors import ConfigError

KEY = Fernet.generate_key().decode()
SID = "AC" + "0" * 32
PRODUCTION = {
    "public_url": "https://carillon.example",
    "secret_keys": KEY,
    "voice_carrier": "twilio",
    "sms_carrier": "twilio",
    "fax_carrier": "signalwire",
    "twilio_account_sid": SID,
    "twilio_auth_token": "t",
    "signalwire_space": "example.signalwire.com",
    "signalwire_project": "p",
    "signalwire_token": "t",
    "signalwire_signing_key": "PSK_x",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def refused(**settings: object) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load(**settings)
    return error.value.message.splitlines()


def test_without_any_setting_the_demo_starts() -> None:
    assert not load().is_production


def test_complete_production_settings_are_usable() -> None:
    assert load(**PRODUCTION).is_production


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        pytest.param({"database_url": "mysql://x"}, "DATABASE_URL: enter sqlite:///FILE", id="database"),
        pytest.param({"database_url": "sqlite://"}, "DATABASE_URL: enter sqlite:///FILE", id="in memory"),
        pytest.param({"public_url": "carillon.example"}, "PUBLIC_URL: enter an address such as", id="no scheme"),
        pytest.param({"public_url": "http://127.0.0.1/?a=1"}, "PUBLIC_URL: enter an address", id="a query"),
        pytest.param({"public_url": "http://a:b@127.0.0.1"}, "PUBLIC_URL: enter an address", id="a password"),
        pytest.param({"public_url": "http://[::1"}, "PUBLIC_URL: enter an address such as", id="a torn host"),
        pytest.param({"public_url": "http://127.0.0.1:99999"}, "PUBLIC_URL: enter an address", id="no such port"),
        pytest.param({"public_url": "http://127.0.0.1:web"}, "PUBLIC_URL: enter an address", id="a port in words"),
        pytest.param({"database_url": "postgresql+psycopg://u:p@:::/x"}, "DATABASE_URL: enter", id="torn URL"),
        pytest.param({"database_url": "postgresql+psycopg://u:p@h"}, "DATABASE_URL: enter", id="no database"),
        pytest.param({"exchange_url": "ftp://x"}, "EXCHANGE_URL: enter an address such as", id="exchange"),
        pytest.param({"twilio_api_base": "x"}, "TWILIO_API_BASE: enter an address such as", id="api base"),
        pytest.param({"secret_keys": "short"}, "SECRET_KEYS: each key is 32 bytes", id="no key"),
        pytest.param({"secret_keys": f"{KEY},x"}, "SECRET_KEYS: each key is 32 bytes", id="second is none"),
        pytest.param({"secret_keys": " , "}, "SECRET_KEYS: enter at least one key", id="only commas"),
        pytest.param({"voice_carrier": "acme"}, "VOICE_CARRIER: Input should be 'exchange'", id="carrier"),
        pytest.param({"fax_carrier": "twilio", "twilio_account_sid": SID, "twilio_auth_token": "t"},
                     "FAX_CARRIER: Twilio ended fax on 2021-12-17", id="fax by Twilio"),
        pytest.param({"sms_carrier": "signalwire", **{k: v for k, v in PRODUCTION.items() if "signalwire_" in k}},
                     "VOICE_CARRIER, SMS_CARRIER: signalwire carries only fax here", id="SMS by SignalWire"),
        pytest.param({"sms_carrier": "twilio", "twilio_auth_token": "t"},
                     "TWILIO_ACCOUNT_SID: enter AC and 32 hexadecimal digits", id="no account"),
        pytest.param({"sms_carrier": "twilio", "twilio_account_sid": SID},
                     "TWILIO_AUTH_TOKEN: enter the account's primary auth token", id="no token"),
        pytest.param({"send_threads": "many"}, "SEND_THREADS: Input should be a valid integer", id="no number"),
        pytest.param({"send_threads": 0}, "SEND_THREADS: Input should be greater than", id="no threads"),
        pytest.param({"http_timeout_s": 16}, "HTTP_TIMEOUT_S: Input should be less than", id="a long wait"),
        pytest.param({"submit_window_s": 0}, "SUBMIT_WINDOW_S: Input should be greater than", id="no window"),
        pytest.param({"trusted_proxies": 9}, "TRUSTED_PROXIES: Input should be less than", id="proxies"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_to_enter(settings: dict[str, object], named: str) -> None:
    assert refused(**settings)[0].startswith(named)


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name.startswith("signalwire_")])
def test_each_missing_setting_of_signalwire_is_named(name: str) -> None:
    assert refused(**{**PRODUCTION, name: ""}) == [f"{name.upper()}: needed for FAX_CARRIER=signalwire"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        pytest.param({"public_url": "http://carillon.example"},
                     "PUBLIC_URL: carriers and browsers must reach production by https", id="no https"),
        pytest.param({"secret_keys": DEMO_SECRET}, "SECRET_KEYS: the demo key is public", id="demo key"),
        pytest.param({"secret_keys": f"{KEY},{DEMO_SECRET}"}, "SECRET_KEYS: the demo key", id="as second key"),
        pytest.param({"voice_carrier": "exchange"}, "VOICE_CARRIER: the embedded exchange", id="voice"),
        pytest.param({"sms_carrier": "exchange"}, "SMS_CARRIER: the embedded exchange", id="sms"),
        pytest.param({"fax_carrier": "exchange"}, "FAX_CARRIER: the embedded exchange", id="fax"),
    ],
)  # fmt: skip
def test_production_refuses_what_belongs_in_a_demo(settings: dict[str, object], named: str) -> None:
    [line] = refused(**{**PRODUCTION, **settings})

    assert line.startswith(named)


def test_everything_wrong_is_named_at_once() -> None:
    lines = refused(public_url="http://carillon.example", secret_keys=DEMO_SECRET, database_url="x")

    assert [line.split(":")[0] for line in lines] == [
        "DATABASE_URL",
        "PUBLIC_URL",
        "SECRET_KEYS",
        "VOICE_CARRIER",
        "SMS_CARRIER",
        "FAX_CARRIER",
    ]


@pytest.mark.parametrize(
    ("url", "is_production"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://127.9.9.9", False),
        ("http://[::1]:8000", False),
        ("http://localhost:8000", False),
        ("http://192.168.0.7", True),
        ("https://carillon.example", True),
        ("https://localhost.carillon.example", True),
    ],
)
def test_production_is_what_others_can_reach(url: str, is_production: bool) -> None:
    assert Config(public_url=url).is_production is is_production


def test_settings_come_from_the_environment_and_empty_ones_do_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEND_THREADS", "3")
    monkeypatch.setenv("SMS_CARRIER", "")

    assert (load().send_threads, load().sms_carrier) == (3, "exchange")


def test_a_lease_outlasts_everything_that_may_happen_in_it() -> None:
    assert load(submit_window_s=15, http_timeout_s=15, lease_margin_s=30).lease_s == 60


def test_secrets_are_not_shown() -> None:
    shown = repr(Config(**{**PRODUCTION, "twilio_auth_token": "secret-1", "signalwire_token": "secret-2"}))  # type: ignore[arg-type]  # a table

    assert "secret-" not in shown
    assert KEY not in shown


def test_a_process_with_wrong_settings_ends_with_the_reasons_and_no_traceback(tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": "x",
        "SECRET_KEYS": "y",
        "STATE_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "check"]

    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )

    assert ended.returncode not in (0, 1)
    assert "DATABASE_URL: enter" in ended.stderr
    assert "SECRET_KEYS: each key" in ended.stderr
    assert "Traceback" not in ended.stderr
