"""The broker and the database under live calls: stopped, out of disk, restarted, killed."""

import time

import pytest

from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres
from tests.integration.failure.conftest import RECORDINGS, Calls
from tests.integration.failure.disk import SmallDisk

pytestmark = pytest.mark.real_model

FIRST, _ = RECORDINGS
AWAY_S = 20.0
LATE_S = 90.0
"""For summaries of calls whose audio waited for the broker."""


def test_the_broker_is_away_for_20_s(calls: Calls, broker: LocalKafka, disk: SmallDisk) -> None:
    calls.start_all()
    calls.until(FIRST, 5.0)
    disk.run(broker.stop)
    time.sleep(AWAY_S)
    disk.run(broker.start)
    calls.finish(limit_s=LATE_S)


def test_the_disk_of_the_broker_is_full(calls: Calls, broker: LocalKafka, disk: SmallDisk) -> None:
    """The broker gives up its disk and ends; whoever publishes waits until it is back, with room."""
    calls.start_all()
    calls.until(FIRST, 5.0)
    disk.fill(broker.process.pid)
    calls.until(FIRST, 11.0)
    disk.make_room()
    disk.run(broker.restart)
    calls.finish(limit_s=LATE_S)


def test_postgres_restarts_and_is_killed(calls: Calls, postgres_server: LocalPostgres) -> None:
    calls.start_all()
    calls.until(FIRST, 4.0)
    postgres_server.restart()
    calls.until(FIRST, 9.0)
    postgres_server.kill()
    time.sleep(2)
    postgres_server.start()
    calls.finish(limit_s=LATE_S)
