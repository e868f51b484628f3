/* Who leads a partition, and what its replicas, ISR and ELR become: PartitionChangeRecord by the
 * rules of Apache Kafka's PartitionChangeBuilder (KIP-455 reassignment, KIP-966 ELR). */
#include "broker/controller/core.h"

#include "api/kafka/msg/partition_change_record.h"
#include "broker/server/config_keys.h"

enum { LEADER_KEEP = -2, LEADER_NONE = -1, RECOVERING = 1, LEVEL_QUIET_SHRINK = 12 };

struct ids {
    const int32_t *p;
    int32_t n;
};

/* A partition with its change, while it is worked out. */
struct draft {
    struct call *k;
    const struct change *c;
    const struct partition_state *p;
    struct ids replicas, adding, removing, isr, elr;
    int32_t leader;
    bool with_elr, from_elr, unclean;
};

bool ids_has(const int32_t *ids, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++) {
        if (ids[i] == id)
            return true;
    }
    return false;
}

static bool in(struct ids ids, int32_t id)
{
    return ids_has(ids.p, ids.n, id);
}

static bool all_in(struct ids some, struct ids all)
{
    for (int32_t i = 0; i < some.n; i++) {
        if (!in(all, some.p[i]))
            return false;
    }
    return true;
}

static bool same(struct ids a, struct ids b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, (size_t)a.n * sizeof(*a.p)) == 0);
}

static struct ids without(struct call *k, struct ids from, struct ids gone)
{
    int32_t *ids = arena_array(k->a, (size_t)from.n + 1, sizeof(*ids)), n = 0;

    for (int32_t i = 0; i < from.n; i++) {
        if (!in(gone, from.p[i]))
            ids[n++] = from.p[i];
    }
    return (struct ids){ ids, n };
}

bool change_directory_online(const struct broker_registration *b, const struct uuid *d)
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
            return change_directory_online(b, d->c->directories ? &d->c->directories[n]
                                                         : &d->p->directories[n]);
    }
    return false; /* a replica that is only being added has nothing yet */
}

static bool valid(const struct draft *d, int32_t id)
{
    return in(d->replicas, id) && acceptable(d, id) &&
           (in(d->isr, id) || (d->isr.n == 0 && in(d->elr, id)));
}

bool change_unclean_enabled(const struct core *c, struct str topic)
{
    const char *key = "unclean.leader.election.enable";
    const char *text = image_config(c->image, RESOURCE_TOPIC, topic, key);

    bool enabled;

    if (!text)
        text = core_config_text(c, key);
    return text && config_parse_bool(text, &enabled) && enabled;
}

static bool unclean_allowed(const struct draft *d)
{
    return d->c->election == ELECT_UNCLEAN ||
           (d->c->election == ELECT_ONLINE &&
            change_unclean_enabled(d->k->c, str_of(d->c->topic->name)));
}

static int32_t first_valid(const struct draft *d)
{
    for (int32_t n = 0; n < d->replicas.n; n++) {
        if (valid(d, d->replicas.p[n]))
            return d->replicas.p[n];
    }
    return LEADER_NONE;
}

/* Nobody is known to have everything: the last known leader (KIP-966), else, where that is
 * allowed, whoever is up. */
static int32_t unclean_leader(struct draft *d)
{
    const struct partition_state *p = d->p;

    d->unclean = true;
    if (d->with_elr && d->isr.n == 0 && d->elr.n == 0 && p->last_known_elr_n == 1 &&
        in(d->replicas, p->last_known_elr[0]) && acceptable(d, p->last_known_elr[0]))
        return p->last_known_elr[0];
    for (int32_t n = 0; n < d->replicas.n && unclean_allowed(d); n++) {
        if (acceptable(d, d->replicas.p[n]))
            return d->replicas.p[n];
    }
    d->unclean = false;
    return LEADER_NONE;
}

static void elect(struct draft *d)
{
    const struct partition_state *p = d->p;

    if (d->c->election == ELECT_PREFERRED && d->replicas.n && valid(d, d->replicas.p[0]))
        d->leader = d->replicas.p[0];
    else if (valid(d, p->leader))
        d->leader = p->leader;
    else
        d->leader = first_valid(d);
    if (d->leader == LEADER_NONE)
        d->leader = unclean_leader(d);
    d->from_elr = d->leader >= 0 && !d->unclean && !in(d->isr, d->leader);
    if (!d->from_elr && !d->unclean)
        return;
    d->isr = (struct ids){ &d->leader, 1 };
    d->elr = without(d->k, d->elr, d->isr);
    if (d->unclean)
        d->elr.n = 0; /* what counts from now on is what this one has */
}

/* A reassignment ends when what it adds is in sync and something in sync stays; when it makes the
 * partition smaller only when all that stay are in sync. */
