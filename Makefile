# certgate: build, run, test. `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export CGO_ENABLED ?= 0
# The Go release of go.mod, pinned like any other dependency: it is part of what runs.
# Any Go fetches it as a module.
export GOTOOLCHAIN := $(shell sed -n 's/^toolchain //p' go.mod)
# One way to compile for programs, tests and linter: what one has compiled, the others
# take from the cache, in any clone.
export GOFLAGS := -trimpath $(GOFLAGS)

HOSTNAMES ?= shop.example.test www.example.test
N ?= 200
# How many Functions hosts run the app: a number, or flex for hosts as Flex Consumption
# has them. For demo, demo100 and demo1000 one if not set, for storm one and then three.
HOSTS ?=
WITH_HOSTS = $(if $(HOSTS),-hosts $(HOSTS))
HANDLER_SOURCES := go.mod go.sum $(shell find handler api internal -name '*.go' -not -name '*_test.go') api/openapi.json
STACK_SOURCES := go.mod go.sum $(shell find cmd api internal localstack -name '*.go' -not -name '*_test.go')

.PHONY: bench help run cloud host demo demo100 demo1000 demoimport demorenew storm test browsertest stacktest azureclients othercas sitetest looks check generate fuzz lint versions vuln tools build dist clean killmatrix movingtest upgradetest deploycheck deployscan deploywrite manifests repository release

help: ## list the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: tools build ## start the whole local stack; Ctrl-C ends it
	@bin/certgate-local run

cloud: tools build dist ## the local stack without the Functions host, for `func start --script-root dist`
	@bin/certgate-local cloud

host: build ## the local Functions host on dist/, beside `make cloud`, where there is no `func`
	@bin/certgate-local host

demo: tools build ## issue HOSTNAMES="a.example.test b.example.test" on a fresh local stack (HOSTS=3, HOSTS=flex: on several Functions hosts); the last line is JSON
	@bin/certgate-local demo $(WITH_HOSTS) $(HOSTNAMES)

# A gateway takes 100 active listeners, and the one for port 80 is among them.
demo100: tools build ## issue as many hostnames as one gateway takes, in one request: 99
	@bin/certgate-local demo $(WITH_HOSTS) $$(seq -f 'h%g.example.test' 99)

# 91 for each gateway, of the 99 that one takes.
demo1000: tools build ## issue 1,000 hostnames on 11 gateways in one request; the last line is JSON
	@bin/certgate-local demo $(WITH_HOSTS) -gateways 11 $$(seq -f 'h%g.example.test' 1000)

demoimport: tools build ## import a certificate of another authority, check that it is served
	@bin/certgate-local import $(firstword $(HOSTNAMES))

demorenew: tools build ## issue one hostname, have the CA suggest its renewal, check that the new one is served
	@bin/certgate-local renew $(firstword $(HOSTNAMES))

storm: tools build ## ask for N=200 certificates while everything goes wrong, on one Functions host, then on three (HOSTS=flex, SEED=7, IF_MATCH=ignored: docs/storm.md); the last line is JSON
	@bin/certgate-local storm $(WITH_HOSTS) $(if $(filter ignored,$(IF_MATCH)),-if-match-ignored) -n $(N) $(if $(SEED),-seed $(SEED))

# The handler of an earlier release, built from this repository's history.
OLD_RELEASE ?= 0a6216b
OLD_HANDLER := .local/releases/$(OLD_RELEASE)/handler

movingtest: tools build ## a gateway of 60 listeners moves in without a failed handshake; take-overs killed in each step
	CERTGATE_REQUIRE_TOOLS=1 CERTGATE_MOVING_IN=1 go test -count=1 -timeout 20m ./localstack/e2e ./localstack/boundary -run 'MoveIn|TakeOverEnds'

upgradetest: tools build $(OLD_HANDLER) ## kill each step under one release and go on with the other, to OLD_RELEASE's and back
	CERTGATE_REQUIRE_TOOLS=1 CERTGATE_OTHER_HANDLER=$(abspath $(OLD_HANDLER)) go test -count=1 -timeout 20m ./localstack/boundary -run 'Release'

