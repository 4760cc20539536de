# Every target works from a fresh clone and says what it does. Scripts/ holds what is longer than a line.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build run stop test test-planted bench-calls bench-log bench-failover bench-membership chaos lint clean

help:
	@echo 'make run           set up, build, start three nodes on this machine, play the demo, leave the nodes running'
	@echo 'make stop          stop these nodes'
	@echo 'make test          all tests, debug and optimized, the protocol model and 200 simulation seeds'
	@echo 'make test-planted  show that the checkers catch the planted bugs'
	@echo 'make bench-calls   calls between two nodes, beside Erlang (JSON=1: figures only)'
	@echo 'make bench-log     the replicated log on three nodes, beside etcd and RabbitMQ'
	@echo 'make bench-failover  gaps when a node fails beside etcd and RabbitMQ, elections under ten minutes of full load (root)'
	@echo 'make bench-membership  detection, false positives and idle traffic of membership, beside memberlist (root)'
	@echo 'make chaos         kill all nodes 50 times under load, one at a time, then any nemesis on five nodes (root)'
	@echo 'make build         optimized build'
	@echo 'make lint          check the style of all Swift files'
	@echo 'make clean         stop the nodes, remove .build* and .run'

setup:
	@Scripts/setup

build: setup
	@echo '== Building optimized (the first time takes ten minutes or more)' >&2
	@swift build -c release >&2
	@echo '== Built: .build/release/{tandem-node,tandemctl,tandem-lab}' >&2

run: build
	@Scripts/run

stop:
	@Scripts/stop

test: setup
	@Scripts/test

test-planted: setup
	@echo '== Building optimized'
	@swift build -c release --product tandem-lab
	@echo '== Planting each bug and looking whether it is caught'
	@.build/release/tandem-lab planted

bench-calls:
	@Scripts/setup bench
	@$(MAKE) --no-print-directory build
	@Benchmarks/bench-calls

bench-log: build
	@Benchmarks/bench-log

bench-failover: build
	@Benchmarks/bench-failover

bench-membership: build
	@Benchmarks/bench-membership

chaos:
	@Scripts/setup chaos
	@$(MAKE) --no-print-directory build
	@chaos/kill-all
	@chaos/kill-all --one
	@chaos/kill-all --rolling
	@chaos/nemesis mix --minutes 3

lint:
	@echo '== Checking the style of Package.swift, Sources and Tests'
	@swift format lint --strict -r -p Package.swift Sources Tests
	@echo '== Style: nothing found'

clean: stop
	@echo '== Removing .build* and .run'
	@rm -rf .build* .run
