import numpy as np

from assist.grams import pair_key, pair_keys, sound_keys
from assist.words import bigrams

TEXTS = ["여권을 새로, TV 2대!", "", "?!", "가"]


def keys_of(keys_and_owners, text_number):
    keys, owners = keys_and_owners
    return keys[owners == text_number].tolist()


def test_pairs_of_many_texts_are_those_of_each():
    found = pair_keys(TEXTS)
    for number, text in enumerate(TEXTS):
        assert keys_of(found, number) == [pair_key(pair) for pair in bigrams(text)]


def test_runs_of_sounds_stay_within_words_and_texts():
    assert keys_of(sound_keys(["나 가"]), 0) == [
        *keys_of(sound_keys(["나"]), 0),
        *keys_of(sound_keys(["가"]), 0),
    ]
    assert keys_of(sound_keys(["가나", "다"]), 0) == keys_of(sound_keys(["가나"]), 0)
    # ^ㄱㅏ$ is one run of four; ^ㅇㅕㄱㅝㄴ$ has four of them.
    assert len(sound_keys(["가"])[0]) == 1
    assert len(sound_keys(["여권"])[0]) == 4


def test_a_misheard_syllable_keeps_most_sounds_and_no_inner_pair():
    heard, said = set(sound_keys(["재밝급"])[0]), set(sound_keys(["재발급"])[0])
    assert len(heard & said) >= 3
    assert not {pair_key(pair) for pair in ("재발", "발급")} & set(pair_keys(["재밝급"])[0])


def test_nothing_gives_nothing_and_keys_fit_their_index():
    for keys_of_texts in (pair_keys, sound_keys):
        assert keys_of_texts([])[0].size == keys_of_texts(["", "!"])[0].size == 0
        keys = keys_of_texts(["힣힣힣 zz99", "가나다"])[0]
        assert keys.min() >= 0
        assert keys.max() < 2**32
        assert keys.dtype == np.int64
