"""TwiML documents: fetched, checked and parsed. No DTD, no entities of its own, no more than 64 kB."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from xml.parsers import expat

from exchange.webhooks import MAX_BODY, XML_TYPES, Reply

MAX_DEPTH = 16
MAX_INLINE = 4000


class BadDocument(Exception):
    """The document cannot be played; `code` is Twilio's number for why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go on: ask *url* (with extra parameters), or play *inline* TwiML."""

    url: str
    method: str = "POST"
    params: tuple[tuple[str, str], ...] = ()
    inline: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document and the URL its relative addresses start from ("" for inline TwiML)."""

    url: str
    method: str
    root: ET.Element


def read(reply: Reply, url: str, method: str) -> Document:
    """The document in a server's answer."""
    if len(reply.body) > MAX_BODY:
        raise BadDocument(11750, "the document is larger than 64 kB")
    kind = reply.content_type
    if kind in XML_TYPES:
        return Document(url, method, parse(reply.body))
    if kind.startswith("audio/"):
        return Document(url, method, _only("Play", reply.url))
    if kind == "text/plain":
        try:
            return Document(url, method, parse(reply.body))
        except BadDocument:
            return Document(url, method, _only("Say", reply.body.decode(errors="replace")))
    raise BadDocument(12300, f"content type {kind or 'missing'}: use text/xml")


def parse(body: bytes | str) -> ET.Element:
    """The <Response> in *body*."""
    builder, depth = ET.TreeBuilder(), 0
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadDocument(12100, f"elements nested deeper than {MAX_DEPTH}")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise BadDocument(12100, "a document type declaration is not allowed")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
        root = builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError) as error:
        raise BadDocument(12100, f"not well-formed: {error}") from error
    if root.tag != "Response":
        raise BadDocument(12100, f"the root element is <{root.tag}>, not <Response>")
    return root


def _only(verb: str, text: str) -> ET.Element:
    root = ET.Element("Response")
    ET.SubElement(root, verb).text = text
    return root
