from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.db import ALL_TENANTS, Database
from core.errors import Conflict, Invalid
from core.models import AuditEntry, Tenant
from customers.importing import Rejection
from customers.lists import do_not_call
from customers.lists.reading import Loaded
from customers.models import DoNotCallEntry, DoNotCallList
from tests.customers.conftest import NOW

ANN, BOB, EVE = "+12125550101", "+12125550102", "+12125550103"


def load(
    database: Database,
    text: str | bytes,
    *,
    region: str = "US",
    add: bool = False,
    as_of: datetime = NOW,
    told: list[Rejection] | None = None,
    stream: io.BufferedIOBase | None = None,
) -> Loaded:
    with database.reading(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, 1)
    content = text if isinstance(text, bytes) else text.encode()
    return do_not_call.load(
        database,
        tenant,
        stream or io.BytesIO(content),  # type: ignore[arg-type]  # any readable stream does
        region,
        as_of=as_of,
        at=NOW,
        source="registry",
        tell=(told if told is not None else []).append,
        add=add,
    )


def listed(database: Database, *addresses: str) -> set[str]:
    with database.reading(1) as session:
        return do_not_call.listed(session, list(do_not_call.current(session, 1)), addresses)


def in_force(database: Database) -> list[tuple[str, int, datetime]]:
    with database.reading(1) as session:
        return [(one.region, one.entries, one.as_of) for one in do_not_call.in_force(session, 1)]


def rows(database: Database) -> tuple[int, int]:
    with database.reading(1) as session:
        lists = session.scalar(select(func.count()).select_from(DoNotCallList)) or 0
        return lists, session.scalar(select(func.count()).select_from(DoNotCallEntry)) or 0


@pytest.mark.storage
def test_a_new_list_takes_the_place_of_the_old_one(either_database: Database) -> None:
    load(either_database, f"{ANN}\n{BOB}\n", as_of=NOW - timedelta(days=40))

    done = load(either_database, f"{BOB}\n{EVE}\n{EVE}\n")

    assert (done.lines, done.accepted, done.duplicates, done.rejected) == (3, 2, 1, 0)
    assert listed(either_database, ANN, BOB, EVE) == {BOB, EVE}
    assert in_force(either_database) == [("US", 2, NOW)]
    assert rows(either_database) == (1, 2)


@pytest.mark.storage
def test_numbers_are_added_to_the_list_in_force_and_renew_it(either_database: Database) -> None:
    load(either_database, f"{ANN}\n", as_of=NOW - timedelta(days=40))

    done = load(either_database, f"{ANN}\n{BOB}\n", add=True, as_of=NOW - timedelta(days=2))

    assert (done.accepted, done.duplicates) == (1, 1)
    assert listed(either_database, ANN, BOB) == {ANN, BOB}
    assert in_force(either_database) == [("US", 2, NOW - timedelta(days=2))]


def test_adding_an_older_file_does_not_make_the_list_older(database: Database) -> None:
    load(database, f"{ANN}\n", as_of=NOW - timedelta(days=1))
    load(database, f"{BOB}\n", add=True, as_of=NOW - timedelta(days=20))

    assert in_force(database) == [("US", 2, NOW - timedelta(days=1))]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        pytest.param("2125550101", ANN, id="ten digits"),
        pytest.param("212,5550101", ANN, id="area code apart, as the registry writes it"),
        pytest.param('"(212) 555-0101";x', ANN, id="quoted, with another cell"),
        pytest.param("+12125550101", ANN, id="E.164"),
    ],
)
def test_numbers_are_read_as_written_in_the_lists_country(
    database: Database, line: str, address: str
) -> None:
    load(database, f"phone\n{line}\n\n")

    assert listed(database, address) == {address}


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        pytest.param(f"{ANN}\n12\n", 2, "too short", id="too short"),
        pytest.param(f"{ANN}\nabcdefghij1\n", 2, "enter digits only", id="letters"),
        pytest.param(
            f"{ANN}\n+14165550123\n", 2, "belongs to CA, not to the list of US", id="another country's number"
        ),
        pytest.param(f"{ANN}\n\n+8613800138000\n", 3, "belongs to CN", id="line numbers count empty lines"),
        pytest.param(f"{ANN}\n911\n", 2, "emergency", id="emergency"),
        pytest.param(f"{ANN}\n{'1' * 70_000}\n", 2, "65,536", id="an endless line"),
        pytest.param(f"{ANN}\n".encode() + b"\xff\x00\xfe1\n", 2, "", id="bytes that are no text"),
    ],
)
def test_a_bad_line_is_told_and_the_others_count(
    database: Database, content: str | bytes, line: int, message: str
) -> None:
    told: list[Rejection] = []

    done = load(database, content, told=told)

    assert (done.accepted, done.rejected) == (1, 1)
    assert [fault.line for fault in told] == [line]
    assert message in told[0].reason
    assert listed(database, ANN) == {ANN}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param("", "empty_file", id="empty"),
        pytest.param("phone\n", "no_numbers", id="headings only"),
        pytest.param("hello\nworld 1\n", "no_numbers", id="no numbers"),
    ],
)
def test_a_useless_file_leaves_the_list_in_force(database: Database, content: str, code: str) -> None:
    load(database, f"{ANN}\n")

    with pytest.raises(Invalid) as refused:
        load(database, content)

    assert refused.value.code == code
    assert in_force(database) == [("US", 1, NOW)]
    assert rows(database) == (1, 1)