static void complete(struct draft *d)
{
    struct ids isr, replicas;

    if (!d->adding.n && !d->removing.n)
        return;
    isr = without(d->k, d->isr, d->removing);
    replicas = without(d->k, d->replicas, d->removing);
    if (!isr.n || !replicas.n || !all_in(d->adding, isr) ||
        (d->adding.n < d->removing.n && !all_in(replicas, isr)))
        return;
    d->isr = isr;
    d->replicas = replicas;
    d->adding.n = d->removing.n = 0;
}

/* As many in sync as an acknowledgement needs. */
static bool enough_in_sync(const struct draft *d)
{
    return d->isr.n >= d->replicas.n ||
           d->isr.n >= config_min_isr(d->k->c, str_of(d->c->topic->name));
}

/* (old ELR and old ISR) without the new ISR, unless that is large enough by itself (KIP-966). */
static void find_elr(struct draft *d)
{
    const struct partition_state *p = d->p;
    int32_t *ids = arena_array(d->k->a, (size_t)(p->elr_n + p->isr_n) + 1, sizeof(*ids)), n = 0;
    bool enough = enough_in_sync(d);

    for (int32_t i = 0; i < p->elr_n + p->isr_n && !enough; i++) {
        int32_t id = i < p->elr_n ? p->elr[i] : p->isr[i - p->elr_n];

        if (!in(d->isr, id) && !ids_has(ids, n, id) && in(d->replicas, id) &&
            !(d->c->unclean_shutdown && id == d->c->leaving))
            ids[n++] = id;
    }
    d->elr = (struct ids){ ids, n };
}

/* With the feature off only an ISR that is empty still needs the list: it alone says who has everything. */
static void keep_elr(struct draft *d)
{
    const struct partition_state *p = d->p;
    int32_t *ids = arena_array(d->k->a, (size_t)p->elr_n + 1, sizeof(*ids)), n = 0;

    for (int32_t i = 0; i < p->elr_n && !p->isr_n && !d->isr.n; i++) {
        if (in(d->replicas, p->elr[i]))
            ids[n++] = p->elr[i];
    }
    d->elr = (struct ids){ ids, n };
}

/* Who led when the last leader went; when a reassignment drops him, one of the ELR instead. */
static void fill_last_known(struct draft *d, struct kf_partition_change_record *r)
{
    const struct partition_state *p = d->p;
    int32_t *last = arena_alloc(d->k->a, sizeof(*last));
    bool dropped = p->last_known_elr_n && !in(d->replicas, p->last_known_elr[0]);

    if ((d->leader != LEADER_NONE || !d->with_elr) && !p->last_known_elr_n)
        return;
    if (d->leader == LEADER_NONE && p->leader == LEADER_NONE && !dropped)
        return;
    r->last_known_elr = last, r->last_known_elr_n = 0;
    if (d->leader != LEADER_NONE || !d->with_elr)
        return;
    if (p->leader != LEADER_NONE && in(d->replicas, p->leader))
        *last = p->leader, r->last_known_elr_n = 1;
    else if (d->elr.n)
        *last = d->elr.p[0], r->last_known_elr_n = 1;
}

static void fill_elr(struct draft *d, struct kf_partition_change_record *r)
{
    const struct partition_state *p = d->p;

    if (!same(d->elr, (struct ids){ p->elr, p->elr_n })) {
        r->eligible_leader_replicas = (int32_t *)(uintptr_t)d->elr.p;
        r->eligible_leader_replicas_n = d->elr.n;
    }
    fill_last_known(d, r);
}

