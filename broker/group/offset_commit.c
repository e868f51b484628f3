#include "api/kafka/msg/offset_commit.h"

#include "broker/group/group_internal.h"

enum { TOPIC_IDS_SINCE = 10, GROUP_NOT_FOUND_SINCE = 9, EPOCHS_SINCE = 9 };

typedef const struct kf_offset_commit_request commit_in;
typedef const struct kf_offset_commit_request_offset_commit_request_topic topic_in;
typedef const struct kf_offset_commit_request_offset_commit_request_partition partition_in;
typedef struct kf_offset_commit_response_offset_commit_response_topic topic_out;

/* UTF-16 units, as Java counts characters. */
static int64_t units(struct str s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];

        n += (c & 0xc0) != 0x80 ? 1 + (c >= 0xf0) : 0;
    }
    return n;
}

static int16_t validate_classic(const struct classic *c, commit_in *q, bool transactional)
{
    bool named = q->generation_id_or_member_epoch >= 0 || q->member_id.n || q->group_instance_id.p;
    int16_t error;

    /* From an admin client, or from a consumer that manages its partitions itself. */
    if (q->generation_id_or_member_epoch < 0 && c->state == CLASSIC_EMPTY)
        return KF_ERR_NONE;
    if (!named)
        return transactional || c->state == CLASSIC_EMPTY ? KF_ERR_NONE : KF_ERR_UNKNOWN_MEMBER_ID;
    error = classic_validate(c, q->member_id, q->group_instance_id);
    if (error)
        return error;
    if (q->generation_id_or_member_epoch != c->generation)
        return KF_ERR_ILLEGAL_GENERATION;
    return c->state == CLASSIC_COMPLETING && !transactional ? KF_ERR_REBALANCE_IN_PROGRESS : KF_ERR_NONE;
}

static const struct topic_state *topic_of(const struct step *s, const struct group_call *call,
                                          topic_in *in)
{
    return call->version >= TOPIC_IDS_SINCE ? image_topic_by_id(s->c->image, &in->topic_id)
                                            : image_topic(s->c->image, in->name);
}

/* A member that has not heard of its newest epoch yet may commit what it had before it (KIP-1251).
 */
static bool is_owned_since(const struct step *s, const struct consumer_member *m, commit_in *q,
                           const struct group_call *call)
{
    for (int32_t i = 0; i < q->topics_n; i++) {
        const struct topic_state *t = topic_of(s, call, &q->topics[i]);

        for (int32_t k = 0; t && k < q->topics[i].partitions_n; k++) {
            int32_t p = q->topics[i].partitions[k].partition_index;
            int32_t since = assignment_epoch(&m->now.assigned, &t->id, p);

            if (since < 0)
                since = assignment_epoch(&m->now.revoking, &t->id, p);
            if (since < 0 || q->generation_id_or_member_epoch < since)
                return false;
        }
    }
    return true;
}

/* A producer that is no member of the group may commit to it. */
static bool is_nobody(commit_in *q)
{
    return q->generation_id_or_member_epoch == -1 && !q->member_id.n && !q->group_instance_id.p;
}

static int16_t validate_consumer(const struct step *s, const struct consumer *c,
                                 const struct group_call *call, commit_in *q, bool transactional)
{
    const struct consumer_member *m = consumer_member(c, q->member_id);
    int32_t epoch = q->generation_id_or_member_epoch;

    if ((epoch < 0 && !c->members_n) || (transactional && is_nobody(q)))
        return KF_ERR_NONE;
    if (!m)
        return KF_ERR_UNKNOWN_MEMBER_ID;
    if (!m->info.classic && !transactional && call->version < EPOCHS_SINCE)
        return KF_ERR_UNSUPPORTED_VERSION;
    if (epoch == m->now.epoch || (epoch < m->now.epoch && is_owned_since(s, m, q, call)))
        return KF_ERR_NONE;
    return m->info.classic ? KF_ERR_ILLEGAL_GENERATION : KF_ERR_STALE_MEMBER_EPOCH;
}

int16_t offset_commit_validate(const struct step *s, const struct group *group,
                               const struct group_call *call, commit_in *q, bool transactional)
{
    if (group && group->consumer)
        return validate_consumer(s, group->consumer, call, q, transactional);
    if (group)
        return validate_classic(group->classic, q, transactional);
    if (q->generation_id_or_member_epoch < 0)
        return KF_ERR_NONE; /* the record makes a group without members */
    return !transactional && call->version >= GROUP_NOT_FOUND_SINCE ? KF_ERR_GROUP_ID_NOT_FOUND
                                                                    : KF_ERR_ILLEGAL_GENERATION;
}

