/* What brokers ask of partitions: AlterPartition, AssignReplicasToDirs; and new partitions. */
#include "broker/controller/core.h"

#include "api/kafka/msg/alter_partition.h"
#include "api/kafka/msg/assign_replicas_to_dirs.h"
#include "api/kafka/msg/partition_record.h"

enum { ASSIGN_MAX = 2250, ISR_EPOCHS_SINCE = 3, RECOVERED = 0, RECOVERING = 1 };

bool partition_replica_active(const struct call *k, int32_t broker)
{
    const struct broker_registration *b = image_broker(k->c->image, broker);

    return b && !b->fenced && !b->in_controlled_shutdown;
}

struct uuid partition_directory(const struct call *k, int32_t broker)
{
    static const struct uuid unassigned = { { [15] = 1 } };
    const struct broker_registration *b = image_broker(k->c->image, broker);

    if (!b || !b->log_dirs_n)
        return (struct uuid){ { 0 } };
    return b->log_dirs_n == 1 ? b->log_dirs[0] : unassigned;
}

void partition_put(struct call *k, const struct uuid *topic, int32_t partition,
                   const int32_t *replicas, int32_t replicas_n)
{
    int32_t *isr = arena_array(k->a, (size_t)replicas_n, sizeof(*isr));
    struct uuid *dirs = arena_array(k->a, (size_t)replicas_n, sizeof(*dirs));
    struct kf_partition_record r;

    kf_init(&kf_partition_record_schema, &r);
    r.partition_id = partition;
    r.topic_id = *topic;
    r.replicas = (int32_t *)(uintptr_t)replicas;
    r.replicas_n = replicas_n;
    r.isr = isr;
    for (int32_t n = 0; n < replicas_n; n++) {
        dirs[n] = partition_directory(k, replicas[n]);
        if (partition_replica_active(k, replicas[n]))
            isr[r.isr_n++] = replicas[n];
    }
    r.leader = isr[0];
    r.leader_epoch = r.partition_epoch = 0;
    if (core_level(k->c) >= METADATA_VERSION_DIRECTORIES)
        r.directories = dirs, r.directories_n = replicas_n;
    records_put(k->out, RECORD_PARTITION, record_version_partition(core_level(k->c)), &r);
}

/* A wanted ISR: ids, and the broker epochs when the version has them. */
struct wanted {
    const int32_t *ids;
    const int64_t *epochs; /* NULL: not told; -1: not known */
    int32_t n;
};

/* Its directory failed, and its leader has not heard of it yet. */
static bool directory_failed(const struct partition_state *p, const struct broker_registration *b)
{
    for (int32_t n = 0; n < p->replicas_n; n++) {
        if (p->replicas[n] == b->id)
            return !change_directory_online(b, &p->directories[n]);
    }
    return false;
}

static int16_t check_members(const struct call *k, const struct partition_state *p,
                             const struct wanted *w)
{
    for (int32_t n = 0; n < w->n; n++) {
        if (!ids_has(p->replicas, p->replicas_n, w->ids[n]) || ids_has(w->ids, n, w->ids[n]))
            return KF_ERR_INVALID_REQUEST;
    }
    if (!ids_has(w->ids, w->n, p->leader))
        return KF_ERR_INVALID_REQUEST;
    for (int32_t n = 0; n < w->n; n++) {
        const struct broker_registration *b = image_broker(k->c->image, w->ids[n]);

        if (!b || b->fenced || b->in_controlled_shutdown || directory_failed(p, b) ||
            (w->epochs && w->epochs[n] != -1 && w->epochs[n] != b->epoch))
            return KF_ERR_INELIGIBLE_REPLICA;
    }
    return KF_ERR_NONE;
}

