"""The console in a real browser: the content policy holds, buttons work, nothing is wrong with what they lead to."""

from __future__ import annotations

from pathlib import Path

from console.access import COOKIE
from tests.console.screens import Console, console, needs_chromium, served, until
from tests.console.world import PASSWORD

__all__ = ["console", "served"]
pytestmark = needs_chromium


def test_an_error_page_is_accessible(console: Console) -> None:
    page = console.open("/campaigns/99999")

    assert [fault for fault in console.faults(page) if "404" not in fault] == []


def test_signing_in_leads_to_the_page_asked_for(console: Console) -> None:
    page = console.open("/calls", is_signed_in=False)
    page.fill("#email", console.ours.email("supervisor"))
    page.fill("#password", "wrong password here")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errsum")
    assert [fault for fault in console.faults(page) if "422" not in fault] == []

    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls")


def test_pausing_and_resuming_on_the_live_page(console: Console) -> None:
    page = console.open(f"/campaigns/{console.ours.running_id}")

    page.click("#toggle")
    until(page, "document.querySelector('#live').dataset.state === 'paused'")
    assert "Resume" in page.inner_text("#toggle")
    assert page.evaluate("document.activeElement.id") == "toggle"
    assert "Paused." in page.inner_text("#toast")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#live').dataset.state === 'running'")
    assert console.faults(page) == []


def test_a_change_by_a_colleague_arrives_by_itself(console: Console) -> None:
    mine = console.open(f"/campaigns/{console.ours.running_id}")
    theirs = console.open(f"/campaigns/{console.ours.running_id}")

    theirs.click("#toggle")
    until(theirs, "document.querySelector('#live').dataset.state === 'paused'")
    until(mine, "document.querySelector('#live').dataset.state === 'paused'")
    theirs.click("#toggle")
    until(theirs, "document.querySelector('#live').dataset.state === 'running'")
    assert console.errors == []


def test_the_stop_dialog_keeps_the_safe_answer_in_focus(console: Console) -> None:
    page = console.open(f"/campaigns/{console.ours.running_id}", lang="zh")

    page.click("#cancel-form button")
    assert page.inner_text("#left") == "3"
    assert page.evaluate("document.activeElement.textContent") == "继续发送"
    assert console.faults(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.dialog") == "cancel-dlg"
    assert page.get_attribute("#live", "data-state") == "running"


def test_the_theme_changes_at_once_and_stays(console: Console) -> None:
    page = console.open("/today", width=1280)

    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert page.get_attribute("#theme", "aria-pressed") == "true"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_switching_the_language_stays_on_the_page(console: Console) -> None:
    page = console.open("/calls?direction=in")

    page.click("button[name=language]")
    page.wait_for_url("**/calls?direction=in")
    assert page.inner_text("h1") == "通话"


def test_a_slash_leads_to_the_search(console: Console) -> None:
    page = console.open("/today")
    page.keyboard.press("/")
    page.keyboard.type("王")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers?q=*")

    assert page.inner_text("tbody th") == "王芳"


def test_a_message_without_a_note_is_sent_back_to_its_field(console: Console) -> None:
    page = console.open("/voicemail")
    field_of = f"#note-{console.ours.message_id}"

    page.press(field_of, "Enter")
    page.wait_for_selector(".errsum")
    assert page.get_attribute(field_of, "aria-invalid") == "true"
    assert [fault for fault in console.faults(page) if "422" not in fault] == []


def test_a_file_is_checked_in_the_browser(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("name,mobile,notes\nSun Qian,13911110009,VIP\nZhao Lei,138112,\n", encoding="utf-8")
    page = console.open("/import", lang="zh", width=390)

    page.set_input_files("#file", file)
    page.click("form .btn.primary")
    page.wait_for_selector("td.err")
    assert console.faults(page) == []


def test_without_scripts_the_same_buttons_lead_to_pages(console: Console) -> None:
    context = console.browser.new_context(java_script_enabled=False, base_url=console.url)
    context.add_cookies([{"name": COOKIE, "value": console.token, "url": console.url}])
    page = context.new_page()
    path = f"/campaigns/{console.ours.running_id}"

    page.goto(path)
    page.click("#toggle")
    assert page.get_attribute("#live", "data-state") == "paused"
    page.click("#toggle")
    assert page.get_attribute("#live", "data-state") == "running"
    page.click("#cancel-form button")
    assert page.url.endswith(f"{path}/cancel?") or page.url.endswith(f"{path}/cancel")
    page.click("form:has([data-close]) button")
    assert page.get_attribute("#live", "data-state") == "running"
