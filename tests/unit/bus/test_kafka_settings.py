"""A broker's URL."""

import pytest

from bus.kafka_settings import parse
from contracts.errors import BadSetting


def test_a_plain_url():
    settings = parse("kafka://one:9092,two:9093")
    assert settings.brokers == ("one:9092", "two:9093")
    assert (settings.security, settings.compression, settings.session_s) == ("plaintext", "lz4", 10)
    assert settings.client()["security_protocol"] == "PLAINTEXT"


def test_everything_at_once(tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_text("")
    settings = parse(
        f"kafka://one:9092?security=sasl_ssl&mechanism=PLAIN&username=%EC%83%81%EB%8B%B4&ca={ca}&session_s=2.5"
        "&compression=none",
        "secret",
    )
    client = settings.client()
    assert client["sasl_mechanism"] == "PLAIN"
    assert (client["sasl_plain_username"], client["sasl_plain_password"]) == ("상담", "secret")
    assert client["ssl_cafile"] == str(ca)
    assert settings.session_s == 2.5
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("kafka://", "호스트"),
        ("kafka://broker", "호스트"),
        ("kafka://broker:port", "호스트"),
        ("kafka://broker:99999", "호스트"),
        ("kafka://broker:9092/topic", "호스트"),
        ("kafka://broker:9092?acks=1", "모르는 옵션"),
        ("kafka://broker:9092?security=tls", "security"),
        ("kafka://broker:9092?security=sasl_ssl", "username"),
        ("kafka://broker:9092?security=sasl_ssl&username=a", "SANGDAM_BUS_PASSWORD"),
        ("kafka://broker:9092?username=a", "security"),
        ("kafka://broker:9092?security=ssl&ca=/nowhere.pem", "nowhere"),
        ("kafka://broker:9092?session_s=soon", "session_s"),
        ("kafka://broker:9092?compression=rar", "compression"),
        ("kafka://user:secret@broker:9092", "SANGDAM_BUS_PASSWORD"),
    ],
)
def test_a_bad_url_says_what_is_needed(url, said):
    with pytest.raises(BadSetting, match=said) as refused:
        parse(url)
    assert "secret" not in str(refused.value)


def test_files_want_encryption_and_each_other(tmp_path):
    pem = tmp_path / "own.pem"
    pem.write_text("")
    with pytest.raises(BadSetting, match="security"):
        parse(f"kafka://broker:9092?ca={pem}")
    with pytest.raises(BadSetting, match="key"):
        parse(f"kafka://broker:9092?security=ssl&cert={pem}")
