# Verbs of the project. `make help` lists them.
.PHONY: help demo test check integration build proto kernels coverage clean tools triton fidelity theory e2e e2e-previous e2e-full e2e-up

help: ## list the verbs
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort

demo: build ## a simulated fleet under the real scaler, with a live page
	@node dist/cli/main.js demo

test: node_modules/.package-lock.json ## format, types, unit, property and contract tests; about a minute
	@npm test

check: test theory integration ## the above, queueing theory, and the chain against every real Prometheus that is found

theory: node_modules/.package-lock.json ## the short forms of the fidelity checks: a million jobs a queue; half a minute
	@npx mocha --config test/fidelity/.mocharc.json

fidelity: node_modules/.package-lock.json ## every fidelity check in its long form, then docs/fidelity.md; ONLY=NAME for one of them
	@npx tsx test/fidelity/main.ts $(ONLY)

integration: build ## the chain against every real Prometheus that is found
	@npx mocha --config test/integration/.mocharc.json

e2e: build ## real KEDA, HPA, scheduler and Prometheus with kiscaler in the middle (needs Go once; PATTERN=row picks stories)
	@test/e2e/tools/build.sh
	@node --import tsx test/e2e/main.ts suite "$(PATTERN)"

e2e-previous: build ## the core cases on the minor before KEDA's newest (its build costs minutes, once)
	@KEDA_SERIES=previous test/e2e/tools/build.sh
	@KEDA_SERIES=previous node --import tsx test/e2e/main.ts core

e2e-full: build ## the same with every story, those of hours too (at most three; PATTERN picks some)
	@test/e2e/tools/build.sh
	@node --import tsx test/e2e/main.ts full "$(PATTERN)"
	@[ -n "$(PATTERN)" ] || $(MAKE) --no-print-directory e2e-previous

e2e-up: build ## the same control plane with a simulated fleet, left running for you to look at
	@test/e2e/tools/build.sh
	@node --import tsx test/e2e/main.ts up

tools: ## Prometheus 3 as a Go tool, into .cache/tools/bin (needs Go; minutes, once)
	@test/e2e/tools/build.sh prometheus

triton: node_modules/.package-lock.json ## a Triton server that needs no GPU, by pip into .cache/triton-venv (370 MB, once)
	@npx tsx test/fidelity/triton/install.ts

build: node_modules/.package-lock.json ## compile to dist/
	@npm run --silent build

proto: node_modules/.package-lock.json ## make the gRPC types anew; fails when they differ from those checked in
	@npm run --silent proto && git diff --exit-code -- src/scaler/generated

kernels: node_modules/.package-lock.json ## compile the training kernels anew; fails when they differ from those checked in
	@npm run --silent kernels && git diff --exit-code -- src/training/kernels/assets/kernels.wasm

coverage: node_modules/.package-lock.json ## line coverage of the tests
	@npm run --silent coverage

clean: ## remove what was built
	@rm -rf dist coverage

node_modules/.package-lock.json: package-lock.json
	@npm ci
	@touch $@
