"""Single people in a campaign: found, with what was decided and every attempt."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.console.browser import words
from tests.console.conftest import SignIn
from tests.console.world import Company


@pytest.fixture
def supervisor(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("Chen", ("Chen Jie", "Reached", "Attempt 1"), id="reached"),
        pytest.param("K-0002", ("Emma Clark", "Held back", "Outside contact hours", "until"), id="held"),
        pytest.param("沪A·8K3", ("Liu Yang", "Opted out of marketing"), id="blocked"),
        pytest.param("王", ("王芳", "Not reached", "Number not in service"), id="failed"),
    ],
)
def test_a_search_tells_what_became_of_somebody(
    supervisor: FlaskClient, ours: Company, text: str, said: tuple[str, ...]
) -> None:
    page = words(supervisor.get(f"/campaigns/{ours.running_id}/people", query_string={"q": text}).text)

    for word in said:
        assert word in page
    assert "Nobody found" not in page


def test_who_is_not_in_the_campaign_is_not_found(supervisor: FlaskClient, ours: Company) -> None:
    before = words(supervisor.get(f"/campaigns/{ours.draft_id}/people").text)
    page = words(supervisor.get(f"/campaigns/{ours.draft_id}/people?q=Chen").text)

    assert "Nobody found" not in before
    assert "Nobody found" in page


def test_the_page_of_a_campaign_leads_here(supervisor: FlaskClient, ours: Company) -> None:
    page = supervisor.get(f"/campaigns/{ours.running_id}").text

    assert f"/campaigns/{ours.running_id}/people" in page


def test_markup_in_the_search_is_text(supervisor: FlaskClient, ours: Company) -> None:
    page = supervisor.get(f"/campaigns/{ours.running_id}/people", query_string={"q": "<script>x"}).text

    assert "<script>x" not in page