$(OLD_HANDLER):
	mkdir -p $(@D)/source
	git archive $(OLD_RELEASE) | tar -x -C $(@D)/source
	cd $(@D)/source && GOTOOLCHAIN=$$(sed -n 's/^toolchain //p' go.mod) go build -o ../handler ./handler
	rm -rf $(@D)/source

bench: tools build bin/lego bin/certgate-bench ## measure against lego, bare loops and the emulator (docs/benchmarks.md); ONLY=1,2 RUNS=3 SIZES=1000,10000; the last line is JSON
	@bin/certgate-bench $(if $(ONLY),-only $(ONLY)) $(if $(RUNS),-runs $(RUNS)) $(if $(LEGO),-lego $(LEGO)) $(if $(IDLE),-idle $(IDLE)) $(if $(SIZES),-sizes $(SIZES))

# The longest first: they wait for most of the time, and others use the processors
# meanwhile. Go vet is part of make lint.
LONGEST := ./localstack/storm ./localstack/e2e ./localstack/boundary

test: tools build browsertest ## every test, storage emulator and CA included, the kill matrix at two of its five places; in a browser the most important, if there is Chromium
	npm run --silent test:unit
	CERTGATE_REQUIRE_TOOLS=1 go test -short -vet=off -count=1 -timeout 15m -p 4 $(LONGEST) ./...

killmatrix: tools build ## kill the handler once in each step of each flow, at each of the five places where that can happen
	CERTGATE_REQUIRE_TOOLS=1 go test -count=1 -timeout 15m ./localstack/boundary -run WhereverAStepIsKilled

# Without Chromium it is left out, and says so; with CERTGATE_REQUIRE_TOOLS=1 it fails.
browsertest: tools build ## the site in a browser, in short: every page's accessibility, and what people do most on the real stack
	@if node sitetests/browser/chromium.js; then bin/certgate-local with -- npm run --silent test:browser; else [ "$$CERTGATE_REQUIRE_TOOLS" != 1 ]; fi

stacktest: tools build ## the site on the real stack in a browser: sign-in, add, import, renew, revoke, retire, stop; wrong DNS, a CA or vault that is away; pictures into screenshots/stack/
	CERTGATE_REQUIRE_TOOLS=1 bin/certgate-local with -- npm run --silent test:stack

azureclients: tools build localstack/azureclients/node_modules/.package-lock.json ## Microsoft's JavaScript clients against a local stack, as the app
	bin/certgate-local with -app -- npm --prefix localstack/azureclients run --silent test
	CERTGATE_REQUIRE_TOOLS=1 CERTGATE_AZURECLIENTS=1 go test -count=1 -run TestMicrosofts ./localstack/pubsubsim

othercas: tools build bin/stepca ## another authority, smallstep's step-ca, issues, renews and revokes through the unchanged handler
	CERTGATE_REQUIRE_TOOLS=1 CERTGATE_STEPCA=$(abspath bin/stepca) go test -count=1 -v ./localstack/othercas

sitetest: tools ## the site in a browser: sign-in, accessibility, keyboard, live updates, lost connections, weight
	CERTGATE_REQUIRE_TOOLS=1 npm run --silent test:site

looks: tools ## pictures of every page in light, dark and phone width, into screenshots/
	CERTGATE_REQUIRE_TOOLS=1 npm run --silent test:looks

check: lint ## lint, vet and every test under the race detector
	CGO_ENABLED=1 CERTGATE_REQUIRE_TOOLS=1 go test -race -count=1 -timeout 20m ./...

# What is written from something else. Tests fail when one of these is not what its source says.
generate: ## write anew: the README's settings, the events of notifications, the site's flows and error page
	CERTGATE_UPDATE=1 go test -count=1 -run 'Table|Page' ./internal/settings ./internal/alert
	CERTGATE_UPDATE=1 go test -count=1 -run Site ./handler
	node sitetests/write-errors.js

versions: ## what it is built and tested with
	@go version
	@node --version

lint: bin/golangci-lint node_modules/.package-lock.json ## gofmt, the rules of .golangci.yml; for the site ESLint and TypeScript's checks
	@test -z "$$(gofmt -l api cmd deploy handler internal localstack)" || { gofmt -l api cmd deploy handler internal localstack; echo "run gofmt -w on these"; exit 1; }
	bin/golangci-lint run
	npm run --silent lint

