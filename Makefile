# mcptrail: `make demo` shows it at work, `make test` tests it. Both install what they need.

SHELL := /bin/bash
GO ?= go
PROGRAMS := ./schema/cmd/mcptrail-schema ./collector/cmd/mcptrail-collector ./ingest/cmd/mcptrail-ingest ./query/cmd/mcptrail-query ./query/cmd/mcptrail-verify ./deploy/cmd/mcptrail
ENGINE := deploy/engine/node_modules/.package-lock.json
PEERS := deploy/peers/node_modules/.package-lock.json
WEB := query/web/dist/ui/index.html
WEB_MODULES := query/web/node_modules/.package-lock.json
PLUGIN_MODULES := grafana-plugin/node_modules/.package-lock.json
GO_PEER := deploy/peers/build/everything-server
GO_READERS := deploy/peers/build/goreaders
PYTHON_READERS := deploy/peers/build/python/.complete
KAFKA := .cache/kafka-4.4.0/.complete
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.1
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.PHONY: help build web plugin demo test soak lint bench engine peers readers kafka chromium clean

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: web ## Build the programs into bin/.
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/ $(PROGRAMS)

web: $(WEB) ## Build the web pages that the programs carry.
$(WEB): $(WEB_MODULES) $(shell find query/web/src query/web/index.html query/web/*.ts query/web/*.json) $(wildcard query/*.go query/wire/*.go query/httpapi/*.go)
	@mkdir -p query/web/build
	$(GO) run ./query/cmd/mcptrail-query openapi > query/web/build/openapi.json
	cd query/web && npm run --silent types && npm run --silent check && npm run --silent build
$(WEB_MODULES): query/web/package-lock.json
	npm --prefix query/web ci --ignore-scripts --loglevel=error
	@touch $@

plugin: $(PLUGIN_MODULES) ## Build the Grafana plugin for this machine into grafana-plugin/dist/.
	cd grafana-plugin && npm run --silent check && npm run --silent build
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o grafana-plugin/dist/gpx_mcptrail_$$($(GO) env GOOS)_$$($(GO) env GOARCH) ./grafana-plugin/pkg
$(PLUGIN_MODULES): grafana-plugin/package-lock.json
	npm --prefix grafana-plugin ci --ignore-scripts --loglevel=error
	@touch $@

demo: build engine peers ## Record three real MCP conversations and print their timelines.
	$(GO) build -o bin/demo ./deploy/demo
	bin/demo -bin bin

test: build plugin engine peers readers kafka chromium ## Run the tests, with real parts.
	npm --prefix query/web run --silent test
	npm --prefix grafana-plugin run --silent test
	$(GO) test -timeout 30m ./...

soak: build engine peers kafka ## Run the tests that break things at length (hours).
	MCPTRAIL_SOAK=1 $(GO) test -count=1 -timeout 24h -v ./collector/spool ./collector/ship ./ingest/daemon ./deploy/faults

bench: build engine kafka ## Measure beside nginx, a bare pipe and ClickHouse's Kafka table.
	@if [ $$(id -u) = 0 ] && ! { command -v nginx && command -v wrk; } >/dev/null; then apt-get install -qq -y --no-install-recommends nginx wrk; fi
	$(GO) build -o bin/bench ./deploy/bench
	bin/bench -bin bin

lint: $(WEB_MODULES) $(PLUGIN_MODULES) ## Check formatting, vet, staticcheck, the front ends' rules, and govulncheck where its data can be had.
	@unformatted=$$(gofmt -l collector deploy grafana-plugin ingest query schema | grep -v node_modules); \
		if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	npm --prefix query/web run --silent lint
	npm --prefix grafana-plugin run --silent lint
	@out=$$($(GO) run $(GOVULNCHECK) ./... 2>&1); status=$$?; \
		if grep -qiE 'fetching vulnerabilities|dial tcp|no such host|403|connection refused' <<<"$$out" && [ $$status -ne 3 ]; then \
			echo "govulncheck: SKIPPED, its data cannot be had here"; \
		else echo "$$out"; exit $$status; fi

engine: $(ENGINE) ## Install the ClickHouse engine.
$(ENGINE): deploy/engine/package-lock.json
	npm --prefix deploy/engine ci --ignore-scripts --loglevel=error
	@touch $@

peers: $(PEERS) $(GO_PEER) ## Install the public MCP clients and servers of the demo and the tests.
$(PEERS): deploy/peers/package-lock.json
	npm --prefix deploy/peers ci --ignore-scripts --loglevel=error
	@touch $@
$(GO_PEER):
	GOBIN="$(CURDIR)/deploy/peers/build" $(GO) install github.com/modelcontextprotocol/go-sdk/conformance/everything-server@v1.8.0

readers: peers $(GO_READERS) $(PYTHON_READERS) ## Install the servers of the tests that read in different ways (needs Python 3).
$(GO_READERS): $(wildcard deploy/peers/readers/go/*)
	cd deploy/peers/readers/go && $(GO) build -o ../../build/goreaders .
$(PYTHON_READERS): deploy/peers/readers/requirements.txt
	@if command -v python3 >/dev/null; then python3 -m venv deploy/peers/build/python && \
		deploy/peers/build/python/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@; \
	else echo "no python3: tests with its servers will be SKIPPED"; fi

kafka: $(KAFKA) ## Fetch Apache Kafka for the tests (needs Java 17 and Maven).
$(KAFKA): deploy/testbed/apachekafka/pom.xml
	@if command -v java >/dev/null && command -v mvn >/dev/null; then \
		mvn -q -B -f deploy/testbed/apachekafka/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.cache/kafka-4.4.0 && touch $@; \
	else echo "no java or no mvn: tests with Apache Kafka will be SKIPPED"; fi

chromium: ## Install the browser of the tests (needs root and apt).
	@if ! command -v chromium >/dev/null; then \
		if [ $$(id -u) = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; \
		else echo "no chromium: tests in a browser will be SKIPPED"; fi; fi

clean: ## Remove what was built, not what was installed.
	rm -rf bin grafana-plugin/dist query/web/build query/web/dist/ui
