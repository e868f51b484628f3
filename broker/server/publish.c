#include "broker/log/flusher.h"
#include "broker/server/broker.h"
#include "broker/server/cleaning.h"
#include "broker/server/client_quotas.h"
#include "broker/server/closing.h"
#include "broker/server/directories.h"
#include "broker/server/fetcher.h"
#include "broker/server/groups.h"
#include "broker/server/housekeeping.h"
#include "broker/server/leading.h"
#include "broker/server/moving.h"
#include "broker/server/node_config.h"
#include "broker/server/producers.h"
#include "broker/server/throttling.h"
#include "broker/server/topic_config.h"
#include "broker/server/share_coordinator.h"
#include "broker/server/txn_coordinator.h"
#include "common/invariant.h"
#include "common/log.h"

enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4 };

static void note_topic(struct broker *b, const char *name)
{
    (void)map_set(&b->changed_topics, name, strlen(name), b);
}

/* Defaults of the broker reach every topic without a value of its own. */
static void note_all_topics(struct broker *b)
{
    const struct topic_state *t;

    for (size_t at = 0; (t = image_topic_next(b->image, &at));)
        note_topic(b, t->name);
}

static void note_broker_config(struct broker *b)
{
    b->config_changed = true;
    if (b->published)
        note_all_topics(b);
}

void broker_note_change(void *broker, const struct image_change *c)
{
    struct broker *b = broker;

    switch (c->kind) {
    case IMAGE_TOPIC_NEW:
    case IMAGE_TOPIC_GONE:
    case IMAGE_PARTITION:
        note_topic(b, c->topic->name);
        break;
    case IMAGE_CONFIG:
        if (c->resource_type == RESOURCE_TOPIC)
            note_topic(b, c->resource_name);
        else if (c->resource_type == RESOURCE_BROKER)
            note_broker_config(b);
        break;
    case IMAGE_BROKER:
        b->brokers_changed = true;
        break;
    case IMAGE_OTHER:
        b->kept_changed = true;
        break;
    case IMAGE_FEATURE:
        break;
    }
}

struct log_config broker_topic_config(const struct broker *b, struct str topic)
{
    struct config_levels l = config_levels(b->config, b->image);

    return topic_log_config(&l, topic);
}

static void delete_partition(struct broker *b, struct partition *p)
{
    err_t e;

    p->leads = false;
    p->leader_id = p->leader_epoch = p->partition_epoch = -1;
    fetcher_stop(b, p);
    leading_stop(b, p, KF_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    directories_forget(p);
    partition_unbind(p);
    cleaning_forget(b, p, true);
    moving_forget(p, true);
    if (!p->log)
        return;
    e = log_dir_delete_partition(p->dir, p->log);
    p->log = NULL;
    if (e)
        log_event(LOG_ERROR, "partition_not_deleted", "topic=%s partition=%d error=%s",
                  p->topic->name, p->index, err_name(e));
    house_sweep(b->house);
}

static void delete_topic(struct broker *b, struct topic *t)
{
    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i])
            delete_partition(b, t->partitions[i]);
    log_event(LOG_INFO, "topic_deleted", "topic=%s", t->name);
    replicas_remove_topic(&b->replicas, t);
}

static int32_t place_of(const struct partition_state *s, int32_t node)
{
    for (int32_t i = 0; i < s->replicas_n; i++)
        if (s->replicas[i] == node)
            return i;
    return -1;
}

static void follow(struct broker *b, struct partition *p)
{
    leading_stop(b, p, KF_ERR_NOT_LEADER_OR_FOLLOWER);
    if (p->log)
        fetcher_follow(b, p);
}

/* The log learns of an epoch before it appends, and of where it begins. */
static void lead(struct broker *b, struct partition *p)
{
    err_t e;

    fetcher_stop(b, p);
    e = p->log ? log_assign_epoch(p->log, p->leader_epoch) : ERR_OK;
    if (e)
        log_event(LOG_ERROR, "epoch_not_assigned", "topic=%s partition=%d error=%s", p->topic->name,
                  p->index, err_name(e));
}

/* Roles restart only with a new leader epoch; a leader also learns of every other change. */
static void set_role(struct broker *b, struct partition *p, const struct partition_state *s)
{
    bool leads = s->leader == b->config->node_id;
    bool repaired = p->log && !leads && !p->fetched && s->leader >= 0;
    bool changed = s->leader_epoch != p->leader_epoch || leads != p->leads ||
                   s->leader != p->leader_id || repaired;

    p->partition_epoch = s->partition_epoch;
    p->leader_id = s->leader;
    p->leader_epoch = s->leader_epoch;
    p->leads = leads;
    if (changed && leads)
        lead(b, p);
    else if (changed)
        follow(b, p);
    if (leads && p->log) {
        leading_role(b, p, s);
        groups_lead(b, p);
        transactions_lead(b, p);
        share_coordinator_lead(b, p);
    }
    if (changed)
        partition_touched(p);
}

static void publish_partition(struct broker *b, struct topic *t, int32_t index,
                              const struct partition_state *s)
{
    struct partition *p = topic_partition(t, index);
    int32_t place = place_of(s, b->config->node_id);

    if (place < 0) {
        if (p && p->log)
            delete_partition(b, p);
        return;
    }
    if (!p)
        p = topic_add_partition(t, index);
    if (!p->log && (p->leader_epoch != s->leader_epoch || p->damaged || p->unopened)) {
        directories_open(b, p, s, place);
        p->leader_epoch = p->log ? -1 : p->leader_epoch; /* its role begins now */
    }
    directories_note(b, p, s, place);
    set_role(b, p, s);
}

