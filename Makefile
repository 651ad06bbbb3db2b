# Two commands do all the set-up: `make run` starts the server, `make test` passes the tests.
# Both need python3 (3.11 or later) and the network; what they make stays in $(VENV).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The suite of `make conformance` runs on no later version.
PYTHON2 ?= python2.7
# The suite of `make conformance-irc`; IRCTEST=DIR takes a checkout that is there already.
IRCTEST_COMMIT := b00c039766f5c497920dd787f7cb0e0005bd5ce0
IRCTEST ?= $(VENV)/irctest-$(IRCTEST_COMMIT)
# Many tests wait for a process or for a limit, so there are two workers for each processor.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$(( n < 8 ? 2 * n : 16 )))
PIP_INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The tests start hundreds of processes of netchat: each would compile all modules again (0.2 s of CPU
# time) if the environment forbids to keep what is compiled. Empty is as good as not set.
unit torture conformance-irc test-docker: export PYTHONDONTWRITEBYTECODE =

.PHONY: run test lint types audit unit torture fuzz bench conformance conformance-irc \
    test-docker lock docs format clean
.DEFAULT_GOAL := test

## run: the server in the foreground; make run ARGS="--listen tcp:6001" passes options on
run: $(VENV)/.installed
	@exec $(BIN)/twistd --nodaemon --pidfile= netchat $(ARGS)

## test: all that must hold before a commit
test: lint types unit

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml netchat

types: $(VENV)/.tested
	$(BIN)/mypy

## audit: whether anything that we install has a known vulnerability; it asks PyPI
audit: $(VENV)/.tested
	$(BIN)/python -m pip freeze --exclude-editable | \
	    $(BIN)/pip-audit --strict --disable-pip --no-deps --progress-spinner off --requirement /dev/stdin

## unit: the tests alone; make unit ARGS="-k nick" for some of them, WORKERS=0 without parallel workers
unit: $(VENV)/.tested
	$(BIN)/pytest --numprocesses $(WORKERS) --dist load --maxschedchunk 1 $(ARGS)

## torture: what tests/integration/test_torture.py does, at full size (an hour); ARGS="kill attacks" for some of it,
## ARGS="churn --seconds 28800" for guests who come and go all night, ARGS=cluster for servers of a site
torture: $(VENV)/.tested
	@$(BIN)/python -m tests.torture $(ARGS)

## fuzz: both dialects and the whole conversation, with inputs that a fuzzer makes up; MINUTES=10
fuzz: $(VENV)/.tested
	@$(PIP_INSTALL) --config-settings editable_mode=compat --editable '.[metrics,webhooks,cluster,ssh,dev,fuzz]'
	@nice $(BIN)/python -m tests.fuzz $(or $(MINUTES),10)

## bench: netchat beside C and beside its peers, in one run (most of an hour); QUICK=1 for two minutes
bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

## conformance: Autobahn's test suite against the WebSocket of the web door; it needs Python 2.7
conformance: $(VENV)/.tested $(VENV)/autobahn/.installed
	$(BIN)/python -m tests.conformance $(VENV)/autobahn/bin/wstest

## conformance-irc: irctest against the IRC dialect; ARGS="--tier1", ARGS="away.py -k Nick", ARGS="--server ngircd"
conformance-irc: $(VENV)/.tested $(VENV)/irctest/.installed
	@$(BIN)/python -m tests.conformance.irc --python $(VENV)/irctest/bin/python $(IRCTEST) $(ARGS)

## test-docker: the image and its network, on a real engine and with what is pulled or made there
test-docker: $(VENV)/.tested
	@docker info >/dev/null 2>&1 || { echo "netchat: make test-docker needs a docker engine," \
	    "and \`docker info\` finds none that answers." >&2; exit 1; }
	$(BIN)/pytest tests/integration/docker $(ARGS)

## lock: the versions and hashes of the packages in the image, the newest that setup.cfg allows
lock: $(VENV)/.tested
	@$(PIP_INSTALL) --config-settings editable_mode=compat --editable '.[metrics,webhooks,cluster,ssh,dev,lock]'
	$(BIN)/python .ci/lock.py

## docs: docs/options.md from the settings of the server, manual page and completion from the parsers
docs: $(VENV)/.tested
	$(BIN)/python -m tests.support.options_document
	$(BIN)/python -m tests.support.manual_files

format: $(VENV)/.tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist *.egg-info twisted/plugins/dropin.cache

$(BIN)/python:
	@$(PYTHON) .ci/make_venv.py $(VENV)

# An editable install hides the plugin from twistd unless the checkout itself is on the path.
$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "netchat: installing what the server and the client need into $(VENV)"
	@$(PIP_INSTALL) --config-settings editable_mode=compat --editable '.[metrics,webhooks,cluster,ssh]'
	@touch $@

$(VENV)/autobahn/.installed:
	@echo "netchat: installing Autobahn's test suite into $(VENV)/autobahn"
	@$(PYTHON2) -m pip install --quiet --target $(VENV)/virtualenv-27 'virtualenv==20.15.1'
	@PYTHONPATH=$(VENV)/virtualenv-27 $(PYTHON2) -m virtualenv --quiet $(VENV)/autobahn
	@$(VENV)/autobahn/bin/pip install --quiet 'autobahntestsuite==0.8.2'
	@touch $@

$(VENV)/irctest-$(IRCTEST_COMMIT):
	@git clone --quiet https://github.com/progval/irctest.git $@ && \
	    git -C $@ checkout --quiet $(IRCTEST_COMMIT) || { rm -rf $@; exit 1; }

$(VENV)/irctest/.installed: | $(IRCTEST)
	@echo "netchat: installing what irctest needs into $(VENV)/irctest"
	@$(PYTHON) .ci/make_venv.py $(VENV)/irctest
	@PYTHONWARNINGS=ignore $(VENV)/irctest/bin/python -m pip install --quiet --disable-pip-version-check \
	    --requirement $(IRCTEST)/requirements.txt pytest-timeout pytest-xdist
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "netchat: installing what the tests need into $(VENV)"
	@$(PIP_INSTALL) --config-settings editable_mode=compat --editable '.[metrics,webhooks,cluster,ssh,dev]'
	@touch $@