# Compiled by Bicep 0.49.2: $BICEP, else bicep on the PATH.
deploycheck: ## deploy/ without Azure: Bicep, azuredeploy.json, snapshots, settings, roles, deploy.sh, workflows
	@scripts/deploycheck.sh
	go test -count=1 ./deploy/...

# Trivy's checks of Azure, in a module of its own with a Go release of its own: it needs
# 750 packages more, and does not build with the release of go.mod.
deployscan: bin/deployscan ## look for weak settings in deploy/ with Trivy's checks; what is ignored, and why: deploy/scan-ignored.txt
	bin/deployscan deploy/parameters deploy/scan-ignored.txt

bin/deployscan: $(wildcard tools/deployscan/*)
	cd tools/deployscan && GOTOOLCHAIN=$$(sed -n 's/^toolchain //p' go.mod) GOEXPERIMENT=jsonv2 go build -ldflags "-s -w" -o ../../bin/ .

deploywrite: ## write azuredeploy.json and the snapshots anew from the Bicep
	@scripts/deploycheck.sh write
	go test -count=1 ./deploy/...

# In a module of its own, for its seventy modules.
manifests: ## hold the Kubernetes objects that certgate writes to Kubernetes' own types
	cd tools/manifests && go test -count=1 ./...

repository: ## write NAME=owner/name, the repository's address, wherever it is needed
	@scripts/repository.sh $(NAME)

vuln: ## look for known vulnerabilities in what the programs call; says so where the database cannot be reached
	@scripts/vuln.sh

fuzz: ## every fuzz target, one after the other; FUZZTIME=10m each, ONLY=hostname some of them
	@FUZZTIME=$(or $(FUZZTIME),10m) scripts/fuzz.sh '$(ONLY)'

build: bin/handler bin/certgate-local ## build the handler and the local stack

release: dist ## release/: package, site, their checksums
	rm -rf release && mkdir release
	cp dist/certgate.zip deploy/azuredeploy.json deploy/createUiDefinition.json deploy/deploy.sh release/
	git archive --format=zip -o release/certgate-site.zip HEAD:static
	cd release && sha256sum * >SHA256SUMS

dist: dist/certgate.zip ## dist/: the script root for `func start` and for publishing

clean: ## remove what the other targets made
	rm -rf bin dist release .local

# Third-party tools, pinned: the storage emulator by package-lock.json, the CA by tools/go.sum.
tools: node_modules/.package-lock.json bin/pebble bin/pebble-challtestsrv ## install the emulator and the test CA

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

localstack/azureclients/node_modules/.package-lock.json: localstack/azureclients/package.json localstack/azureclients/package-lock.json
	npm --prefix localstack/azureclients ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

bin/pebble bin/pebble-challtestsrv &: tools/go.mod tools/go.sum scripts/pebble.sh
	scripts/pebble.sh
	@touch bin/pebble bin/pebble-challtestsrv

# What the benchmark compares with. A module of its own: its two hundred modules
# are of no use to anything else, and would move the versions of the CA's.
bin/lego: tools/lego/go.mod tools/lego/go.sum
	cd tools/lego && go build -ldflags "-s -w" -o ../../bin/ github.com/go-acme/lego/v4/cmd/lego
	@touch bin/lego

# The other authority, another module of its own.
bin/stepca: tools/stepca/go.mod tools/stepca/go.sum tools/stepca/main.go
	cd tools/stepca && go build -ldflags "-s -w" -o ../../bin/stepca .
	@touch bin/stepca

# A module of its own too, for its two hundred modules.
bin/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	cd tools/lint && go build -ldflags "-s -w" -o ../../bin/ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch bin/golangci-lint

bin/handler: $(HANDLER_SOURCES)
	go build -ldflags "-s -w" -o $@ ./handler

bin/certgate-local: $(STACK_SOURCES)
	go build -o $@ ./cmd/certgate-local

bin/certgate-bench: $(STACK_SOURCES)
	go build -o $@ ./cmd/certgate-bench

dist/certgate.zip: $(HANDLER_SOURCES) $(STACK_SOURCES) host.json $(wildcard functions/*/function.json)
	go run ./cmd/certgate-dist