@pytest.mark.parametrize(
    ("region", "as_of", "message"),
    [
        pytest.param("XX", NOW, "enter a country such as US or GB", id="no country"),
        pytest.param("PR", NOW, "numbers of PR stand in the list of US; enter US", id="a territory"),
        pytest.param("JE", NOW, "enter GB", id="a dependency"),
        pytest.param("US", NOW + timedelta(days=1), "still to come", id="tomorrow's list"),
    ],
)
def test_a_list_that_cannot_be_is_refused(
    database: Database, region: str, as_of: datetime, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        load(database, f"{ANN}\n", region=region, as_of=as_of)

    assert rows(database) == (0, 0)


class Torn(io.BytesIO):
    """A file that breaks off while it is read; before that *meanwhile* happens."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > 6:
            raise OSError(5, "Input/output error", "list.txt")
        return super().read(size)

    read1 = read


def test_a_load_that_breaks_off_changes_nothing(database: Database) -> None:
    load(database, f"{ANN}\n")
    many = "".join(f"+1212{number:07}\n" for number in range(2_000_000, 2_200_000)).encode()

    with pytest.raises(OSError, match="Input/output error"):
        load(database, b"", stream=Torn(many))

    assert in_force(database) == [("US", 1, NOW)]
    assert rows(database) == (1, 1)


def test_adding_to_a_list_that_was_replaced_meanwhile_is_refused(database: Database) -> None:
    load(database, f"{ANN}\n")

    class Slow(io.BytesIO):
        def readable(self) -> bool:
            if not getattr(self, "done", False):
                self.done = True
                load(database, f"{BOB}\n")
            return super().readable()

    with pytest.raises(Conflict, match="replaced meanwhile"):
        load(database, b"", add=True, stream=Slow(f"{EVE}\n".encode()))

    assert listed(database, ANN, BOB, EVE) == {BOB}


def test_each_country_has_its_own_list_and_each_tenant_its_own(database: Database) -> None:
    load(database, f"{ANN}\n")
    load(database, "020 7946 0018\n", region="GB")

    assert [one[0] for one in in_force(database)] == ["GB", "US"]
    assert listed(database, ANN, "+442079460018") == {ANN, "+442079460018"}
    with database.reading(2) as session:
        assert do_not_call.in_force(session, 2) == []


def test_a_load_is_in_the_audit_trail(database: Database) -> None:
    load(database, f"{ANN}\n12\n")

    with database.reading(1) as session:
        [entry] = session.scalars(select(AuditEntry))
    assert (entry.action, entry.about) == ("do_not_call_loaded", "do_not_call:US")
    assert entry.details == {"lines": 2, "rejected": 1, "as_of": NOW.isoformat()}


def test_a_long_list_is_read_and_stored_piece_by_piece(database: Database) -> None:
    lines = [f"212,{number:07}" for number in range(2_000_000, 2_012_000)]
    lines[10] = lines[11_990] = "12"
    stream = io.BytesIO("\n".join(lines).encode())
    seen: list[tuple[int, int]] = []

    class Told(list[Rejection]):
        def append(self, fault: Rejection, /) -> None:
            seen.append((stream.tell(), rows(database)[1]))

    load(database, b"", stream=stream, told=Told())

    (read_early, stored_early), (_, stored_late) = seen
    assert read_early < len(stream.getvalue()) / 5
    assert (stored_early, stored_late) == (0, 10_000)
    assert rows(database) == (1, 11_998)
