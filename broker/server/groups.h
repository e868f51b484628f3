/* groups - the shell of the group coordinator's core (broker/group/group.h).
 *
 *   leader of a partition of __consumer_offsets --load, bounded work per turn--> serves
 *   request -> groups_ask -> core -> records, one batch, acks=all -> answer at the high watermark
 *
 * While a partition loads its groups are told COORDINATOR_LOAD_IN_PROGRESS, where this broker
 * does not lead NOT_COORDINATOR. A shard is thrown away when leadership is lost: what waits is
 * told NOT_COORDINATOR. A write that is not replicated within offsets.commit.timeout.ms is
 * answered COORDINATOR_NOT_AVAILABLE; it stays written.
 *
 * Owned by the reactor. */
#ifndef KLAMM_BROKER_SERVER_GROUPS_H
#define KLAMM_BROKER_SERVER_GROUPS_H

#include "broker/group/group.h"
#include "broker/server/append.h"

struct broker;
struct coordinator;
struct group_shard;
struct partition;
struct request;

struct coordinator *coordinator_new(struct broker *b);
/* No partition leads any more. NULL is fine; returns NULL. */
struct coordinator *coordinator_free(struct coordinator *g);

/* `p` is led by this broker; partitions of other topics are none of its business. Idempotent. */
void groups_lead(struct broker *b, struct partition *p);
/* It is not any more. Idempotent. */
void groups_stop(struct broker *b, struct partition *p);

/* Consumer groups are on: group.coordinator.rebalance.protocols and the feature group.version. */
bool groups_consumer_enabled(const struct broker *b);

/* `m` ends a transaction in `p`, any partition that is led here. */
void groups_marker_appended(struct broker *b, const struct partition *p, const struct producer_marker *m);

/* A topic was made, changed or deleted. */
void groups_topic_changed(struct broker *b, struct str topic);

/* One question to one group; in the memory of its request. */
struct group_ask {
    struct group_call call;
    int16_t refused;    /* not to be put to the core: answered with this */
    struct coordinator *coordinator;
    struct append_wait wait;
    struct list by_time;
    int64_t deadline_ms;
    void (*done)(struct group_ask *a); /* call.response is there; called once */
    void *ctx;                         /* of whoever asks */
};

/* `a` zeroed but for call.{api,version,group_id,client_*,request,arena}, done and ctx. `done` may
 * be called from within. */
void groups_ask(struct broker *b, struct group_ask *a);
/* `done` is not called any more; what was asked for stays asked. */
void groups_ask_cancel(struct group_ask *a);

/* An event about one group, when it is coordinated here and loaded; else it is lost. */
void groups_tell(struct broker *b, struct str group_id, const struct group_event *ev);

/* Every group of every partition led here; false when one of them is loading. `at` starts {0}. */
struct groups_walk {
    int32_t shard;
    size_t group;
};
bool groups_next(struct broker *b, struct groups_walk *at, struct group_listing *ret);
bool groups_any_loading(const struct broker *b);

#endif
