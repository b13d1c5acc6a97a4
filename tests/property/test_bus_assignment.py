"""Whoever comes and goes: every partition has an owner, shares are even, and no partition moves in vain."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bus.base import TopicPartition
from bus.membership import assign

TOPICS = ("audio", "chat", "notes")
names = st.sampled_from([f"member-{number}" for number in range(6)])
partition_counts = st.fixed_dictionaries({topic: st.integers(1, 9) for topic in TOPICS})
wishes = st.dictionaries(names, st.frozensets(st.sampled_from(TOPICS), min_size=1))
current = st.dictionaries(
    st.builds(TopicPartition, st.sampled_from(TOPICS), st.integers(0, 9)),
    st.sampled_from([f"member-{number}" for number in range(8)]),
)


def shares(owners, topic, members):
    held = Counter(member for partition, member in owners.items() if partition.topic == topic)
    return [held[member] for member in members]


@given(wishes, partition_counts, current)
def test_each_wanted_partition_has_one_owner_that_wants_it(members, partitions, current):
    owners = assign(members, partitions, current)
    wanted = {topic for topics in members.values() for topic in topics}
    assert owners.keys() == {
        TopicPartition(topic, number) for topic in wanted for number in range(partitions[topic])
    }
    assert all(partition.topic in members[member] for partition, member in owners.items())


@given(wishes, partition_counts, current)
def test_members_share_each_topic_evenly(members, partitions, current):
    owners = assign(members, partitions, current)
    for topic in TOPICS:
        held = shares(owners, topic, [member for member, topics in members.items() if topic in topics])
        assert not held or max(held) - min(held) <= 1


@given(wishes, partition_counts, current)
def test_nothing_moves_when_nobody_comes_or_goes(members, partitions, current):
    owners = assign(members, partitions, current)
    assert assign(members, partitions, owners) == owners


@given(wishes, partition_counts, current)
def test_topics_alike_are_shared_alike(members, partitions, current):
    everyone = frozenset(TOPICS)
    owners = assign(dict.fromkeys(members, everyone), partitions, current)
    for one in TOPICS:
        for other in TOPICS:
            if partitions[one] == partitions[other]:
                assert [owners.get(TopicPartition(one, lane)) for lane in range(9)] == [
                    owners.get(TopicPartition(other, lane)) for lane in range(9)
                ]


@given(st.sets(names, min_size=1), names, partition_counts, current)
def test_who_comes_takes_its_share_and_nobody_else_gains(members, newcomer, partitions, current):
    members = members - {newcomer}
    before = assign(dict.fromkeys(members, frozenset(TOPICS)), partitions, current)
    after = assign(dict.fromkeys(members | {newcomer}, frozenset(TOPICS)), partitions, before)
    assert {after[partition] for partition in after if before.get(partition) != after[partition]} <= {
        newcomer
    }


@given(st.sets(names, min_size=2), partition_counts, current, st.data())
def test_who_leaves_loses_its_own_and_nothing_else_moves(members, partitions, current, data):
    before = assign(dict.fromkeys(members, frozenset(TOPICS)), partitions, current)
    leaver = data.draw(st.sampled_from(sorted(members)))
    after = assign(dict.fromkeys(members - {leaver}, frozenset(TOPICS)), partitions, before)
    moved = {partition for partition in after if before[partition] != after[partition]}
    assert moved == {partition for partition, member in before.items() if member == leaver}