#define FILL(name, field)                                                  \
    do {                                                                   \
        if (!same(d->name, (struct ids){ d->p->name, d->p->name##_n })) { \
            r->field = (int32_t *)(uintptr_t)d->name.p;                    \
            r->field##_n = d->name.n;                                      \
        }                                                                  \
    } while (0)

/* The directory of replica `id` after the change. */
static struct uuid directory_after(const struct draft *d, int32_t id)
{
    for (int32_t n = 0; n < d->p->replicas_n; n++) {
        if (d->p->replicas[n] == id)
            return d->c->directories ? d->c->directories[n] : d->p->directories[n];
    }
    return partition_directory(d->k, id);
}

static void fill_assignment(struct draft *d, struct kf_partition_change_record *r)
{
    bool moved = !same(d->replicas, (struct ids){ d->p->replicas, d->p->replicas_n });
    struct uuid *dirs = arena_array(d->k->a, (size_t)d->replicas.n + 1, sizeof(*dirs));

    FILL(replicas, replicas);
    FILL(adding, adding_replicas);
    FILL(removing, removing_replicas);
    if (core_level(d->k->c) < METADATA_VERSION_DIRECTORIES)
        return;
    for (int32_t n = 0; n < d->replicas.n; n++) {
        dirs[n] = directory_after(d, d->replicas.p[n]);
        moved |= !moved && !uuid_eq(&dirs[n], &d->p->directories[n]);
    }
    if (moved)
        r->directories = dirs, r->directories_n = d->replicas.n;
}

static void fill(struct draft *d, struct kf_partition_change_record *r)
{
    const struct partition_state *p = d->p;
    struct ids replicas = { p->replicas, p->replicas_n }, isr = { p->isr, p->isr_n };

    if (d->isr.n == 0 && !d->with_elr)
        d->isr = without(d->k, isr, (struct ids){ 0 }); /* the last member stays */
    if (d->leader != p->leader)
        r->leader = d->leader;
    /* A replica that is dropped must not be fetched for; before 3.6-IV0 a smaller ISR counts too. */
    else if (!all_in(replicas, d->replicas) ||
             (!all_in(isr, d->isr) && core_level(d->k->c) < LEVEL_QUIET_SHRINK))
        r->leader = p->leader;
    if (!same(d->isr, isr)) {
        struct ids copy = without(d->k, d->isr, (struct ids){ 0 });

        r->isr = (int32_t *)(uintptr_t)copy.p, r->isr_n = copy.n;
    }
    if (d->unclean && p->leader_recovery != RECOVERING)
        r->leader_recovery_state = RECOVERING;
    else if (!d->unclean && d->c->recovery >= 0 && d->c->recovery != p->leader_recovery)
        r->leader_recovery_state = d->c->recovery;
    if (core_level(d->k->c) >= METADATA_VERSION_ELR)
        fill_elr(d, r); /* what is left of a feature turned off goes */
    fill_assignment(d, r);
}

static bool empty(const struct kf_partition_change_record *r)
{
    return r->leader == LEADER_KEEP && r->isr_n < 0 && r->leader_recovery_state < 0 &&
           r->directories_n < 0 && r->eligible_leader_replicas_n < 0 && r->last_known_elr_n < 0 &&
           r->replicas_n < 0 && r->adding_replicas_n < 0 && r->removing_replicas_n < 0;
}

static void tell(const struct partition_state *p, const struct kf_partition_change_record *r,
                 bool changes, struct changed *ret)
{
    bool led = r->leader != LEADER_KEEP;

    *ret = (struct changed){
        .leader = led ? r->leader : p->leader,
        .leader_epoch = (int32_t)((uint32_t)p->leader_epoch + led),
        .partition_epoch = (int32_t)((uint32_t)p->partition_epoch + changes),
        .isr = r->isr_n >= 0 ? r->isr : p->isr,
        .isr_n = r->isr_n >= 0 ? r->isr_n : p->isr_n,
        .recovery = r->leader_recovery_state >= 0 ? r->leader_recovery_state : p->leader_recovery,
    };
}

static struct draft draft_of(struct call *k, const struct change *c)
{
    const struct partition_state *p = &c->topic->partitions[c->partition];
    const struct assignment *to = c->to;

    return (struct draft){
        .k = k,
        .c = c,
        .p = p,
        .replicas = to ? (struct ids){ to->replicas, to->replicas_n }
                       : (struct ids){ p->replicas, p->replicas_n },
        .adding = to ? (struct ids){ to->adding, to->adding_n }
                     : (struct ids){ p->adding, p->adding_n },
        .removing = to ? (struct ids){ to->removing, to->removing_n }
                       : (struct ids){ p->removing, p->removing_n },
        .isr = c->isr ? (struct ids){ c->isr, c->isr_n } : (struct ids){ p->isr, p->isr_n },
        .with_elr = core_elr(k->c) && core_level(k->c) >= METADATA_VERSION_ELR,
    };
}

bool change_put(struct call *k, const struct change *c, struct changed *ret)
{
    struct draft d = draft_of(k, c);
    struct kf_partition_change_record r;
    bool changes;

    kf_init(&kf_partition_change_record_schema, &r);
    r.partition_id = c->partition;
    r.topic_id = c->topic->id;
    complete(&d);
    if (d.with_elr)
        find_elr(&d);
    else
        keep_elr(&d);
    elect(&d);
    /* Whoever was not elected misses what is acknowledged from now on. */
    if (d.isr.n && (!d.with_elr || enough_in_sync(&d)))
        d.elr.n = 0;
    fill(&d, &r);
    changes = !empty(&r);
    if (changes)
        records_put(k->out, RECORD_PARTITION_CHANGE, record_version_partition(core_level(k->c)), &r);
    if (ret)
        tell(d.p, &r, changes, ret);
    return changes;
}
