"""Makes the environment of the raw Kafka clients once and prints its interpreter: `python -m bench.bus_peers`."""

import sys

from bench.peer_env import NotInstalled, environment, python


def main() -> None:
    try:
        print(python(environment("bus-clients", torch=False)))
    except NotInstalled as error:
        sys.exit(f"다른 클라이언트를 설치하지 못했습니다 / clients not installed: {error}")


if __name__ == "__main__":
    main()
