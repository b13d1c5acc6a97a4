"""Makes the environment of the chat peer once and prints its interpreter: `python -m bench.chat_peers`."""

import sys

from bench.peer_env import NotInstalled, environment, python


def main() -> None:
    try:
        print(python(environment("socketio", torch=False)))
    except NotInstalled as error:
        sys.exit(f"비교 서버를 설치하지 못했습니다 / the peer is not installed: {error}")


if __name__ == "__main__":
    main()
