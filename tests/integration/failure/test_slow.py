"""Consumers that stand still for a while: the others do not notice, and they catch up."""

import time

import pytest

from sangdam.evaluate.failover_process import wait_for
from sangdam.evaluate.failover_truth import account
from tests.integration.failure.conftest import RECORDINGS, Calls

pytestmark = pytest.mark.real_model

FIRST, _ = RECORDINGS
FROZEN_S = 15.0


def test_console_and_assist_stand_still(calls: Calls) -> None:
    calls.start_all()
    calls.until(FIRST, 3.0)
    frozen = time.monotonic()
    for name in ("console", "assist"):
        calls.site[name].freeze()
    wait_for(lambda: _ended(calls), "all written down while two consumers stand still", FROZEN_S)
    time.sleep(max(0.0, frozen + FROZEN_S - time.monotonic()))
    for name in ("console", "assist"):
        calls.site[name].thaw()
    calls.finish()


def _ended(calls: Calls) -> bool:
    events = calls.site.truth()
    return all(len(account(events, contact_id).ended_channels) == 2 for contact_id in calls.ids.values())
