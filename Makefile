# The one entry point for people and CI. `make` lists the targets.
SHELL := /bin/bash
BREIQCTL := .venv/bin/breiqctl
# What the app's packages ask for and never import when they serve (command lines, test data, other systems).
UNUSED := colorama faker h11 httpcore httpx markdown-it-py mdurl polyfactory pycparser rich rich-click tzdata
PACKAGES := estate infra components policies provisioner localcloud aws operations review releases dr stackops breiqctl app

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit lint format docs lock crash-test schedule-test figures clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what breiqctl and the local cloud need (Debian packages, .venv)
	@requirements/install.sh run

demo: setup ## The whole path: up, a release, a lost region, the reports, down
	@set -eu; trap '$(BREIQCTL) local down --quiet >/dev/null' EXIT; \
	tag=v2-$$(date -u +%H%M%S); \
	say() { printf '\n\033[1m==> %s\033[0m\n' "$$*"; }; \
	say "the estate, on this machine: breiqctl local up"; $(BREIQCTL) local up; \
	say "a new version, without a failed request: breiqctl deploy --blue-green $$tag"; \
	$(BREIQCTL) local image build --tag $$tag; $(BREIQCTL) deploy --blue-green $$tag --yes; \
	say "a region is lost, and the service recovers: breiqctl drill run region-loss"; \
	$(BREIQCTL) drill run region-loss --yes; \
	say "the reports, to open in a browser:"; ls -t .breiq/reports/*/report.html | head -3 | sed "s|^|  $(CURDIR)/|"; \
	say "everything down: breiqctl local down"; $(BREIQCTL) local down

test: ## All tests, on real processes too
	@requirements/install.sh dev
	@.venv/bin/lint-imports --no-cache >/dev/null || .venv/bin/lint-imports --no-cache
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@.venv/bin/python -m pytest -n 2 --dist loadscope --cov --cov-report=
	@printf 'branch coverage, of what runs in the tests'"'"' own process: '; .venv/bin/python -m coverage report --format=total

unit: ## The fast tests: no sockets, no processes
	@requirements/install.sh dev
	@.venv/bin/python -m pytest tests/unit -W error::ResourceWarning

crash-test: ## Owners stopped at every call, 5,000 random schedules; breiqctl killed at every journal write (hours)
	@requirements/install.sh dev
	@BREIQ_CRASH_WRITES=all .venv/bin/python -m pytest -n 2 tests/unit/operations/test_stopped_owner.py tests/unit/operations/test_random_schedules.py
	@BREIQ_CRASH_WRITES=all .venv/bin/python -m pytest tests/local/path/test_crash.py tests/local/path/test_stopped_owner.py

schedule-test: ## Random schedules of stops, kills and cuts on real processes; RUNS=200 takes hours, SEED=1 begins
	@requirements/install.sh dev
	@.venv/bin/python -m tests.local.path.schedules --runs $(or $(RUNS),200) --seed $(or $(SEED),1)

figures: ## Measure what the README states (half an hour)
	@requirements/install.sh dev
	@.venv/bin/python benchmarks/figures.py up commands deploys drill

lint: ## Formatting, lint, import contracts, types
	@requirements/install.sh dev
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/mypy

format: ## Format, and fix what can be fixed
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

docs: ## Write the generated pages: docs/cli.md, docs/specification-coverage.md
	@requirements/install.sh dev
	@.venv/bin/python -m breiqctl.reference
	@$(BREIQCTL) estate coverage -o docs/specification-coverage.md

lock: ## Pin every dependency anew, with hashes and no registry address
	@.venv/bin/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --universal --no-header --python-version 3.11 pyproject.toml -o requirements/run.lock
	@.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --universal --no-header --python-version 3.11 --extra dev -c requirements/run.lock pyproject.toml -o requirements/dev.lock
	@.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --universal --no-header --python-version 3.11 -c requirements/run.lock $(addprefix --no-emit-package ,$(UNUSED)) app/requirements.in -o app/requirements.lock
	@.venv/bin/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --universal --no-header --python-version 3.11 app/installer.in -o app/installer.lock

clean: ## Remove what was installed and made here
	@-$(BREIQCTL) local down --quiet
	@rm -rf .venv .breiq build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
