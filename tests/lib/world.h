/* world - a controller core with its image, and a log that is only an offset: for unit tests.
 *
 * Each call decides one request, applies its records and, unless `unchecked`, asserts image_check.
 * Functions that return int16_t return the error of the one topic or partition asked about. */
#ifndef KLAMM_TESTS_LIB_WORLD_H
#define KLAMM_TESTS_LIB_WORLD_H

#include "api/kafka/msg/broker_heartbeat.h"
#include "broker/controller/core.h"

struct world {
    struct core core;
    struct image *image;
    struct voters voters;
    struct arena arena; /* of all replies */
    struct records out;
    int64_t offset, now_ms;
    int applied; /* records of the last call */
    int dirs; /* log directories of each broker that registers: 1, 2 */
    bool unchecked, factor_fixed;
};

/* metadata.version 30, with or without eligible.leader.replicas.version 1; no broker. */
void world_open(struct world *w, bool elr);
void world_open_at(struct world *w, int16_t level); /* another metadata.version, no other feature */
void world_close(struct world *w);
void world_apply(struct world *w); /* w->out */
int64_t world_tick(struct world *w); /* core_tick, applied */
struct call world_call(struct world *w, int16_t version);
/* In the newest version; the reply lives as long as the world. */
void *world_decide(struct world *w, int16_t key, const void *msg);

/* Registers broker `id`, after a clean shutdown of the one before. */
int16_t world_enlist(struct world *w, int32_t id, uint8_t incarnation, const char *rack);
int16_t world_enlist_after(struct world *w, int32_t id, uint8_t incarnation, const char *rack,
                           int64_t previous_epoch);
const struct kf_broker_heartbeat_response *world_beat(struct world *w, int32_t id, bool fence,
                                                      bool shut_down);
/* Brokers 1..n, unfenced, in racks a, b, c in turn. */
void world_brokers(struct world *w, int n);
/* UpdateFeatures, up or down. */
int16_t world_feature(struct world *w, const char *name, int16_t level);
/* AssignReplicasToDirs of one partition. */
int16_t world_place(struct world *w, int32_t broker, const char *topic, int32_t partition, struct uuid dir);
/* Directory `n` (1, 2) of a broker. */
struct uuid world_dir(int32_t broker, int n);
int16_t world_create(struct world *w, const char *name, int32_t partitions, int16_t factor,
                     const char *key, const char *value);
/* One partition on these brokers. */
int16_t world_assign(struct world *w, const char *name, const int32_t *replicas, int32_t n);
int16_t world_grow(struct world *w, const char *name, int32_t count);
/* AlterPartition of r-0 as leader epoch 0, by `sender`. */
int16_t world_alter(struct world *w, int32_t sender, int32_t partition_epoch, const int32_t *isr,
                    int32_t n);
/* AlterPartition by the leader, in its epochs. */
int16_t world_isr(struct world *w, const char *topic, int32_t partition, const int32_t *isr, int32_t n);
/* AlterPartitionReassignments; `n` -1 cancels. */
int16_t world_move(struct world *w, const char *topic, int32_t partition, const int32_t *to, int32_t n);
int16_t world_elect(struct world *w, int8_t type, const char *topic, int32_t partition);
int16_t world_configure(struct world *w, int8_t type, const char *name, const char *key, int8_t op,
                        const char *value);

#endif
