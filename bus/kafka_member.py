"""A member of a consumer group on Kafka."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.net.selector import NetworkSelector
from kafka.structs import MemberState
from kafka.structs import TopicPartition as KafkaPartition

from bus.base import Batch, BusCounts, Lag, Start, TopicPartition
from bus.failures import closed
from bus.kafka_admin import make
from bus.kafka_assignor import SangdamAssignor
from bus.kafka_commits import Commits
from bus.kafka_failures import not_joined, unreachable
from bus.kafka_inbox import Inbox
from bus.kafka_poll import FETCH, Poller
from bus.kafka_settings import KafkaSettings

_COMMIT_S: Final = 5.0
"""How long a commit waits for the broker's word; it is kept and tried further all the same."""
_CLOSE_COMMIT_S: Final = 2.0
_HEARTBEATS_A_SESSION: Final = 4
_LOOK_S: Final = 0.005
_REBALANCE_MS: Final = 60_000


class _Rebalance(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """What happens to partitions; runs in the library's own event loop, whose heartbeats go on meanwhile."""

    def __init__(
        self, net: NetworkSelector, inbox: Inbox, assignor: SangdamAssignor, session_s: float
    ) -> None:
        self._net = net
        self._inbox = inbox
        self._assignor = assignor
        self._session_s = session_s
        self.commits: Commits
        self.poller: Poller

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._inbox.assign(TopicPartition(*tp) for tp in assigned)

    async def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        """Others get these when this ends: first the caller hears of it, at its next fetch, and its last commits go.

        A caller that does not come by for the session time is not waited for.
        """
        tps = [TopicPartition(*tp) for tp in revoked]
        self._inbox.revoke(tps)
        limit = time.monotonic() + self._session_s
        while self._inbox.holds(tps) and not self.poller.stopping and time.monotonic() < limit:
            await self._net.sleep(_LOOK_S)
        if self._inbox.holds(tps):
            self._inbox.lose(tps)
        limit = time.monotonic() + _CLOSE_COMMIT_S
        while self.commits.busy(tps) and time.monotonic() < limit:
            self.commits.again()
            await self._net.sleep(_LOOK_S)
        self._forget(tps)

    async def on_partitions_lost(self, lost: Iterable[Any]) -> None:
        """The group took this member for dead: others have these already."""
        tps = [TopicPartition(*tp) for tp in lost]
        self._inbox.lose(tps)
        self._assignor.forget()
        self._forget(tps)

    def _forget(self, tps: Iterable[TopicPartition]) -> None:
        self.commits.drop(tps)
        for tp in tps:
            self.poller.positions.pop(tp, None)
            self.poller.ends.pop(tp, None)


class KafkaMember:
    """See `bus.base.Subscription`. Belongs to the event loop that it was opened on."""

    def __init__(self, group: str, inbox: Inbox, commits: Commits, poller: Poller, counts: BusCounts) -> None:
        """Use `join`."""
        self._group = group
        self._inbox = inbox
        self._commits = commits
        self._poller = poller
        self._counts = counts
        self.closed = False

    @classmethod
    async def join(
        cls,
        settings: KafkaSettings,
        group: str,
        topics: Mapping[str, int],
        *,
        start: Start,
        counts: BusCounts,
    ) -> "KafkaMember":
        """Enter a group.

        Args:
            settings: of the cluster.
            group: its name.
            topics: the number of partitions of each.
            start: where to begin what the group has not committed.
            counts: of the bus.

        Raises:
            Unreachable: no broker answered in time.
            BadSetting: the sign-in, a certificate or a file is wrong.
        """
        inbox = Inbox()
        net = NetworkSelector(client_id="sangdam", slow_task_threshold_secs=0)
        assignor = SangdamAssignor()
        session_ms = int(settings.session_s * 1000)
        consumer, ends = await asyncio.to_thread(
            _connect,
            settings,
            net,
            topics,
            latest=start == "latest",
            **FETCH,
            group_id=group,
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // _HEARTBEATS_A_SESSION,
            max_poll_interval_ms=max(_REBALANCE_MS, 3 * session_ms),
            partition_assignment_strategy=(assignor,),
        )
        rebalance = _Rebalance(net, inbox, assignor, settings.session_s)
        commits = rebalance.commits = Commits(consumer.commit_async, group)
        poller = rebalance.poller = Poller(
            consumer,
            inbox,
            name=group,
            starts=partial(_start, rebalance, ends),
            fatal=partial(not_joined, group=group, topics=list(topics)),
            each=partial(_look_after, consumer, commits),
            last=partial(_settle, commits, inbox),
        )
        consumer.subscribe(topics=sorted(topics), listener=rebalance)
        poller.start()
        return cls(group, inbox, commits, poller, counts)

    async def fetch(self, *, max_records: int = 500, timeout_s: float = 1.0) -> Batch:
        """See `bus.base.Subscription.fetch`."""
        batch = await self._inbox.fetch(max_records, timeout_s)
        for record in batch.records:
            self._counts.fetched[self._group, record.topic] += 1
        return batch

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See `bus.base.Subscription.commit`. While the broker is away the newest offsets are kept."""
        if self.closed:
            raise closed()
        ours = {tp: offset for tp, offset in offsets.items() if self._inbox.may_commit(tp)}
        if not ours:
            return
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commits.put(ours, answered)
        await asyncio.wait([answered], timeout=_COMMIT_S)

    def lags(self) -> list[Lag]:
        """See `bus.base.Bus.lags`."""
        ends, begun, committed = self._poller.ends, self._poller.positions, self._commits.committed
        return [
            Lag(self._group, *tp, max(0, ends.get(tp, 0) - committed.get(tp, begun.get(tp, ends.get(tp, 0)))))
            for tp in sorted(self._inbox.owned)
        ]

    async def close(self) -> None:
        """See `bus.base.Subscription.close`."""
        self.closed = True
        self._inbox.close()
        self._poller.stop()
        await asyncio.to_thread(self._poller.join)


def _connect(
    settings: KafkaSettings, net: NetworkSelector, topics: Mapping[str, int], *, latest: bool, **config: Any
) -> tuple[Any, dict[TopicPartition, int]]:
    """A consumer that knows these topics, and with `latest` where their partitions end now. Blocks."""
    consumer = make(settings, KafkaConsumer, net=net, **config)
    # kafka-python 3.0 gives its coordinator up when no heartbeat was answered for the session time, finds it again, and
    # gives it up again, as fast as it can and for ever: after an outage it would never send the next heartbeat. A
    # coordinator that does not answer is noticed by the request's time limit too.
    consumer._coordinator.heartbeat.session_timeout_expired = lambda: False  # noqa: SLF001
    tps = [KafkaPartition(topic, partition) for topic, count in topics.items() for partition in range(count)]
    try:
        for topic in topics:  # else the first join would share nothing, and a second one follow
            consumer.partitions_for_topic(topic)
        ends = consumer.end_offsets(tps) if latest else {}
    except KafkaError as error:
        consumer.close()
        meaning = not_joined(error, config["group_id"], list(topics))
        raise meaning or unreachable(", ".join(settings.brokers), str(error)) from error
    return consumer, {TopicPartition(*tp): offset for tp, offset in ends.items()}


def _look_after(consumer: Any, commits: Commits) -> None:
    """Between two looks: commits that wait, and a join that nobody waits for any more.

    kafka-python 3.0 forgets a join that ends between two polls when it began because the topics changed: it is no
    member then, and does not join again.
    """
    commits.again()
    if consumer.group_metadata().state == MemberState.REBALANCING:
        consumer._coordinator.request_rejoin()  # noqa: SLF001


def _start(
    rebalance: _Rebalance, ends: Mapping[TopicPartition, int], tps: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Where nothing is committed: at the oldest record, or where the partition ended when this member joined.

    That is committed at once, for the next owner, whose end lies further on.
    """
    latest = {tp: ends[tp] for tp in tps if tp in ends}
    rebalance.commits.put(latest)
    missing = [tp for tp in tps if tp not in latest]
    return latest | (rebalance.poller.oldest(missing) if missing else {})


def _settle(commits: Commits, inbox: Inbox) -> None:
    """Before the end: what was committed last should arrive. Blocks, for a moment."""
    limit = time.monotonic() + _CLOSE_COMMIT_S
    while commits.busy(inbox.owned) and time.monotonic() < limit:
        commits.again()
        time.sleep(_LOOK_S)
