"""Every line of the after-sales regulation (R-30 to R-58) has a test that shows it: where it stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
# requirement -> tests, as file::function below tests/
SHOWN: Mapping[str, tuple[str, ...]] = {
    "R-30 whose it is": ("aftersales/test_promises.py::test_a_promise_is_somebody_s",),
    "R-31 a file in two days": ("aftersales/test_acceptance.py::test_intake_on_monday_2_march_file_due_at_the_end_of_4_march",),
    "R-32 what is in it": ("console/test_registers.py::test_a_form_is_on_screen_on_paper_and_a_table",),
    "R-33 what comes next": (
        "aftersales/test_next_service.py::test_all_five_reasons_to_call_are_proposed_in_their_order",
        "aftersales/test_service_due.py::test_who_is_due_is_told_once",
        "aftersales/test_service_due.py::test_who_has_no_line_is_written_to_and_told_once_that_is_posted",
    ),
    "R-34 planned when filed": ("aftersales/test_files.py::test_a_file_without_the_next_contact_is_not_complete",),
    "R-35 seven contents": (
        "aftersales/test_plan.py::test_seven_things_may_be_talked_about_and_a_call_without_the_opinion_needs_none",
    ),
    "R-36 what, when and where": ("broadcast/test_notices.py::test_nothing_is_launched_for_an_event_that_is_not_told_in_full",),
    "R-37 the first call": ("aftersales/test_acceptance.py::test_delivered_on_2_march_first_call_from_5_to_9_march",),
    "R-38 the second": ("aftersales/test_acceptance.py::test_first_call_on_6_march_second_from_13_to_20_march_without_its_topics",),
    "R-39 no repetition": ("aftersales/test_plan.py::test_the_second_call_repeats_nothing",),
    "R-40 the opinion": ("aftersales/test_plan.py::test_what_is_wrong_is_said_by_field_and_nothing_written",),
    "R-41 demand, wish, complaint": ("aftersales/test_plan.py::test_demands_wishes_and_complaints_open_a_case",),
    "R-42 answered at once": ("aftersales/test_resolving.py::test_what_was_answered_on_the_call_waits_for_no_second_one",),
    "R-43 before the supervisor": (
        "aftersales/test_acceptance.py::test_a_demand_of_6_march_is_before_the_supervisor_at_the_end_of_8_march",
    ),
    "R-44 told the same day": ("aftersales/test_acceptance.py::test_a_solution_is_told_on_the_day_it_exists",),
    "R-45 satisfied": (
        "aftersales/test_resolving.py::test_a_case_is_not_closed_when",
        "aftersales/test_resolving.py::test_a_supervisor_closes_with_a_reason_once",
    ),
    "R-46 two weeks ahead": (
        "broadcast/test_notices.py::test_calls_end_two_weeks_ahead_and_letters_two_days_after_each_call",
        "broadcast/test_notices.py::test_who_launches_later_than_two_weeks_ahead_is_warned_and_calls_until_it_begins",
    ),
    "R-47 kinds of events": ("console/test_events.py::test_an_event_is_entered_shown_and_changed",),
    "R-48 every call": (
        "aftersales/test_acceptance.py::test_who_calls_and_says_nothing_is_on_record",
        "console/test_care.py::test_a_call_somebody_took_waits_for_its_note",
        "ivr/queue/test_queue.py::test_a_caller_waits_is_offered_and_talks",
    ),
    "R-49 every letter": (
        "aftersales/test_letters.py::test_a_fax_that_was_sent_is_registered_as_it_ended",
        "aftersales/test_letters.py::test_a_letter_by_post_is_entered_under_its_day_and_what_became_of_it",
    ),
    "R-50 four forms": ("console/test_registers.py::test_a_form_is_on_screen_on_paper_and_a_table",),
    "R-51 who is assigned": ("console/test_care.py::test_only_a_supervisor_gives_calls_to_somebody_or_gives_them_up",),
    "R-52 a stand-in": (
        "aftersales/test_acceptance.py::test_ann_is_away_from_10_to_12_march_and_her_calls_are_bob_s",
        "aftersales/test_acceptance.py::test_a_stand_in_of_another_department_is_refused",
    ),
    "R-53 the supervisor checks": (
        "aftersales/test_acceptance.py::test_three_calls_without_an_answer_by_9_march_are_overdue_and_before_the_supervisor",
    ),
    "R-54 reports": (
        "aftersales/test_acceptance.py::test_the_report_of_march_is_drafted_on_1_april_and_locked_once_signed",
        "aftersales/test_acceptance.py::test_the_report_of_the_year_is_drafted_on_1_january",
        "console/test_registers.py::test_a_signed_summary_is_the_same_to_the_byte_for_ever",
    ),
    "R-55 eight steps": (
        "aftersales/test_work_orders.py::test_a_job_goes_through_all_eight_steps",
        "aftersales/test_work_orders.py::test_delivery_promises_the_first_follow_up_and_intake_a_file",
    ),
    "R-56 consent": (
        "stories/test_extra_work_consent.py::test_each_customer_is_asked_and_the_answer_is_kept_with_its_proof",
        "stories/test_extra_work_consent.py::test_the_answer_is_recorded_and_the_recording_deleted_with_the_person",
    ),
    "R-57 ready": ("aftersales/test_extra_work.py::test_a_job_that_is_ready_is_told_of_once",),
    "R-58 appointments": (
        "aftersales/test_appointments.py::test_of_many_who_want_the_last_place_one_gets_it",
        "ivr/test_appointing.py::test_who_has_none_books_one",
        "aftersales/test_quoting.py::test_the_customer_is_texted_the_work_and_its_price_once",
    ),
}  # fmt: skip


def test_every_line_is_there() -> None:
    assert [line.split()[0] for line in SHOWN] == [f"R-{number}" for number in range(30, 59)]


@pytest.mark.parametrize("line", SHOWN)
def test_the_tests_that_show_it_exist(line: str) -> None:
    for place in SHOWN[line]:
        path, _, name = place.partition("::")
        defined = {
            node.name
            for node in ast.parse((TESTS / path).read_text()).body
            if isinstance(node, ast.FunctionDef)
        }
        assert name in defined, place
