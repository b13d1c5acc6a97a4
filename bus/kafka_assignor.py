"""Who in a group reads which partition, on Kafka: the pure `membership.assign`, staged as KIP-429 asks.

Members keep what they have while they join. What moves goes in two rounds: its owner loses it in the first, lets go
and joins again; in the second it is nobody's, and its new owner gets it. Nobody ever reads what another still has.

The group's leader (the member whose assignor computes) is any one of them, so all must be of one mind: `NAME`
changes whenever the result would.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kafka.coordinator.assignors.abstract import AbstractPartitionAssignor, RebalanceProtocol
from kafka.protocol.consumer.metadata import ConsumerProtocolAssignment, ConsumerProtocolSubscription

from bus.base import TopicPartition
from bus.membership import assign

NAME: Final = "sangdam-copartitioned-1"
_VERSION: Final = 1
"""Of the group's metadata: the first that tells what a member owns (KIP-429)."""


def claims(
    owned: Mapping[str, Iterable[TopicPartition]],
) -> tuple[dict[TopicPartition, str], set[TopicPartition]]:
    """Who has what, and what two members claim: one of them was taken for dead and does not know yet."""
    owners: dict[TopicPartition, str] = {}
    contested: set[TopicPartition] = set()
    for member, tps in sorted(owned.items()):
        for tp in tps:
            if owners.setdefault(tp, member) != member:
                contested.add(tp)
    return owners, contested


def stage(
    target: Mapping[TopicPartition, str],
    owned: Mapping[TopicPartition, str],
    contested: Iterable[TopicPartition],
) -> dict[str, list[TopicPartition]]:
    """What each member gets in this round: of its target, what is its own already or nobody's.

    Nobody gets what two claim; both let go, and the next round gives it to one.
    """
    given: dict[str, list[TopicPartition]] = {}
    for tp, member in sorted(target.items()):
        if owned.get(tp, member) == member and tp not in contested:
            given.setdefault(member, []).append(tp)
    return given


class SangdamAssignor(AbstractPartitionAssignor):  # type: ignore[misc]  # kafka-python has no types
    """One for each consumer."""

    name = NAME

    def __init__(self) -> None:
        self._owned: Sequence[TopicPartition] = ()

    def supported_protocols(self) -> list[Any]:
        """Cooperative alone."""
        return [RebalanceProtocol.COOPERATIVE]

    def metadata(self, topics: Any) -> Any:
        """What this member tells the leader: what it wants and what it has."""
        return ConsumerProtocolSubscription(
            version=_VERSION,
            topics=sorted(topics),
            user_data=b"",
            owned_partitions=[
                ConsumerProtocolSubscription.TopicPartition(topic=topic, partitions=partitions)
                for topic, partitions in _by_topic(self._owned)
            ],
        )

    def on_assignment(self, assignment: Any, generation: int) -> None:  # noqa: ARG002  the library's signature
        """Remember what this member has now."""
        self._owned = [TopicPartition(*tp) for tp in assignment.partitions()]

    def forget(self) -> None:
        """The group took this member for dead: it has nothing any more."""
        self._owned = ()

    def assign(self, cluster: Any, members: Any) -> dict[str, Any]:
        """As the leader: what everybody gets."""
        wants = {member.member_id: frozenset(member.metadata.topics) for member in members}
        owned, contested = claims(
            {
                member.member_id: [
                    TopicPartition(topics.topic, partition)
                    for topics in member.metadata.owned_partitions or ()
                    for partition in topics.partitions
                ]
                for member in members
            }
        )
        given = stage(assign(wants, _counts(cluster, wants, owned), owned), owned, contested)
        return {
            member: ConsumerProtocolAssignment(_VERSION, _by_topic(given.get(member, ())), b"")
            for member in wants
        }


def _counts(
    cluster: Any, wants: Mapping[str, Iterable[str]], owned: Iterable[TopicPartition]
) -> dict[str, int]:
    """How many partitions each topic has. The leader may not know a topic that only others read: it has as many as
    are owned at least, until the leader has heard of it and shares anew.
    """
    counts = {
        topic: len(cluster.partitions_for_topic(topic) or ()) for topics in wants.values() for topic in topics
    }
    for topic, partition in owned:
        counts[topic] = max(counts.get(topic, 0), partition + 1)
    return counts


def _by_topic(tps: Sequence[TopicPartition]) -> list[tuple[str, list[int]]]:
    topics: dict[str, list[int]] = {}
    for topic, partition in sorted(tps):
        topics.setdefault(topic, []).append(partition)
    return list(topics.items())
