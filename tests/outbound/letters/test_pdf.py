"""A letter says what it must, shows what it says, and is the same every time."""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from core.errors import Invalid
from outbound.letters import Letter, OptOut, check, missing_glyphs, to_pdf
from outbound.letters.ink import Box, Text, draw, width
from outbound.letters.layout import LEFT, RIGHT, pages
from outbound.letters.letter import PAGE_SIZES, checked

DOTS = 2


def texts(pdf: bytes) -> list[str]:
    """What is written on each page, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    found = [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    document.close()
    return found


def picture(pdf: bytes, page: int = 0) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    image = document[page].render(scale=DOTS, grayscale=True).to_pil()
    document.close()
    return image


def ink(image: Image.Image, mark: Text) -> int:
    """How many dots of *image* are dark where *mark* stands."""
    bottom = image.height - mark.y * DOTS
    left = mark.x * DOTS
    box = (
        left,
        bottom - mark.size * DOTS,
        left + width(mark.text, mark.size) * DOTS,
        bottom + mark.size * DOTS / 4,
    )
    return sum(image.crop(tuple(map(round, box))).histogram()[:128])  # type: ignore[arg-type]  # four of them


def test_a_letter_names_sender_phone_date_time_and_page_on_every_page(english: Letter) -> None:
    long = to_pdf(replace(english, body=("word " * 200,) * 8))

    assert len(texts(long)) == 3
    for number, text in enumerate(texts(long), 1):
        head = "2026-04-28 09:30 CDT From: Northwind Motor Service, Inc., +1 800-555-0199 To: +1 312-555-0142"
        assert head in text
        assert f"Page {number}/3" in text


def test_the_first_page_tells_how_to_stop_such_faxes(english: Letter) -> None:
    first, *rest = texts(to_pdf(replace(english, body=("word " * 200,) * 8)))

    for words in (
        "at any time",
        "free of charge",
        "24 hours",
        "+1 800-555-0199",
        "+1 800-555-0198",
        "30 days",
    ):
        assert words in first[first.index("Don't want faxes") :]
    assert not any("Don't want faxes" in text for text in rest)


def test_the_notice_stands_in_every_language_asked_for(chinese: Letter) -> None:
    (text,) = texts(to_pdf(chinese))

    assert "您可随时免费要求我们不再向您发送广告传真" in text
    assert "You may ask us at any time" in text
    assert text.count("800-820-0001") == 2


def test_a_service_letter_needs_no_notice(english: Letter) -> None:
    assert "Don't want faxes" not in texts(to_pdf(replace(english, opt_out=None)))[0]


def test_the_whole_letter_can_be_read_back(chinese: Letter, english: Letter) -> None:
    for letter in (chinese, english):
        (text,) = texts(to_pdf(letter))
        bare = "".join(text.split())
        for value in (
            letter.sender,
            letter.recipient,
            letter.recipient_company,
            letter.subject,
            *letter.body,
        ):
            assert "".join(value.split()) in bare
        for value in letter.signature.split():
            assert value in text


def test_the_same_letter_is_the_same_file(english: Letter, chinese: Letter) -> None:
    for letter in (english, chinese):
        assert to_pdf(letter) == to_pdf(replace(letter))
    assert to_pdf(english) != to_pdf(replace(english, recipient="Ms. Ada Okonkwa"))


def test_many_threads_write_the_same_files_as_one(english: Letter, chinese: Letter) -> None:
    letters = [
        replace(
            letter, recipient=f"{letter.recipient} {number}", subject=chr(0x5000 + 40 * number + number) * 30
        )
        for number in range(12)
        for letter in (english, chinese)
    ]
    alone = [hashlib.sha256(to_pdf(letter)).hexdigest() for letter in letters]

    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda letter: hashlib.sha256(to_pdf(letter)).hexdigest(), letters * 2))
    finally:
        sys.setswitchinterval(0.005)

    assert together == alone * 2


def test_every_line_of_a_letter_leaves_ink_and_stays_between_the_margins(
    english: Letter, chinese: Letter
) -> None:
    for letter in (english, chinese):
        image = picture(to_pdf(letter))
        across, _ = PAGE_SIZES[letter.page_size]
        for mark in pages(checked(letter))[0]:
            if isinstance(mark, Text) and mark.text:
                assert ink(image, mark) > 5 * len(mark.text.replace(" ", ""))
                wide = width(mark.text, mark.size) + mark.spacing * (len(mark.text) - 1)
                assert mark.x >= LEFT
                assert mark.x + wide <= across - RIGHT + 0.01


@pytest.mark.parametrize(
    "above",
    [
        pytest.param(Text(50, 150, "above", 12, bold=True), id="a bold line"),
        pytest.param(Text(50, 150, "above", 12, spacing=3.0), id="a spaced line"),
    ],
)
def test_a_line_looks_the_same_whatever_stands_above_it(above: Text) -> None:
    below = Text(50, 50, "the line below 下面", 12)
    lower_half = (0, 200, 400, 400)
    both, alone = (picture(draw([marks], (200, 200), "", "", "en")) for marks in ([above, below], [below]))

    assert both.crop(lower_half).tobytes() == alone.crop(lower_half).tobytes()
    assert both.tobytes() != alone.tobytes()


def test_another_name_changes_the_page_where_the_name_stands_and_nowhere_else(english: Letter) -> None:
    letter = replace(english, body=("Hello.",))
    changed = ImageChops.difference(
        picture(to_pdf(letter)), picture(to_pdf(replace(letter, recipient="Mr. Bo Li")))
    ).getbbox()
    mark = next(m for m in pages(checked(letter))[0] if isinstance(m, Text) and m.text == "Ms. Ada Okonkwo")
    base = (PAGE_SIZES["Letter"][1] - mark.y) * DOTS

    assert changed is not None
    assert changed[0] >= mark.x * DOTS - 1
    assert changed[1] >= base - mark.size * DOTS
    assert changed[3] <= base + mark.size * DOTS / 2


HOSTILE = [
    "<b>Bold</b> & <i>Co</i>",
    '<img src="file:///etc/passwd"/>',
    "<font size=99>X</font>",
    '<a href="http://example.com">here</a>',
    "</para><para>",
    "&amp; &#65; &lt;",
    "%(name)s {0} {sender} {{ x }}",
    "(a) Tj ET \\( \\) \\000 <</JS (x)>>",
    "A\\nB \\ ( ) ] [",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_is_only_characters(english: Letter, name: str) -> None:
    letter = replace(
        english,
        recipient=name,
        recipient_company=name,
        subject=name,
        sender=name,
        body=(name,),
        signature=name,
    )
    (text,) = texts(to_pdf(letter))

    assert text.count(name) >= 6


def test_control_and_invisible_characters_vanish_and_accents_are_composed(english: Letter) -> None:
    letter = replace(english, recipient="Jose\u0301\x00 \u202eGarci\u0301a\u200b\x1b\u00ad", opt_out=None)

    assert "José García" in texts(to_pdf(letter))[0]


def test_curly_quotes_stay_among_chinese_letters_and_are_typed_among_latin_ones(english: Letter) -> None:
    (text,) = texts(to_pdf(replace(english, body=("O’Brien said “yes” to “春季” and 参加“Spring”活动",))))

    assert 'O\'Brien said "yes" to “春季” and 参加“Spring”活动' in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Dear Ann,\n你好，世界！ — €5 ½ é Ž Ω Я", set(), id="all there"),
        pytest.param("hi 😀", {"😀"}, id="an emoji"),
        pytest.param("𠮷野家", {"𠮷"}, id="an ideograph beyond the first plane"),
        pytest.param("㐂", {"㐂"}, id="a rare one"),
        pytest.param("lǎo shī", {"ǎ"}, id="listed by the font, but without an outline"),
        pytest.param("37 ℃", set(), id="℃ is drawn as °C"),
        pytest.param("שלום", set("שלום"), id="Hebrew"),
        pytest.param("a\u0308\u0301\u0323", {"\u0308", "\u0301"}, id="accents that do not compose"),
        pytest.param("non\u2011breaking\u00a0space\u2028line", set(), id="special blanks and hyphens"),
    ],
)
def test_characters_the_font_would_leave_blank_are_found(text: str, expected: set[str]) -> None:
    assert missing_glyphs(text) == expected


def test_a_letter_with_a_character_the_font_lacks_is_refused_by_that_character(english: Letter) -> None:
    for field in ("recipient", "sender", "subject", "signature", "recipient_company", "sender_address"):
        with pytest.raises(Invalid, match="cannot draw 😀"):
            to_pdf(replace(english, **{field: "Ann 😀"}))  # type: ignore[arg-type]  # each of these is a str
    with pytest.raises(Invalid, match="cannot draw 𠮷"):
        to_pdf(replace(english, body=("𠮷",)))


def test_a_letter_of_more_than_four_pages_is_refused(english: Letter) -> None:
    assert len(texts(to_pdf(replace(english, body=("line\n" * 140,))))) == 4
    for body in (("line\n" * 260,), ("x" * 20_001,), ("word",) * 400):
        with pytest.raises(Invalid, match="shorten"):
            to_pdf(replace(english, body=body))


def test_a_check_counts_the_pages_that_would_be_drawn(english: Letter, chinese: Letter) -> None:
    for letter in (english, chinese, replace(english, body=("word " * 200,) * 8)):
        assert check(letter) == len(texts(to_pdf(letter)))


def test_a_paragraph_never_leaves_one_line_alone_on_a_page(english: Letter) -> None:
    for count in range(15, 45):
        letter = replace(english, body=("first", "word\n" * count + "last"), opt_out=None, signature="")
        for page in pages(checked(letter))[1:]:
            assert len([mark for mark in page if isinstance(mark, Text) and mark.size == 11.0]) >= 2


REFUSED: list[Any] = [
    pytest.param({"sender": " "}, "sender: enter", id="no sender"),
    pytest.param({"sender_phone": ""}, "sender_phone: enter", id="no phone of the sender"),
    pytest.param({"recipient": "\x00"}, "recipient: enter", id="no recipient"),
    pytest.param({"subject": ""}, "subject: enter", id="no subject"),
    pytest.param({"body": ()}, "body: enter", id="no text"),
    pytest.param({"body": (" ", "\n")}, "body: enter", id="a blank text"),
    pytest.param({"recipient": "x" * 121}, "recipient: shorten it to 120", id="a name too long"),
    pytest.param({"recipient": "a\nb"}, "recipient: enter it on one line", id="a name on two lines"),
    pytest.param({"signature": "a\n" * 9}, "signature: enter it on at most 8 lines", id="a tall signature"),
    pytest.param({"language": "fr"}, "'fr' is none of en, zh", id="a language without words"),
    pytest.param({"notice_languages": ("xx",)}, "'xx' is none of en, zh", id="a notice without words"),
    pytest.param({"page_size": "A0"}, "'A0' is none of A4, Letter", id="a page too large"),
    pytest.param(
        {"opt_out": OptOut("+18005550199", " ")}, "must name both", id="a notice without a fax number"
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_cannot_be_sent_is_refused_by_field(
    english: Letter, change: dict[str, Any], message: str
) -> None:
    for ask in (to_pdf, check):
        with pytest.raises(Invalid, match=message):
            ask(replace(english, **change))


def test_a_time_without_a_zone_is_a_mistake_of_ours(english: Letter) -> None:
    with pytest.raises(ValueError, match="zone"):
        to_pdf(replace(english, sent_at=datetime(2026, 4, 28)))  # noqa: DTZ001  # that is the point


def test_the_longest_fields_still_leave_room_on_the_page(chinese: Letter) -> None:
    letter = replace(
        chinese,
        **{  # type: ignore[arg-type]  # each of these is a str
            name: "国" * 40 if name.endswith(("phone", "fax")) else "国" * 120
            for name in (
                "sender",
                "sender_phone",
                "recipient",
                "recipient_company",
                "recipient_fax",
                "subject",
            )
        },
        sender_address="国" * 300,
        opt_out=OptOut("国" * 40, "国" * 40),
    )

    for page in pages(checked(letter)):
        assert all(mark.y > 40 for mark in page if isinstance(mark, Text))
    frames = [mark for mark in pages(checked(letter))[0] if isinstance(mark, Box) and mark.height]
    lowest = min(m.y for m in pages(checked(letter))[0] if isinstance(m, Text) and m.size == 11.0)
    assert lowest > frames[0].y + frames[0].height


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_at_all_is_either_a_letter_or_refused(english_text: str, name: str) -> None:
    letter = Letter(
        sender="Northwind",
        sender_phone="+18005550199",
        recipient=name,
        subject="Hello",
        body=(english_text,),
        sent_at=datetime.fromisoformat("2026-04-28T09:30+00:00"),
    )
    try:
        pdf = to_pdf(letter)
    except Invalid:
        return
    assert pdf.startswith(b"%PDF")
