# klamm - the one build file. `make help` lists the targets.
#
# Modes live side by side: `make MODE=debug|asan|tsan|rel`. Every area becomes one
# static library, every main.c one program, every x_test.c one test program.

MODE ?= debug
V    ?= 0
SAY   = $(if $(filter 0,$(V)),true,echo)
B    ?= build/$(MODE)
CC   ?= gcc
PKG  := libevent libevent_openssl libevent_pthreads libcurl jansson yaml-0.1 sqlite3 openssl liblz4 libzstd zlib

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
        -Wundef -Wvla -Wformat=2 -Wno-format-nonliteral -Wcast-qual -Wwrite-strings -Werror
CFLAGS.debug := -O1
CFLAGS.rel   := -O2 -D_FORTIFY_SOURCE=2 -fno-plt
CFLAGS.asan  := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.tsan  := -O1 -fsanitize=thread
KLAMM_CFLAGS  = -std=gnu17 -g -D_GNU_SOURCE -I. -pthread -fno-strict-aliasing -fstack-protector-strong \
                $(WARN) $(CFLAGS.$(MODE)) $(CFLAGS)
KLAMM_LDLIBS  = -levent -levent_openssl -levent_pthreads -lcurl -ljansson -lyaml -lsqlite3 -lssl -lcrypto \
                -llz4 -lzstd -lz -lsnappy -lm -pthread $(LDLIBS)

AREAS    := $(wildcard common api broker controlplane agent)
SRC      := $(shell find $(AREAS) tests/lib -name '*.c')
TEST_SRC := $(filter %_test.c,$(SRC))
MAIN_SRC := $(filter %/main.c,$(SRC))
LIB_SRC  := $(filter-out $(TEST_SRC) $(MAIN_SRC),$(SRC))
OBJ      := $(SRC:%.c=$B/%.o)
lib_obj   = $(patsubst %.c,$B/%.o,$(filter $(1)/%,$(LIB_SRC)))

PROGRAMS := $(foreach p,broker:klamm-broker controlplane:klammd agent:klamm-agent api/cli:klamm,\
              $(if $(wildcard $(firstword $(subst :, ,$p))/main.c),$B/$(lastword $(subst :, ,$p))))
TESTS    := $(TEST_SRC:%.c=$B/%)

.PHONY: all help run programs install test slow suites unit lint clean deps fuzz fuzz-targets sim sims sim-mutant
# Objects stay: make would count those of tests and tools as intermediate.
.PRECIOUS: $B/%.o
all: $(PROGRAMS) $(TESTS)

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST)

$B/%.o: %.c
	@mkdir -p $(@D)
	@$(SAY) CC $<
	@$(CC) $(KLAMM_CFLAGS) -MMD -MP -c -o $@ $<

# One library per area; an area links what it may include, and no more.
$B/libcommon.a: $(call lib_obj,common)
$B/libapi.a: $(call lib_obj,api)
$B/libbroker.a: $(call lib_obj,broker)
$B/libcontrolplane.a: $(call lib_obj,controlplane)
$B/libagent.a: $(call lib_obj,agent)
$B/libtest.a: $(call lib_obj,tests/lib)
$B/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	@ar rcs $@ $^

