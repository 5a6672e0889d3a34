# The commands of the project. What they do lies in deploy/, scripts of the standard library.
# Paths here are relative: the checkout may lie under a folder whose name holds a space.

PYTHON ?= python3
export PYTHONUTF8 := 1

.PHONY: aide run test bench venv messages verrou

aide:
	@echo "make run      ouvre le portail de démonstration (http://localhost:8000)"
	@echo "make test     lance tous les tests (make test ARGS=\"-k pret\" en choisit)"
	@echo "make bench    mesure ce qui grandit, en rapports (SIZES=\"1000 10000\")"
	@echo "make messages met à jour le catalogue anglais (demande gettext)"
	@echo "make verrou   refait les listes de dépendances à partir de pyproject.toml"

run: python
	@$(PYTHON) deploy/preparer.py && exec .venv/bin/python deploy/lancer.py

test: python
	@$(PYTHON) deploy/preparer.py --dev && exec .venv/bin/python deploy/eprouver.py $(ARGS)

# On its own throw-away server; SIZES="1000 10000" chooses the numbers of listings,
# PARTIES="questions verbes" what is measured.
bench: python
	@$(PYTHON) deploy/preparer.py --dev && exec .venv/bin/python deploy/postgres_local.py executer -- .venv/bin/python -m tests.bench.mesurer $(SIZES) $(PARTIES)

venv: python
	@$(PYTHON) deploy/preparer.py --dev

messages: venv
	@.venv/bin/python .ci/traductions.py --ecrire

# Hashes of every platform, and no address: the lock says what, never from where.
verrou: venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv~=0.13"
	@.venv/bin/python deploy/verrouiller.py

.PHONY: python
python:
	@command -v "$(PYTHON)" >/dev/null || { echo "Python manque : installez Python 3.11 ou plus récent (sudo apt install python3 python3-venv)." >&2; exit 1; }
