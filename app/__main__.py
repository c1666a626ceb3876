"""`python -m app serve | work | migrate | smoke`."""

import sys

USAGE = "usage: python -m app serve | work | migrate | smoke"


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code. Only what the command needs is imported."""
    match arguments:
        case ["serve"]:
            from app.server import serve

            return serve()
        case ["work"]:
            from app.worker import work

            return work()
        case ["migrate"]:
            from app.migrate import migrate

            return migrate()
        case ["smoke"]:
            from app.smoke import smoke

            return smoke()
        case _:
            print(USAGE, file=sys.stderr)  # noqa: T201
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