static int16_t check_alter(const struct call *k, int32_t sender, const struct topic_state *t,
                           const struct kf_alter_partition_request_partition_data *q,
                           const struct wanted *w)
{
    const struct partition_state *p = core_partition(t, q->partition_index);

    if (!t)
        return KF_ERR_UNKNOWN_TOPIC_ID;
    if (!p)
        return KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    if (q->leader_epoch > p->leader_epoch || q->partition_epoch > p->partition_epoch)
        return KF_ERR_NOT_CONTROLLER;
    if (q->leader_epoch < p->leader_epoch)
        return KF_ERR_FENCED_LEADER_EPOCH;
    if (sender != p->leader)
        return KF_ERR_INVALID_REQUEST;
    if (q->partition_epoch < p->partition_epoch)
        return KF_ERR_INVALID_UPDATE_VERSION;
    if (q->leader_recovery_state != RECOVERED && q->leader_recovery_state != RECOVERING)
        return KF_ERR_INVALID_REQUEST;
    if ((q->leader_recovery_state == RECOVERING && w->n > 1) ||
        (p->leader_recovery == RECOVERED && q->leader_recovery_state == RECOVERING))
        return KF_ERR_INVALID_REQUEST;
    return check_members(k, p, w);
}

static struct wanted wanted_of(struct call *k,
                               const struct kf_alter_partition_request_partition_data *q)
{
    int32_t *ids;
    int64_t *epochs;

    if (k->version < ISR_EPOCHS_SINCE)
        return (struct wanted){ q->new_isr, NULL, q->new_isr_n };
    ids = arena_array(k->a, (size_t)q->new_isr_with_epochs_n + 1, sizeof(*ids));
    epochs = arena_array(k->a, (size_t)q->new_isr_with_epochs_n + 1, sizeof(*epochs));
    for (int32_t n = 0; n < q->new_isr_with_epochs_n; n++) {
        ids[n] = q->new_isr_with_epochs[n].broker_id;
        epochs[n] = q->new_isr_with_epochs[n].broker_epoch;
    }
    return (struct wanted){ ids, epochs, q->new_isr_with_epochs_n };
}

static void alter_one(struct call *k, int32_t sender, const struct topic_state *t,
                      const struct kf_alter_partition_request_partition_data *q,
                      struct kf_alter_partition_response_partition_data *ret)
{
    struct wanted w = wanted_of(k, q);
    struct changed after;

    ret->partition_index = q->partition_index;
    ret->error_code = check_alter(k, sender, t, q, &w);
    if (ret->error_code)
        return;
    change_put(k,
               &(struct change){ .topic = t,
                                 .partition = q->partition_index,
                                 .isr = w.ids,
                                 .isr_n = w.n,
                                 .leaving = -1,
                                 .recovery = q->leader_recovery_state },
               &after);
    /* The end of a reassignment may take the leadership from the one who asks: KIP-841. */
    if (after.leader != sender) {
        ret->error_code = k->version > 1 ? KF_ERR_NEW_LEADER_ELECTED : KF_ERR_FENCED_LEADER_EPOCH;
        return;
    }
    ret->leader_id = after.leader;
    ret->leader_epoch = after.leader_epoch;
    ret->isr = arena_array(k->a, (size_t)after.isr_n + 1, sizeof(*ret->isr));
    memcpy(ret->isr, after.isr, (size_t)after.isr_n * sizeof(*ret->isr));
    ret->isr_n = after.isr_n;
    ret->leader_recovery_state = after.recovery;
    ret->partition_epoch = after.partition_epoch;
}

void decide_alter_partition(struct call *k, const void *request, void *response)
{
    const struct kf_alter_partition_request *r = request;
    struct kf_alter_partition_response *res = response;

    res->error_code = core_check_epoch(k->c, r->broker_id, r->broker_epoch);
    if (res->error_code)
        return;
    res->topics = arena_array(k->a, (size_t)r->topics_n + 1, sizeof(*res->topics));
    for (int32_t n = 0; n < r->topics_n; n++) {
        __typeof__(res->topics) t = &res->topics[res->topics_n++];

        t->topic_id = r->topics[n].topic_id;
        t->partitions =
            arena_array(k->a, (size_t)r->topics[n].partitions_n + 1, sizeof(*t->partitions));
        for (int32_t p = 0; p < r->topics[n].partitions_n; p++)
            alter_one(k, r->broker_id, image_topic_by_id(k->c->image, &r->topics[n].topic_id),
                      &r->topics[n].partitions[p], &t->partitions[t->partitions_n++]);
    }
}

