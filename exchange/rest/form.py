"""A urlencoded form with Twilio's kinds of values; a wrong one is refused with its name and what is allowed."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from exchange.rest.errors import Refusal


class Form:
    """The parameters of one request."""

    def __init__(self, encoded: str) -> None:
        self.encoded = encoded
        try:
            self._values = parse_qs(encoded, keep_blank_values=True, max_num_fields=1000, errors="strict")
        except (ValueError, UnicodeDecodeError) as error:
            raise Refusal(20001, "The parameters are not urlencoded UTF-8") from error
        if "\x00" in encoded or "%00" in encoded:
            raise Refusal(20001, "The parameters contain a NUL character")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> set[str]:
        """The names given."""
        return set(self._values)

    def text(self, name: str, default: str = "") -> str:
        """The last value of *name*."""
        return self._values[name][-1] if name in self._values else default

    def all(self, name: str) -> list[str]:
        """All values of *name*."""
        return self._values.get(name, [])

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19 and low <= int(text) <= high):
            raise Refusal(20001, f"Invalid parameter {name}: {text!r}; a whole number from {low} to {high}")
        return int(text)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        text = self.text(name) or default
        if text not in allowed:
            raise Refusal(20001, f"Invalid parameter {name}: {text!r}; one of {', '.join(allowed)}")
        return text

    def url(self, name: str, code: int = 21609) -> str:
        """An absolute web address, or "" if not given."""
        text = self.text(name)
        if text and not is_url(text):
            raise Refusal(code, text)
        return text


def is_url(text: str) -> bool:
    """Whether *text* is an absolute http(s) address with a host a webhook may have."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    printable = text.isprintable() and " " not in text
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host and printable