static void put_offset(struct step *s, commit_in *q, const struct topic_state *t, partition_in *in)
{
    struct kf_offset_commit_key key = { .group = q->group_id,
                                        .topic = str_of(t->name),
                                        .partition = in->partition_index };
    struct kf_offset_commit_value v;
    bool expires = q->retention_time_ms >= 0;

    kf_init(&kf_offset_commit_value_schema, &v);
    v.offset = in->committed_offset;
    v.leader_epoch = in->committed_leader_epoch;
    v.metadata = in->committed_metadata.p ? in->committed_metadata : str_make("", 0);
    v.commit_timestamp = s->c->wall_ms;
    if (expires)
        v.expire_timestamp = s->c->wall_ms + q->retention_time_ms;
    v.topic_id = t->id;
    group_record_put(s->out, GROUP_RECORD_OFFSET, &key,
                     expires ? GROUP_OFFSET_RETENTION_VERSION : GROUP_OFFSET_VERSION, &v);
}

static int16_t partition_error(const struct step *s, const struct group_call *call,
                               const struct topic_state *t, partition_in *in)
{
    if (!t)
        return call->version >= TOPIC_IDS_SINCE ? KF_ERR_UNKNOWN_TOPIC_ID
                                                : KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    if (in->partition_index < 0 || in->partition_index >= t->partitions_n)
        return KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    return units(in->committed_metadata) > s->groups->config->metadata_bytes_max
               ? KF_ERR_OFFSET_METADATA_TOO_LARGE
               : KF_ERR_NONE;
}

/* Partitions that do not exist have their own error. */
static void commit_topic(struct step *s, const struct group_call *call, commit_in *q, topic_in *in,
                         int16_t refused, topic_out *out)
{
    const struct topic_state *t = topic_of(s, call, in);

    out->name = in->name;
    out->topic_id = in->topic_id;
    out->partitions = arena_array(call->arena, (size_t)in->partitions_n, sizeof(*out->partitions));
    out->partitions_n = in->partitions_n;
    for (int32_t i = 0; i < in->partitions_n; i++) {
        int16_t error = partition_error(s, call, t, &in->partitions[i]);

        out->partitions[i].partition_index = in->partitions[i].partition_index;
        out->partitions[i].error_code = error ? error : refused;
        if (!error && !refused)
            put_offset(s, q, t, &in->partitions[i]);
    }
}

/* A commit is a sign of life. */
static void heard(struct step *s, const struct group *group, commit_in *q)
{
    const struct classic *c = group->classic;
    struct classic_member *m = c && q->member_id.n ? classic_member(c, q->member_id) : NULL;

    if (m && (c->state == CLASSIC_STABLE || (c->state == CLASSIC_PREPARING && !m->is_new)))
        classic_heard(s, m);
}

void offset_commit_topics(struct step *s, const struct group_call *call, commit_in *q, int16_t refused,
                          struct kf_offset_commit_response *r)
{
    r->topics = arena_array(call->arena, (size_t)q->topics_n, sizeof(*r->topics));
    r->topics_n = q->topics_n;
    for (int32_t i = 0; i < q->topics_n; i++)
        commit_topic(s, call, q, &q->topics[i], refused, &r->topics[i]);
}

void offset_commit_call(struct step *s, struct group_call *call)
{
    commit_in *q = call->request;
    struct group *group = group_find(s->groups, q->group_id);
    struct kf_offset_commit_response *r = group_call_response(call);
    int16_t refused = offset_commit_validate(s, group, call, q, false);

    s->out->group = group;
    offset_commit_topics(s, call, q, refused, r);
    if (!refused && group)
        heard(s, group, q);
    step_answer(s, group, call);
}

static struct offset_entry entry_of(const struct kf_offset_commit_key *k,
                                    const struct kf_offset_commit_value *v, int64_t end)
{
    return (struct offset_entry){
        .partition = k->partition, .leader_epoch = v->leader_epoch, .offset = v->offset,
        .commit_ms = v->commit_timestamp, .expire_ms = v->expire_timestamp, .topic_id = v->topic_id,
        .metadata = v->metadata, .at = end,
    };
}

void offset_apply(struct groups *g, const struct group_record_view *r, int64_t producer_id, int64_t end)
{
    const struct kf_offset_commit_key *k = r->offset_key;
    const struct kf_offset_commit_value *v = r->value;
    struct group *group = group_find(g, k->group);
    struct offset_entry e;

    if (!group && !v)
        return;
    if (!group)
        group = group_add(g, k->group);
    group->written = end;
    if (!v) {
        offsets_remove(&group->offsets, k->topic, k->partition);
        txn_offsets_forget(group, k->topic, k->partition);
        return;
    }
    e = entry_of(k, v, end);
    if (producer_id >= 0)
        txn_offset_put(g, group, producer_id, k->topic, &e);
    else
        offsets_set(&group->offsets, k->topic, &e);
}
