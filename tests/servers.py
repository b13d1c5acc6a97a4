"""The real servers that tests share: a Kafka broker and a PostgreSQL server, started on first use.

`SANGDAM_KAFKA_BOOTSTRAP` and `SANGDAM_DATABASE` name servers that are there already. What cannot be had skips its
tests and says why; where CI is set, it fails them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, Protocol

import pytest

from contracts.errors import BadSetting
from sangdam.local.databases import drop_database, fresh_database
from sangdam.local.kafka import LocalKafka
from sangdam.local.postgres import LocalPostgres


class Kafka(Protocol):
    """A broker; tests keep apart by the names of their topics and groups."""

    @property
    def bootstrap(self) -> str: ...

    @property
    def url(self) -> str: ...


class Postgres(Protocol):
    """A server; tests keep apart by their databases."""

    @property
    def url(self) -> str: ...

    def fresh_database(self) -> str:
        """URL of an empty one."""
        ...


@dataclass(frozen=True)
class GivenKafka:
    bootstrap: str

    @property
    def url(self) -> str:
        return f"kafka://{self.bootstrap}"


@dataclass(frozen=True)
class GivenPostgres:
    """Its account must be allowed to create databases."""

    url: str

    def fresh_database(self) -> str:
        return fresh_database(self.url)


def without(error: BadSetting) -> NoReturn:
    """Skip, or fail where nothing may be left out."""
    if os.environ.get("CI"):
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A broker that no test stops."""
    if given := os.environ.get("SANGDAM_KAFKA_BOOTSTRAP"):
        yield GivenKafka(given)
        return
    try:
        broker = LocalKafka()
        broker.start()
    except BadSetting as error:
        without(error)
    try:
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that no test stops; see `own_postgres` for one to break."""
    if given := os.environ.get("SANGDAM_DATABASE"):
        yield GivenPostgres(given)
        return
    yield from _local_postgres()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[LocalPostgres]:
    """A server of the module's own, to stop, kill and starve."""
    yield from _local_postgres()


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database that goes with the test."""
    url = postgres.fresh_database()
    yield url
    drop_database(url)


def _local_postgres() -> Iterator[LocalPostgres]:
    try:
        server = LocalPostgres(durable=False).start()
    except BadSetting as error:
        without(error)
    try:
        yield server
    finally:
        server.close()
