"""Who in a group reads which partition: a pure function, called anew whenever a member comes or goes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from bus.base import TopicPartition


def assign(
    members: Mapping[str, frozenset[str]],
    partitions: Mapping[str, int],
    current: Mapping[TopicPartition, str],
) -> dict[TopicPartition, str]:
    """Share partitions evenly among the members that want them, moving as few as possible.

    Topics that are wanted by the same members and have as many partitions are shared alike: partition 3 of
    one goes to the member that has partition 3 of the others. A key has the same partition number in all of
    them, so one member sees everything about a contact.

    Args:
        members: topics that each member wants.
        partitions: how many partitions each topic has; topics not named here are left out.
        current: who has what now; members that are gone may still stand there.

    Returns:
        The new owner of each wanted partition. Within a topic two members differ by one partition at most.
    """
    alike: defaultdict[tuple[tuple[str, ...], int], list[str]] = defaultdict(list)
    for topic, count in sorted(partitions.items()):
        wanting = tuple(sorted(member for member, topics in members.items() if topic in topics))
        if wanting:
            alike[wanting, count].append(topic)

    owners: dict[TopicPartition, str] = {}
    load: Counter[str] = Counter()
    for (wanting, count), topics in sorted(alike.items()):
        lanes = [_holder(lane, topics, wanting, current) for lane in range(count)]
        for lane, member in enumerate(_share(lanes, wanting, load)):
            for topic in topics:
                owners[TopicPartition(topic, lane)] = member
            load[member] += len(topics)
    return owners


def _holder(
    lane: int, topics: Sequence[str], wanting: Sequence[str], current: Mapping[TopicPartition, str]
) -> str | None:
    """The member that has most of this lane's partitions now, None when nobody who stays has any."""
    held = Counter(
        member
        for topic in topics
        if (member := current.get(TopicPartition(topic, lane))) is not None and member in wanting
    )
    return min(held, key=lambda member: (-held[member], member), default=None)


def _share(lanes: Sequence[str | None], wanting: Sequence[str], load: Mapping[str, int]) -> list[str]:
    """Fill each member up to its share: first with what it has, then with what is free.

    The odd lanes that do not divide go to members that hold most already (fewest moves), then to those with
    least from other topics.
    """
    share, odd = divmod(len(lanes), len(wanting))
    held = Counter(member for member in lanes if member is not None)
    by_claim = sorted(wanting, key=lambda member: (-held[member], load.get(member, 0), member))
    room = {member: share + (rank < odd) for rank, member in enumerate(by_claim)}

    shared: list[str | None] = []
    for member in lanes:
        keeps = member is not None and room[member] > 0
        if keeps and member is not None:
            room[member] -= 1
        shared.append(member if keeps else None)
    free = iter([member for member in by_claim for _ in range(room[member])])
    return [member if member is not None else next(free) for member in shared]