BASE := $B/libapi.a $B/libcommon.a
link  = @$(CC) $(KLAMM_CFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(KLAMM_LDLIBS)

$B/klamm-broker: $B/broker/main.o $B/libbroker.a $(BASE)
	$(link)
$B/klammd: $B/controlplane/main.o $B/libcontrolplane.a $(BASE)
	$(link)
$B/klamm-agent: $B/agent/main.o $B/libagent.a $(BASE)
	$(link)
$B/klamm: $B/api/cli/main.o $(BASE)
	$(link)

$B/common/%_test: $B/common/%_test.o $B/libtest.a $B/libcommon.a
	$(link) -lcmocka
$B/api/%_test: $B/api/%_test.o $B/libtest.a $(BASE)
	$(link) -lcmocka
$B/broker/%_test: $B/broker/%_test.o $B/libtest.a $B/libbroker.a $(BASE)
	$(link) -lcmocka
$B/controlplane/%_test: $B/controlplane/%_test.o $B/libtest.a $B/libcontrolplane.a $(BASE)
	$(link) -lcmocka
$B/agent/%_test: $B/agent/%_test.o $B/libtest.a $B/libagent.a $(BASE)
	$(link) -lcmocka

# Tools of the interop suites: one C file each.
$B/tests/interop/%: $B/tests/interop/%.o $B/libtest.a $B/libbroker.a $(BASE)
	$(link)

# The load of benchmark C4: klammd's own store and authority, and thousands of agents.
$B/tests/bench/fleet_load: $B/tests/bench/fleet_load.o $B/tests/bench/fleet_load_store.o $B/libcontrolplane.a $(BASE)
	$(link)

$B/tests/bench/rebalance_bench: $B/tests/bench/rebalance_bench.o $B/libagent.a $(BASE)
	$(link)

# Fuzz targets with a main that replays the corpus; `make fuzz` looks for more with libFuzzer.
FUZZ := $(patsubst %.c,$B/%,$(wildcard tests/fuzz/*_fuzz.c))
$(FUZZ): %: %.o $B/tests/fuzz/replay.o $B/libtest.a $B/libbroker.a $B/libcontrolplane.a $(BASE)
	$(link) -lcmocka

# The simulators: tests/sim/x_sim.c with what they share.
sim_obj = $(patsubst %.c,$B/%.o,$(filter-out %_sim.c,$(1)))
SIMS := $(patsubst %.c,$B/%,$(wildcard tests/sim/*_sim.c))
SIM_SHARED := $(call sim_obj,$(filter-out tests/sim/fleet_%,$(wildcard tests/sim/*.c)))
$B/tests/sim/%.o: CFLAGS += -O2
$(filter-out %/fleet_sim,$(SIMS)): %: %.o $(SIM_SHARED) $B/libbroker.a $(BASE)
	$(link)

# Of the control plane and the agents, whose clock and chance are the simulator's.
SIM_SHARED.fleet_sim := $(call sim_obj,$(wildcard tests/sim/fleet_*.c)) $B/tests/sim/sim.o
SIM_LIBS.fleet_sim := $B/libcontrolplane.a $B/libagent.a
SIM_FLAGS.fleet_sim := -Wl,--wrap=rng_system -Wl,--wrap=clock_wall_ms
$B/tests/sim/fleet_sim: LDLIBS += $(SIM_FLAGS.fleet_sim)
$B/tests/sim/fleet_sim: %: %.o $(SIM_SHARED.fleet_sim) $(SIM_LIBS.fleet_sim) $(BASE)
	$(link)

sims: $(SIMS)

sim: sims ## SEEDS=1-5000 SIMS_RUN="raft cluster group txn share fleet": whole clusters and groups under faults, one life a seed
	@tests/sim/run.sh $B $(foreach s,$(or $(SIMS_RUN),raft cluster group txn share fleet),$s=$(or $(SEEDS),1-5000))

# One simulator with one file of the code under test replaced (tests/sim/mutants.sh).
sim-mutant:
	@$(CC) $(KLAMM_CFLAGS) -O2 -w -o $(OUT) $(MUTANT) $B/tests/sim/$(SIM).o \
	    $(or $(SIM_SHARED.$(SIM)),$(SIM_SHARED)) -Wl,--start-group $(or $(SIM_LIBS.$(SIM)),$B/libbroker.a) \
	    $(BASE) -Wl,--end-group $(SIM_FLAGS.$(SIM)) $(KLAMM_LDLIBS)

fuzz-targets: $(FUZZ)

fuzz: ## SECONDS=60: look for crashes with libFuzzer (clang)
	@scripts/fuzz.sh run $(or $(SECONDS),60)

# What `make test` runs, each NAME=COMMAND; `make test` stays under ten minutes.
SUITES := unit='scripts/unit.sh $(TESTS)' lint=tests/lint/all.sh \
          fuzz='$(MAKE) -s -j$$(nproc) MODE=asan fuzz-targets && scripts/fuzz.sh replay build/asan' \
          sim='$(MAKE) -s -j$$(nproc) sims && tests/sim/run.sh $B raft=1-8000 cluster=1-2500 group=1-300 txn=1-1000 share=1-500 fleet=1-60' \
          rest=tests/integration/rest/run.sh \
          integration='KLAMM_BUILD=$(CURDIR)/$B tests/integration/run.sh'

# What .ci/run adds: Apache Kafka as judge, and the long runs of the integration tests.
SLOW   := interop-codec=tests/interop/codec/run.sh interop-log=tests/interop/log/run.sh \
          interop-metadata=tests/interop/metadata/run.sh interop-clients=tests/interop/clients/run.sh \
          interop-tools='KLAMM_BUILD=$(CURDIR)/$B tests/interop/tools/run.sh' \
          interop-replication='KLAMM_BUILD=$(CURDIR)/$B tests/interop/replication/run.sh' \
          sim-long='$(MAKE) -s -j$$(nproc) sims && tests/sim/run.sh $B raft=10001-110000 cluster=10001-40000 group=1001-4000 txn=1001-20000 share=1001-4000 fleet=1001-2200' \
          interop-applications='KLAMM_BUILD=$(CURDIR)/$B tests/interop/applications/run.sh' \
          interop-groups='KLAMM_BUILD=$(CURDIR)/$B tests/interop/groups/run.sh' \
          interop-txn='KLAMM_BUILD=$(CURDIR)/$B tests/interop/txn/run.sh' \
          interop-share='KLAMM_BUILD=$(CURDIR)/$B tests/interop/share/run.sh' \
          sim-mutants='$(MAKE) -s -j$$(nproc) sims && tests/sim/mutants.sh $B' \
          faults='KLAMM_BUILD=$(CURDIR)/$B tests/faults/run.sh --faults 20 --kinds process,network,disk --seed 7' \
          faults-mixed='KLAMM_BUILD=$(CURDIR)/$B tests/faults/run.sh --faults 12 --seed 7 \
              --controllers klamm,klamm,apache --brokers klamm,klamm,apache,apache' \
          power-model='tests/faults/run.sh disk' \
          power-cuts='KLAMM_BUILD=$(CURDIR)/$B tests/faults/run.sh power --cuts 15 --seed 7' \
          interop-quorum='KLAMM_BUILD=$(CURDIR)/$B tests/interop/quorum/run.sh' \
          integration-all='KLAMM_BUILD=$(CURDIR)/$B tests/integration/run.sh --full'

unit: $(TESTS) ## build and run the unit tests
	@scripts/unit.sh $(TESTS)

lint: ## layers, banned functions, sizes, headers
	@tests/lint/all.sh

deps: ## install the Debian packages that the build lacks
	@scripts/deps.sh build

run: ## a whole klamm on this machine, with a cluster: installs what it lacks, builds, runs until Ctrl-C
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory -j$$(nproc) programs
	@$B/klamm dev --data-dir var/dev

programs: $(PROGRAMS)

# Of MODE=rel unless MODE is given; DESTDIR is where a package is made.
PREFIX ?= /usr/local
INSTALL_MODE := $(if $(findstring file,$(origin MODE)),rel,$(MODE))
install: ## PREFIX=/usr/local DESTDIR=: programs, manual pages, completion, services of systemd
	@scripts/deps.sh build
	@$(MAKE) --no-print-directory -j$$(nproc) MODE=$(INSTALL_MODE) programs
	@scripts/install.sh build/$(INSTALL_MODE) "$(DESTDIR)" "$(PREFIX)"

# The libraries must be there before make reads on: test and run start make anew.
test: ## everything a change must pass: installs what it lacks, builds, tests
	@scripts/deps.sh test
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory suites

slow: ## the slower suites: interop with Apache Kafka (Java, Maven), long integration runs
	@scripts/deps.sh interop
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@scripts/suites.sh $B $(SLOW)

suites:
	@scripts/suites.sh $B $(SUITES)

clean:
	rm -rf build

-include $(OBJ:.o=.d) $(SIM_SHARED:.o=.d) $(SIM_SHARED.fleet_sim:.o=.d) $(SIMS:%=%.d) $(FUZZ:%=%.d) $B/tests/fuzz/replay.d \
         $(patsubst %.c,$B/%.d,$(wildcard tests/interop/*/*.c tests/bench/*.c tests/faults/*.c))
