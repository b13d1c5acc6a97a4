"""The jars of Apache Kafka in the user's cache: fetched once by Maven, checked at every start."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock

from contracts.errors import BadSetting

VERSION: Final = "4.1.1"
_POM: Final = Path(__file__).with_name("kafka-pom.xml")
_SUMS: Final = Path(__file__).with_name("kafka-jars.sha256")
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_FETCH_S: Final = 600.0
"""43 MB: five seconds on a fast line."""


def kafka_jars(cache: Path | None = None) -> Path:
    """The folder with the jars, fetched where it is missing or damaged. Blocks.

    Args:
        cache: folder of the jars of all versions; the user's cache unless given.

    Raises:
        BadSetting: Maven is missing, cannot fetch, or brought other files than expected.
    """
    folder = (cache or platformdirs.user_cache_path("sangdam") / "kafka") / VERSION
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock", timeout=_FETCH_S):
        if _differing(folder):
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise BadSetting(
            "Apache Kafka를 내려받을 Maven(mvn)이 없습니다. maven 패키지를 설치하거나, 이미 있는 브로커의 주소를 "
            "SANGDAM_KAFKA_BOOTSTRAP에 적으십시오.",
            "There is no Maven (mvn) to fetch Apache Kafka with. Install the package maven, or name a broker "
            "that is already there in SANGDAM_KAFKA_BOOTSTRAP.",
        )
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        jars = Path(scratch, "jars")
        command = [mvn, "-B", "-q", "-C", "-f", str(_POM), _COPY, "-DincludeScope=runtime"]
        try:
            subprocess.run(  # noqa: S603  the command is ours
                [*command, f"-DoutputDirectory={jars}"],
                check=True,
                capture_output=True,
                text=True,
                timeout=_FETCH_S,
                cwd=scratch,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = "\n".join(str(part) for part in (error.stdout, error.stderr) if part)[-500:]
            raise BadSetting(
                f"Maven이 Apache Kafka {VERSION}을(를) 내려받지 못했습니다. 네트워크를 확인하십시오: {said}",
                f"Maven could not fetch Apache Kafka {VERSION}. Check the network: {said}",
            ) from error
        if wrong := _differing(jars):
            raise BadSetting(
                f"내려받은 Apache Kafka {VERSION}의 파일이 기대와 다릅니다: {', '.join(wrong)}.",
                f"The files fetched for Apache Kafka {VERSION} are not the expected ones: {', '.join(wrong)}.",
            )
        shutil.rmtree(folder, ignore_errors=True)
        jars.rename(folder)


def _differing(folder: Path) -> list[str]:
    """Names of jars that are missing, too many, or whose SHA-256 is wrong."""
    lines = [line.split() for line in _SUMS.read_text().splitlines() if line]
    wanted = {name: digest for digest, name in lines}
    found = {path.name: path for path in folder.glob("*.jar")}
    return sorted(
        name
        for name in wanted.keys() | found.keys()
        if name not in wanted
        or name not in found
        or hashlib.sha256(found[name].read_bytes()).hexdigest() != wanted[name]
    )
