"""`python -m localcloud …`: the supervisor, and the processes that it starts."""

import sys


def main() -> int:
    """Run one of the local cloud's parts; return the exit code."""
    part, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if part == "serve":
        from localcloud.core.serve import main as run
    elif part == "check":
        from localcloud.core.serve import check as run
    elif part == "api":
        from localcloud.application import main as run
    elif part == "gate":
        from localcloud.api.gate import main as run
    elif part == "controller":
        from localcloud.controller import main as run
    elif part == "link":
        from localcloud.core.link import main as run
    elif part == "image":
        from localcloud.image import main as run
    else:
        sys.stderr.write(
            "usage: python -m localcloud serve|check|image …   (api, gate, controller, link: started by serve)\n"
        )
        return 2
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
