from asr.progress import Progress
from bus.base import TopicPartition

P, Q = TopicPartition("call.audio", 0), TopicPartition("call.audio", 1)
A, B = ("contact-a", 0), ("contact-a", 1)


def read(progress, partition, first, *records):
    """Records of one channel each, as (key, end_sample), from offset `first` on; None is no frame."""
    for offset, record in enumerate(records, first):
        progress.read(partition, offset)
        if record:
            progress.hold(partition, offset, *record)


def test_nothing_read_is_nothing_to_commit():
    assert Progress().to_commit() == {}


def test_needed_samples_hold_the_commit_back():
    progress = Progress()
    read(progress, P, 10, (A, 800), (A, 1600), (A, 2400))
    assert progress.to_commit() == {P: 10}
    progress.release(A, 1599)
    assert progress.to_commit() == {P: 11}
    progress.release(A, 1600)
    assert progress.to_commit() == {P: 12}
    progress.release(A, 9999)
    assert progress.to_commit() == {P: 13}


def test_what_is_committed_is_not_committed_again():
    progress = Progress()
    read(progress, P, 0, (A, 800))
    progress.to_commit()
    assert progress.to_commit() == {}
    read(progress, P, 1, (A, 1600))
    assert progress.to_commit() == {}


def test_the_slowest_channel_of_a_partition_decides():
    progress = Progress()
    read(progress, P, 0, (A, 800), (B, 800), (A, 1600), (B, 1600))
    progress.release(A, 1600)
    assert progress.to_commit() == {P: 0 + 1}
    progress.release(B, 800)
    assert progress.to_commit() == {P: 3}


def test_partitions_do_not_wait_for_each_other():
    progress = Progress()
    read(progress, P, 0, (A, 800))
    read(progress, Q, 70, (B, 800))
    progress.release(B, 800)
    assert progress.to_commit() == {P: 0, Q: 71}


def test_records_that_are_no_frames_are_passed():
    progress = Progress()
    read(progress, P, 5, None, None)
    assert progress.to_commit() == {P: 7}


def test_a_finished_channel_holds_nothing():
    progress = Progress()
    read(progress, P, 0, (A, 800), (B, 800), (A, 1600))
    progress.finish(A)
    assert progress.to_commit() == {P: 1}
    progress.finish(B)
    progress.finish(B)
    assert progress.to_commit() == {P: 3}


def test_nothing_is_released_twice_or_of_nobody():
    progress = Progress()
    progress.release(A, 100)
    read(progress, P, 0, (A, 800))
    progress.release(A, 800)
    progress.release(A, 400)
    assert progress.to_commit() == {P: 1}


def test_a_partition_that_went_takes_its_channels_along():
    progress = Progress()
    read(progress, P, 0, (A, 800))
    read(progress, Q, 0, (B, 800))
    progress.release(A, 800)
    progress.to_commit()
    assert progress.drop(P) == [A]
    assert progress.drop(P) == []
    assert progress.to_commit() == {}
    progress.release(B, 800)
    assert progress.to_commit() == {Q: 1}


def test_a_partition_that_comes_back_starts_where_the_bus_says():
    progress = Progress()
    read(progress, P, 50, (A, 800))
    progress.release(A, 800)
    progress.to_commit()
    progress.drop(P)
    read(progress, P, 20, (A, 400))
    assert progress.to_commit() == {P: 20}


def test_what_the_bus_did_not_take_is_committed_again():
    progress = Progress()
    read(progress, P, 0, (A, 800))
    progress.release(A, 800)
    offsets = progress.to_commit()
    progress.not_committed(offsets)
    assert progress.to_commit() == offsets == {P: 1}
