/* KRaft's requests of voters, and DescribeQuorum. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/begin_quorum_epoch.h"
#include "api/kafka/msg/describe_quorum.h"
#include "api/kafka/msg/end_quorum_epoch.h"
#include "api/kafka/msg/vote.h"
#include "common/clock.h"

static const char topic_name[] = "__cluster_metadata";

/* One topic with one partition, the metadata log's. */
#define SHAPE_OK(q)                                                                                \
    ((q)->topics_n == 1 && (q)->topics[0].partitions_n == 1 &&                                     \
     str_is((q)->topics[0].topic_name, topic_name) &&                                              \
     (q)->topics[0].partitions[0].partition_index == 0)
#define TOP_ERROR(c, q)                                                                            \
    (raft_check_cluster(c, (q)->cluster_id) ? raft_check_cluster(c, (q)->cluster_id)               \
     : SHAPE_OK(q)                          ? KF_ERR_NONE                                          \
                                            : KF_ERR_INVALID_REQUEST)

/* The answer every one of them has, with the leader's endpoint when it is known. */
#define ANSWER(c, r, what, error, extra)                                                           \
    do {                                                                                           \
        struct kf_##what##_response_partition_data p_ = { .error_code = (error),                   \
                                                          .leader_id = (c)->raft.durable.leader,   \
                                                          .leader_epoch =                          \
                                                              (c)->raft.durable.epoch };           \
        struct kf_##what##_response_topic_data t_ = { STR_LIT("__cluster_metadata"), &p_, 1 };     \
        struct kf_##what##_response_node_endpoint node_ = { .node_id = p_.leader_id };             \
        const char *host_ = controller_leader_endpoint(c, &node_.port);                            \
        struct kf_##what##_response m_;                                                            \
                                                                                                   \
        kf_init(&kf_##what##_response_schema, &m_);                                                \
        m_.topics = &t_, m_.topics_n = 1;                                                          \
        if (host_) {                                                                               \
            node_.host = str_of(host_);                                                            \
            m_.node_endpoints = &node_, m_.node_endpoints_n = 1;                                   \
        }                                                                                          \
        extra;                                                                                     \
        request_reply(r, &kf_##what##_response_schema, &m_);                                       \
    } while (0)

#define REFUSE(r, what, error)                                                                     \
    do {                                                                                           \
        struct kf_##what##_response m_;                                                            \
                                                                                                   \
        kf_init(&kf_##what##_response_schema, &m_);                                                \
        m_.error_code = (error);                                                                   \
        request_reply(r, &kf_##what##_response_schema, &m_);                                       \
    } while (0)

/* Whether the request is meant for this node: -1 and a zero directory mean that it did not say. */
static bool is_me(const struct controller *c, int32_t id, const struct uuid *directory_id)
{
    return id < 0 || (id == c->o.node_id &&
                      (uuid_is_zero(directory_id) || uuid_eq(directory_id, &c->o.directory_id)));
}

static int16_t vote_error(const struct controller *c,
                          const struct kf_vote_request_partition_data *x)
{
    int16_t error = raft_check_voter_request(&c->raft, x->replica_epoch);

    if (error)
        return error;
    if (x->replica_id < 0 || x->last_offset < 0 || x->last_offset_epoch < 0 ||
        (x->pre_vote ? x->last_offset_epoch > x->replica_epoch
                     : x->last_offset_epoch >= x->replica_epoch))
        return KF_ERR_INVALID_REQUEST;
    return KF_ERR_NONE;
}

static void adopt(struct controller *c, int32_t epoch, int32_t leader, enum raft_event_kind kind)
{
    controller_raft(c, (struct raft_event){ .kind = kind, .epoch = epoch, .leader = leader });
}

void raft_on_vote(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_vote_request *q = msg;
    const struct kf_vote_request_partition_data *x;
    int16_t error = TOP_ERROR(c, q);
    bool granted = false;

    if (error) {
        REFUSE(r, vote, error);
        return;
    }
    x = &q->topics[0].partitions[0];
    error = vote_error(c, x);
    if (!error && !is_me(c, q->voter_id, &x->voter_directory_id)) {
        adopt(c, x->replica_epoch, -1, RAFT_ANSWERED);
        error = KF_ERR_INVALID_VOTER_KEY;
    }
    if (!error)
        granted = controller_raft(
            c, (struct raft_event){ .kind = RAFT_VOTE,
                                    .from = { x->replica_id, x->replica_directory_id },
                                    .epoch = x->replica_epoch,
                                    .last_epoch = x->last_offset_epoch,
                                    .last_offset = x->last_offset,
                                    .prevote = x->pre_vote });
    ANSWER(c, r, vote, error, p_.vote_granted = granted);
}

void raft_on_begin_quorum_epoch(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_begin_quorum_epoch_request *q = msg;
    const struct kf_begin_quorum_epoch_request_partition_data *x;
    int16_t error = TOP_ERROR(c, q);
    uint16_t port;

    if (error) {
        REFUSE(r, begin_quorum_epoch, error);
        return;
    }
    x = &q->topics[0].partitions[0];
    error = raft_check_voter_request(&c->raft, x->leader_epoch);
    if (!error && x->leader_id < 0)
        error = KF_ERR_INVALID_REQUEST;
    if (!error) {
        for (int32_t n = 0; n < q->leader_endpoints_n; n++) {
            if (str_is(q->leader_endpoints[n].name, c->listener_name))
                controller_note_endpoint(c, x->leader_id, q->leader_endpoints[n].host,
                                         q->leader_endpoints[n].port);
        }
        adopt(c, x->leader_epoch, controller_endpoint(c, x->leader_id, &port) ? x->leader_id : -1,
              RAFT_BEGIN);
        if (!is_me(c, q->voter_id, &x->voter_directory_id))
            error = KF_ERR_INVALID_VOTER_KEY;
    }
    ANSWER(c, r, begin_quorum_epoch, error, (void)0);
}

/* Where this node stands among those that the leader would have follow it. */
static void place(const struct controller *c, bool keys,
                  const struct kf_end_quorum_epoch_request_partition_data *x, struct raft_event *ev)
{
    ev->position = -1;
    ev->count = keys ? x->preferred_candidates_n : x->preferred_successors_n;
    for (int n = 0; n < ev->count && ev->position < 0; n++) {
        if (keys ? x->preferred_candidates[n].candidate_id == c->o.node_id
                 : x->preferred_successors[n] == c->o.node_id)
            ev->position = n;
    }
}

void raft_on_end_quorum_epoch(struct controller *c, struct request *r, const void *msg)
{
    const struct kf_end_quorum_epoch_request *q = msg;
    const struct kf_end_quorum_epoch_request_partition_data *x;
    struct raft_event ev = { .kind = RAFT_END };
    int16_t error = TOP_ERROR(c, q);
    uint16_t port;

    if (error) {
        REFUSE(r, end_quorum_epoch, error);
        return;
    }
    x = &q->topics[0].partitions[0];
    error = raft_check_voter_request(&c->raft, x->leader_epoch);
    if (!error && x->leader_id < 0)
        error = KF_ERR_INVALID_REQUEST;
    if (!error) {
        ev.epoch = x->leader_epoch;
        ev.leader = controller_endpoint(c, x->leader_id, &port) ? x->leader_id : -1;
        place(c, r->api_version >= 1, x, &ev);
        controller_raft(c, ev);
    }
    ANSWER(c, r, end_quorum_epoch, error, (void)0);
}

static const struct raft_replica *replica_of(const struct controller *c, const struct raft_key *k)
{
    for (unsigned n = 0; n < c->raft.replicas_n; n++) {
        if (raft_key_fits(k, &c->raft.replicas[n].key))
            return &c->raft.replicas[n];
    }
    return NULL;
}

static struct kf_describe_quorum_response_replica_state
voter_state(const struct controller *c, const struct raft_key *key, int64_t now_ms)
{
    const struct raft_replica *x = replica_of(c, key);
    struct kf_describe_quorum_response_replica_state s = { key->id, key->directory_id, -1, -1, -1 };

    if (key->id == c->o.node_id) {
        s.log_end_offset = c->raft.end;
        s.last_fetch_timestamp = s.last_caught_up_timestamp = now_ms;
    } else if (x) {
        s.log_end_offset = x->end_offset;
        s.last_fetch_timestamp = x->fetched_ms;
        s.last_caught_up_timestamp = x->caught_up_ms;
    }
    return s;
}

static void describe_replicas(const struct controller *c, struct arena *a,
                              struct kf_describe_quorum_response_partition_data *p)
{
    int64_t now_ms = clock_wall_ms();

    p->current_voters = arena_array(a, c->raft.voters_n + 1, sizeof(*p->current_voters));
    for (unsigned n = 0; n < c->raft.voters_n; n++)
        p->current_voters[p->current_voters_n++] = voter_state(c, &c->raft.voters[n].key, now_ms);
    p->observers = arena_array(a, c->raft.replicas_n + 1, sizeof(*p->observers));
    for (unsigned n = 0; n < c->raft.replicas_n; n++) {
        const struct raft_replica *x = &c->raft.replicas[n];

        if (!raft_is_voter(&c->raft, &x->key) && x->fetched_ms >= 0 &&
            now_ms - x->fetched_ms < RAFT_OBSERVER_EXPIRY_MS)
            p->observers[p->observers_n++] = (__typeof__(*p->observers)){
                x->key.id, x->key.directory_id, x->end_offset, x->fetched_ms, x->caught_up_ms,
            };
    }
}

static void describe_nodes(const struct controller *c, struct arena *a,
                           struct kf_describe_quorum_response *m)
{
    m->nodes = arena_array(a, c->voters.n + 1, sizeof(*m->nodes));
    for (unsigned n = 0; n < c->voters.n; n++) {
        const struct voter *v = &c->voters.v[n];
        struct kf_describe_quorum_response_listener *l =
            arena_new(a, struct kf_describe_quorum_response_listener);
        uint16_t port;
        const char *host = controller_endpoint(c, v->id, &port);

        *l = (__typeof__(*l)){ str_of(v->listener), str_of(host ? host : ""), port };
        m->nodes[m->nodes_n++] = (__typeof__(*m->nodes)){ v->id, l, 1 };
    }
}

/* Directories and nodes came with version 2, and are no fields to leave out silently. */
static void as_version_1(struct kf_describe_quorum_response *m)
{
    struct kf_describe_quorum_response_partition_data *p = m->topics->partitions;
    const struct uuid none = { { 0 } };

    for (int32_t n = 0; n < p->current_voters_n; n++)
        p->current_voters[n].replica_directory_id = none;
    for (int32_t n = 0; n < p->observers_n; n++)
        p->observers[n].replica_directory_id = none;
    m->nodes_n = 0;
}

void *raft_describe_quorum(struct controller *c, struct arena *a, int16_t version, const void *msg)
{
    const struct kf_describe_quorum_request *q = msg;
    struct kf_describe_quorum_response *m = arena_new(a, struct kf_describe_quorum_response);
    struct kf_describe_quorum_response_partition_data *p;

    kf_init(&kf_describe_quorum_response_schema, m);
    if (!SHAPE_OK(q)) {
        m->error_code = KF_ERR_INVALID_REQUEST;
        m->error_message =
            str_of("The request must name partition 0 of __cluster_metadata and no other.");
        return m;
    }
    m->topics = arena_new(a, __typeof__(*m->topics));
    m->topics_n = 1;
    m->topics->topic_name = str_of(topic_name);
    m->topics->partitions = p = arena_new(a, __typeof__(*m->topics->partitions));
    m->topics->partitions_n = 1;
    *p = (__typeof__(*p)){ 0 };
    p->leader_id = c->raft.durable.leader;
    p->leader_epoch = c->raft.durable.epoch;
    p->high_watermark = raft_reported_high_watermark(&c->raft);
    if (c->raft.state != RAFT_LEADER) {
        p->error_code = KF_ERR_NOT_LEADER_OR_FOLLOWER;
        return m;
    }
    describe_replicas(c, a, p);
    describe_nodes(c, a, m);
    if (version < 2)
        as_version_1(m);
    return m;
}
