"""`python -I -m breiqctl`, as `.venv/bin/breiqctl` calls it."""

from breiqctl.cli import main

if __name__ == "__main__":  # processes that multiprocessing spawns import this file once more
    main()