/* The replica lies in `dir` now; where that is offline it can neither lead nor be in sync. */
static void put_assignment(struct call *k, int32_t broker, const struct uuid *dir,
                           const struct topic_state *t, int32_t id, int32_t place)
{
    const struct partition_state *p = core_partition(t, id);
    struct uuid *dirs = arena_array(k->a, (size_t)p->replicas_n, sizeof(*dirs));
    int32_t *isr = arena_array(k->a, (size_t)p->isr_n + 1, sizeof(*isr)), n = 0;
    struct change c = {
        .topic = t, .partition = id, .leaving = -1, .recovery = -1, .directories = dirs
    };

    memcpy(dirs, p->directories, (size_t)p->replicas_n * sizeof(*dirs));
    dirs[place] = *dir;
    if (!change_directory_online(image_broker(k->c->image, broker), dir)) {
        for (int32_t i = 0; i < p->isr_n; i++) {
            if (p->isr[i] != broker)
                isr[n++] = p->isr[i];
        }
        c.isr = isr, c.isr_n = n;
        c.leaving = broker;
    }
    change_put(k, &c, NULL);
}

static int16_t assign_one(struct call *k, int32_t broker, const struct uuid *dir,
                          const struct topic_state *t, int32_t id)
{
    const struct partition_state *p = core_partition(t, id);
    int32_t at = 0;

    if (!t)
        return KF_ERR_UNKNOWN_TOPIC_ID;
    if (!p)
        return KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    while (at < p->replicas_n && p->replicas[at] != broker)
        at++;
    if (at == p->replicas_n)
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    put_assignment(k, broker, dir, t, id, at);
    return KF_ERR_NONE;
}

static void assign_dir(struct call *k, int32_t broker,
                       const struct kf_assign_replicas_to_dirs_request_directory_data *q,
                       struct kf_assign_replicas_to_dirs_response_directory_data *ret)
{
    ret->id = q->id;
    ret->topics = arena_array(k->a, (size_t)q->topics_n + 1, sizeof(*ret->topics));
    for (int32_t n = 0; n < q->topics_n; n++) {
        __typeof__(ret->topics) t = &ret->topics[ret->topics_n++];

        t->topic_id = q->topics[n].topic_id;
        t->partitions =
            arena_array(k->a, (size_t)q->topics[n].partitions_n + 1, sizeof(*t->partitions));
        for (int32_t p = 0; p < q->topics[n].partitions_n; p++) {
            int32_t id = q->topics[n].partitions[p].partition_index;

            t->partitions[t->partitions_n++] = (__typeof__(*t->partitions)){
                id,
                assign_one(k, broker, &q->id, image_topic_by_id(k->c->image, &t->topic_id), id),
            };
        }
    }
}

void decide_assign_replicas_to_dirs(struct call *k, const void *request, void *response)
{
    const struct kf_assign_replicas_to_dirs_request *r = request;
    struct kf_assign_replicas_to_dirs_response *res = response;
    int64_t total = 0;

    for (int32_t d = 0; d < r->directories_n; d++) {
        for (int32_t t = 0; t < r->directories[d].topics_n; t++)
            total += r->directories[d].topics[t].partitions_n;
    }
    if (core_level(k->c) < METADATA_VERSION_DIRECTORIES)
        res->error_code = KF_ERR_UNSUPPORTED_VERSION;
    else if (total > ASSIGN_MAX)
        res->error_code = KF_ERR_INVALID_REQUEST;
    else if (!image_broker(k->c->image, r->broker_id))
        res->error_code = KF_ERR_BROKER_ID_NOT_REGISTERED;
    else
        res->error_code = core_check_epoch(k->c, r->broker_id, r->broker_epoch);
    if (res->error_code)
        return;
    res->directories = arena_array(k->a, (size_t)r->directories_n + 1, sizeof(*res->directories));
    for (int32_t d = 0; d < r->directories_n; d++)
        assign_dir(k, r->broker_id, &r->directories[d], &res->directories[res->directories_n++]);
}
