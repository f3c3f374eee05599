"""Records the histories that replay tests stand on: real stories on a real server, never written.

Run it after a story was changed on purpose; what is recorded goes into the repository.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

HISTORIES = Path(__file__).parent / "histories"
BATCHES = "tests/temporal/test_batch_update.py"
DELETIONS = "tests/temporal/test_deletion.py"
IMPORTS = "tests/temporal/test_import_customers.py"
EXPORTS = "tests/temporal/test_export_customers.py"
KILLS = "tests/temporal/test_import_kills.py"
SWITCHES = "tests/temporal/test_switches.py"
WATCH = "tests/temporal/test_switch_watch.py"
# Each shows a way through a story that no other one does.
RECORDED = (
    f"{IMPORTS}::test_a_file_of_several_pieces_is_imported_whole",
    f"{IMPORTS}::test_a_file_that_is_no_list_of_customers_fails_the_job_with_the_reason",
    f"{KILLS}::test_a_paused_job_stops_between_pieces_and_goes_on_when_resumed",
    f"{KILLS}::test_a_cancelled_job_keeps_what_is_committed",
    f"{BATCHES}::test_everybody_named_is_changed_and_those_who_can_not_be_are_told_apart",
    f"{DELETIONS}::test_everybody_named_is_deleted_and_nothing_is_left",
    f"{DELETIONS}::test_resellers_go_behind_all_of_theirs_over_many_pieces",
    "tests/temporal/test_mass_create.py::test_a_range_is_filled_to_its_last_number",
    f"{EXPORTS}::test_an_export_holds_what_the_filter_matches_in_the_order_asked_for",
    "tests/temporal/test_tidying.py::test_the_house_is_kept_by_a_workflow_of_its_own",
    "tests/temporal/test_mails.py::test_a_queued_mail_is_delivered_once_and_its_row_says_so",
    "tests/temporal/test_mails.py::test_a_mail_that_is_refused_for_now_is_tried_again",
    "tests/temporal/test_billing_runs.py::test_a_tick_invoices_everybody_who_is_due",
    "tests/temporal/test_sweeps.py::test_a_sweep_goes_over_every_page",
    "tests/temporal/test_sweeps.py::test_every_other_sweep_runs_through",
    "tests/temporal/test_devices.py::test_a_burst_of_changes_is_published_up_to_the_newest",
    f"{SWITCHES}::test_a_suspended_device_is_gone_within_two_seconds_and_comes_back_with_its_secret",
    f"{SWITCHES}::test_a_switch_that_is_away_does_not_hold_up_a_revocation_elsewhere",
    f"{WATCH}::test_a_reseller_that_is_switched_off_takes_its_devices_off_the_switches",
    f"{WATCH}::test_many_networks_of_a_moment_are_one_reload",
    f"{WATCH}::test_a_round_of_the_watch_says_who_is_there",
)


def main(parts: list[str]) -> int:
    """Forget old histories and record new ones; the status is that of the tests.

    `parts` of test names choose which; without any, all are recorded anew.
    """
    chosen = [test for test in RECORDED if not parts or any(part in test for part in parts)]
    HISTORIES.mkdir(exist_ok=True)
    for test in chosen:
        for old in HISTORIES.glob(f"{recording_name(test.partition('::')[2])}*.json"):
            old.unlink()
    return int(pytest.main([*chosen, "-q", "--record-histories", str(HISTORIES)]))


def recording_name(test: str) -> str:
    """The name of a test as a file may be called."""
    return re.sub(r"[^a-z0-9]+", "_", test.removeprefix("test_").lower())[:90]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
