from console.throttle import Throttle


def test_a_key_waits_when_its_window_is_full_and_others_do_not():
    throttle = Throttle(limit=3, window_ms=1000)
    for now_ms in (0, 100, 200):
        assert throttle.wait_ms("kim", now_ms) == 0
        throttle.attempt("kim", now_ms)
    assert throttle.wait_ms("kim", 300) == 700
    assert throttle.wait_ms("lee", 300) == 0
    assert throttle.wait_ms("kim", 1000) == 0
    throttle.attempt("kim", 1000)
    assert throttle.wait_ms("kim", 1000) == 100


def test_what_was_no_guess_does_not_count():
    throttle = Throttle(limit=1, window_ms=1000)
    throttle.attempt("kim", 0)
    throttle.take_back("kim")
    throttle.take_back("nobody")
    assert throttle.wait_ms("kim", 1) == 0


def test_many_keys_take_bounded_memory_and_the_busy_one_stays():
    throttle = Throttle(limit=2, window_ms=10_000, max_keys=10)
    for number in range(100):
        throttle.attempt("flooder", number)
        throttle.attempt(f"login {number}", number)
    assert len(throttle) == 10
    assert throttle.wait_ms("flooder", 100) > 0