static void apply_min_isr(struct broker *b, struct topic *t)
{
    struct config_levels l = config_levels(b->config, b->image);
    int32_t min_isr = (int32_t)topic_config_int(&l, str_of(t->name), "min.insync.replicas");

    if (min_isr == t->min_isr)
        return;
    t->min_isr = min_isr;
    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i] && t->partitions[i]->leader)
            leading_grew(b, t->partitions[i]);
}

/* A log has one flusher, an eager one when its topic is durable. */
static void apply_durable(struct broker *b, struct topic *t)
{
    struct config_levels l = config_levels(b->config, b->image);
    bool durable = topic_config_bool(&l, str_of(t->name), "klamm.durable.acks");

    if (durable == t->durable)
        return;
    t->durable = durable;
    for (int32_t i = 0; i < t->partitions_n; i++) {
        struct partition *p = t->partitions[i];

        if (!p || !p->log)
            continue;
        log_set_flusher(p->log, durable ? b->committer : b->flusher);
        if (p->leader)
            leading_flushed(b, p);
        fetcher_flushed(p);
    }
}

static void apply_config(struct broker *b, struct topic *t)
{
    struct log_config c = broker_topic_config(b, str_of(t->name));

    apply_min_isr(b, t);
    apply_durable(b, t);
    if (memcmp(&c, &t->config, sizeof(c)) == 0)
        return;
    t->config = c;
    for (int32_t i = 0; i < t->partitions_n; i++)
        if (t->partitions[i] && t->partitions[i]->log)
            log_reconfigure(t->partitions[i]->log, &t->config);
}

static bool has_replica(const struct broker *b, const struct topic_state *s)
{
    for (int32_t i = 0; i < s->partitions_n; i++)
        if (place_of(&s->partitions[i], b->config->node_id) >= 0)
            return true;
    return false;
}

static void publish_topic(struct broker *b, struct str name)
{
    const struct topic_state *s = image_topic(b->image, name);
    struct topic *t = replicas_topic(&b->replicas, name);

    groups_topic_changed(b, name);
    if (t && (!s || !uuid_eq(&t->id, &s->id))) {
        delete_topic(b, t);
        t = NULL;
    }
    if (!s || (!t && !has_replica(b, s)))
        return;
    if (!t) {
        struct log_config c = broker_topic_config(b, name);

        t = replicas_add_topic(&b->replicas, name, &s->id, &c);
    }
    apply_config(b, t);
    for (int32_t i = 0; i < s->partitions_n; i++)
        publish_partition(b, t, i, &s->partitions[i]);
    throttling_topic(b, t);
}

/* Directories of topics that are gone or that live elsewhere now are set aside, never
 * deleted on sight: the cluster's metadata may be the one that is wrong. */
static void set_strays_aside(struct broker *b, struct log_dir *d)
{
    struct log_dir_entry e;

    for (size_t at = 0; log_dir_entry(d, &at, &e);) {
        err_t failed;

        if (topic_partition(replicas_topic(&b->replicas, e.topic), e.partition))
            continue; /* ours, but it could not be opened */
        log_event(LOG_WARN, e.future ? "stray_future_replica" : "stray_partition",
                  "dir=%s topic=%.*s partition=%d", log_dir_path(d), STR_ARG(e.topic), e.partition);
        failed = log_dir_set_aside(d, e.topic, e.partition, !e.future); /* a copy goes */
        if (failed)
            log_event(LOG_ERROR, "stray_not_set_aside", "dir=%s error=%s", log_dir_path(d),
                      err_name(failed));
        else
            at = 0;
    }
}

void broker_publish(struct broker *b)
{
    struct slice key;
    void *value;

    if (!b->published)
        note_all_topics(b);
    for (size_t at = 0; map_next(&b->changed_topics, &at, &key, &value);)
        publish_topic(b, str_make((const char *)key.p, key.n));
    map_done(&b->changed_topics);
    if (b->config_changed || !b->published) {
        throttling_rates(b);
        broker_quotas_network(b);
        node_config_apply(b);
    }
    b->config_changed = false;
    if (b->kept_changed || !b->published)
        broker_quotas_renew(b);
    b->kept_changed = false;
    transactions_metadata(b);
    if (b->brokers_changed) {
        b->brokers_changed = false;
        fetcher_brokers_changed(b);
        leading_brokers_changed(b);
    }
    if (b->published)
        return;
    b->published = true;
    for (unsigned i = 0; i < b->dirs_n; i++) {
        log_dir_close_ahead(b->dirs[i].dir);
        set_strays_aside(b, b->dirs[i].dir);
    }
    house_checkpoint(b->house); /* says that all is recovered (broker/log/boot.h) */
}

void broker_open_again(struct broker *b)
{
    struct replicas_walk at = { 0 };
    struct partition *p;

    while ((p = replicas_next(&b->replicas, &at)))
        if (p->unopened)
            note_topic(b, p->topic->name);
    broker_publish(b);
}

bool broker_close_logs(struct broker *b)
{
    struct replicas_walk at = { 0 };
    struct partition *p;

    while ((p = replicas_next(&b->replicas, &at))) {
        fetcher_stop(b, p);
        leading_stop(b, p, KF_ERR_NOT_LEADER_OR_FOLLOWER);
        directories_forget(p);
        partition_unbind(p);
        cleaning_forget(b, p, false);
    }
    return closing_run(b);
}
