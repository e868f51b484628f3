/* Who leads a partition, and what its ISR and ELR become: PartitionChangeRecord by the rules
 * of Apache Kafka's PartitionChangeBuilder. */
#include "broker/controller/core.h"

#include "api/kafka/msg/partition_change_record.h"

enum { LEADER_KEEP = -2, LEADER_NONE = -1 };

/* A partition with its change, while it is worked out. */
struct draft {
    struct call *k;
    const struct change *c;
    const struct partition_state *p;
    const int32_t *isr;
    int32_t isr_n;
    int32_t leader;
    bool from_elr, unclean;
};

static bool has(const int32_t *ids, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

/* UNASSIGNED and MIGRATING count as online; LOST never does. */
static bool directory_online(const struct broker_registration *b, const struct uuid *d)
{
    static const struct uuid unassigned = { { [15] = 1 } }, lost = { { [15] = 2 } };

    if (uuid_is_zero(d) || uuid_eq(d, &unassigned))
        return true;
    if (uuid_eq(d, &lost))
        return false;
    for (int32_t n = 0; n < b->log_dirs_n; n++) {
        if (uuid_eq(&b->log_dirs[n], d))
            return true;
    }
    return b->log_dirs_n == 0;
}

static bool acceptable(const struct draft *d, int32_t id)
{
    const struct broker_registration *b = image_broker(d->k->c->image, id);

    if (id == d->c->leaving || !b || (b->fenced && b != d->c->back) || b->in_controlled_shutdown)
        return false;
    for (int32_t n = 0; n < d->p->replicas_n; n++) {
        if (d->p->replicas[n] == id)
            return directory_online(b, d->c->directories ? &d->c->directories[n]
                                                         : &d->p->directories[n]);
    }
    return false;
}

static bool valid(const struct draft *d, int32_t id)
{
    return acceptable(d, id) &&
           (has(d->isr, d->isr_n, id) || (d->isr_n == 0 && has(d->p->elr, d->p->elr_n, id)));
}

static int32_t first_valid(const struct draft *d)
{
    for (int32_t n = 0; n < d->p->replicas_n; n++) {
        if (valid(d, d->p->replicas[n]))
            return d->p->replicas[n];
    }
    return LEADER_NONE;
}

static bool unclean_allowed(const struct draft *d)
{
    const struct core *c = d->k->c;
    const char *key = "unclean.leader.election.enable";
    const char *text = image_config(c->image, RESOURCE_TOPIC, str_of(d->c->topic->name), key);

    if (!text)
        text = image_config(c->image, RESOURCE_BROKER, str_of(""), key);
    if (!text && c->config)
        text = c->config(c->config_ctx, key);
    return text && strcmp(text, "true") == 0;
}

static int32_t unclean_leader(struct draft *d)
{
    d->unclean = true;
    if (core_elr(d->k->c) && d->isr_n == 0 && d->p->elr_n == 0 && d->p->last_known_elr_n == 1 &&
        acceptable(d, d->p->last_known_elr[0]))
        return d->p->last_known_elr[0];
    for (int32_t n = 0; n < d->p->replicas_n && unclean_allowed(d); n++) {
        if (acceptable(d, d->p->replicas[n]))
            return d->p->replicas[n];
    }
    d->unclean = false;
    return LEADER_NONE;
}

static void elect(struct draft *d)
{
    const struct partition_state *p = d->p;

    if (d->c->election == ELECT_PREFERRED && p->replicas_n && valid(d, p->replicas[0]))
        d->leader = p->replicas[0];
    else if (valid(d, p->leader))
        d->leader = p->leader;
    else
        d->leader = first_valid(d);
    if (d->leader == LEADER_NONE)
        d->leader = unclean_leader(d);
    d->from_elr = d->leader >= 0 && !d->unclean && !has(d->isr, d->isr_n, d->leader);
    if (d->from_elr || d->unclean) {
        d->isr = &d->leader;
        d->isr_n = 1;
    }
}

/* (old ELR and old ISR) without the new ISR, unless that is large enough by itself. */
static void elr(struct draft *d, struct kf_partition_change_record *r)
{
    const struct partition_state *p = d->p;
    int32_t *ids = arena_array(d->k->a, (size_t)(p->elr_n + p->isr_n) + 1, sizeof(*ids)), n = 0;
    int32_t min_isr = config_min_isr(d->k->c, str_of(d->c->topic->name));

    if (min_isr > p->replicas_n)
        min_isr = p->replicas_n;
    for (int32_t i = 0; i < p->elr_n + p->isr_n && d->isr_n < min_isr; i++) {
        int32_t id = i < p->elr_n ? p->elr[i] : p->isr[i - p->elr_n];

        if (!has(d->isr, d->isr_n, id) && !has(ids, n, id) && has(p->replicas, p->replicas_n, id))
            ids[n++] = id;
    }
    if (n != p->elr_n || memcmp(ids, p->elr, (size_t)n * sizeof(*ids)) != 0)
        r->eligible_leader_replicas = ids, r->eligible_leader_replicas_n = n;
    if (d->leader == LEADER_NONE && p->leader != LEADER_NONE) {
        int32_t *last = arena_alloc(d->k->a, sizeof(*last));

        *last = p->leader;
        r->last_known_elr = last, r->last_known_elr_n = 1;
    } else if (d->leader != LEADER_NONE && p->last_known_elr_n) {
        r->last_known_elr = ids, r->last_known_elr_n = 0;
    }
}

static void fill(struct draft *d, struct kf_partition_change_record *r)
{
    const struct partition_state *p = d->p;
    bool shrunk = d->isr_n < p->isr_n;

    if (d->leader != p->leader)
        r->leader = d->leader;
    /* Before 3.6-IV0 a smaller ISR bumps the leader epoch too. */
    else if (shrunk && core_level(d->k->c) < 12)
        r->leader = p->leader;
    if (d->isr_n == 0 && !core_elr(d->k->c))
        d->isr = p->isr, d->isr_n = p->isr_n; /* the last member stays */
    if (d->isr_n != p->isr_n || memcmp(d->isr, p->isr, (size_t)d->isr_n * sizeof(*d->isr)) != 0) {
        int32_t *ids = arena_array(d->k->a, (size_t)d->isr_n + 1, sizeof(*ids));

        memcpy(ids, d->isr, (size_t)d->isr_n * sizeof(*ids));
        r->isr = ids, r->isr_n = d->isr_n;
    }
    if (d->unclean && !p->leader_recovery)
        r->leader_recovery_state = 1;
    else if (d->c->recovery >= 0 && d->c->recovery != p->leader_recovery)
        r->leader_recovery_state = d->c->recovery;
    if (core_elr(d->k->c) && core_level(d->k->c) >= METADATA_VERSION_ELR)
        elr(d, r);
    if (d->c->directories &&
        memcmp(d->c->directories, p->directories, sizeof(struct uuid) * (size_t)p->replicas_n)) {
        struct uuid *dirs = arena_array(d->k->a, (size_t)p->replicas_n + 1, sizeof(*dirs));

        memcpy(dirs, d->c->directories, sizeof(*dirs) * (size_t)p->replicas_n);
        r->directories = dirs, r->directories_n = p->replicas_n;
    }
}

void change_put(struct call *k, const struct change *c)
{
    const struct partition_state *p = &c->topic->partitions[c->partition];
    struct draft d = { .k = k,
                       .c = c,
                       .p = p,
                       .isr = c->isr ? c->isr : p->isr,
                       .isr_n = c->isr ? c->isr_n : p->isr_n };
    struct kf_partition_change_record r;

    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = c->partition;
    r.topic_id = c->topic->id;
    elect(&d);
    fill(&d, &r);
    if (r.leader == LEADER_KEEP && r.isr_n < 0 && r.leader_recovery_state < 0 &&
        r.directories_n < 0 && r.eligible_leader_replicas_n < 0 && r.last_known_elr_n < 0)
        return;
    records_put(k->out, RECORD_PARTITION_CHANGE, record_version_partition(core_level(k->c)), &r);
}

static void without(struct call *k, const struct topic_state *t, int32_t id, int32_t broker)
{
    const struct partition_state *p = &t->partitions[id];
    int32_t *isr = arena_array(k->a, (size_t)p->isr_n + 1, sizeof(*isr)), n = 0;

    for (int32_t i = 0; i < p->isr_n; i++) {
        if (p->isr[i] != broker)
            isr[n++] = p->isr[i];
    }
    change_put(k, &(struct change){ .topic = t,
                                    .partition = id,
                                    .isr = isr,
                                    .isr_n = n,
                                    .leaving = broker,
                                    .recovery = -1 });
}

void change_remove_broker(struct call *k, int32_t broker)
{
    const struct topic_state *t;
    size_t at = 0;

    while ((t = image_topic_next(k->c->image, &at))) {
        for (int32_t id = 0; id < t->partitions_n; id++) {
            const struct partition_state *p = &t->partitions[id];

            if (p->directories && (p->leader == broker || has(p->isr, p->isr_n, broker)))
                without(k, t, id, broker);
        }
    }
}

void change_broker_back(struct call *k, const struct broker_registration *b)
{
    const struct topic_state *t;
    size_t at = 0;

    while ((t = image_topic_next(k->c->image, &at))) {
        for (int32_t id = 0; id < t->partitions_n; id++) {
            const struct partition_state *p = &t->partitions[id];

            if (p->directories && p->leader == LEADER_NONE &&
                has(p->replicas, p->replicas_n, b->id))
                change_put(
                    k, &(struct change){
                           .topic = t, .partition = id, .leaving = -1, .back = b, .recovery = -1 });
        }
    }
}
