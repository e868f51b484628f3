/* The other voters: what a candidate, a leader and one that resigns say to them. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/add_raft_voter.h"
#include "api/kafka/msg/begin_quorum_epoch.h"
#include "api/kafka/msg/controller_registration.h"
#include "api/kafka/msg/end_quorum_epoch.h"
#include "api/kafka/msg/remove_raft_voter.h"
#include "api/kafka/msg/update_raft_voter.h"
#include "api/kafka/msg/vote.h"
#include "common/log.h"

enum { REQUEST_TIMEOUT_MS = 2000 }; /* controller.quorum.request.timeout.ms */
static const char topic_name[] = "__cluster_metadata";

static void send_next(struct peer *p);

static struct raft_key key_of(const struct peer *p)
{
    const struct voter *v = voters_find(&p->c->voters, p->id);

    return (struct raft_key){ p->id, v ? v->directory_id : (struct uuid){ { 0 } } };
}

static void answered(struct peer *p, int32_t epoch, int32_t leader)
{
    uint16_t port;

    controller_raft(p->c, (struct raft_event){
                              .kind = RAFT_ANSWERED,
                              .from = key_of(p),
                              .epoch = epoch,
                              .leader = controller_endpoint(p->c, leader, &port) ? leader : -1,
                          });
}

/* The answer's one partition, NULL when it has none or is refused as a whole. */
#define PARTITION_OF(m)                                                                            \
    ((m)->error_code == 0 && (m)->topics_n == 1 && (m)->topics[0].partitions_n == 1                \
         ? &(m)->topics[0].partitions[0]                                                           \
         : NULL)
#define NOTE_ENDPOINTS(c, m)                                                                       \
    for (int32_t n_ = 0; n_ < (m)->node_endpoints_n; n_++)                                         \
    controller_note_endpoint(c, (m)->node_endpoints[n_].node_id, (m)->node_endpoints[n_].host,     \
                             (m)->node_endpoints[n_].port)

static void on_vote(struct peer *p, const struct kf_vote_response *m)
{
    const struct kf_vote_response_partition_data *x = PARTITION_OF(m);
    uint16_t port;

    if (!x)
        return;
    NOTE_ENDPOINTS(p->c, m);
    controller_raft(
        p->c, (struct raft_event){
                  .kind = RAFT_VOTED,
                  .from = key_of(p),
                  .epoch = x->leader_epoch,
                  .leader = controller_endpoint(p->c, x->leader_id, &port) ? x->leader_id : -1,
                  .granted = x->vote_granted && !x->error_code,
                  .prevote = p->pre_vote,
              });
}

static void on_begin(struct peer *p, const struct kf_begin_quorum_epoch_response *m)
{
    const struct kf_begin_quorum_epoch_response_partition_data *x = PARTITION_OF(m);

    if (!x)
        return;
    NOTE_ENDPOINTS(p->c, m);
    answered(p, x->leader_epoch, x->leader_id);
}

static void on_end(struct peer *p, const struct kf_end_quorum_epoch_response *m)
{
    const struct kf_end_quorum_epoch_response_partition_data *x = PARTITION_OF(m);

    if (!x)
        return;
    NOTE_ENDPOINTS(p->c, m);
    answered(p, x->leader_epoch, x->leader_id);
    controller_raft(p->c, (struct raft_event){ .kind = RAFT_ENDED, .from = key_of(p) });
}

/* Of who has just become the leader, or is it no more: asked again. */
static bool asked_too_early(int16_t error)
{
    return error == KF_ERR_REQUEST_TIMED_OUT || error == KF_ERR_NOT_LEADER_OR_FOLLOWER ||
           error == KF_ERR_FENCED_LEADER_EPOCH || error == KF_ERR_UNKNOWN_LEADER_EPOCH;
}

/* A leader from before 4.1 has no use for it at kraft.version 0. */
static void on_update(struct peer *p, const struct kf_update_raft_voter_response *m)
{
    if (!m->error_code || m->error_code == KF_ERR_UNSUPPORTED_VERSION)
        p->c->told_epoch = p->c->raft.durable.epoch;
    else
        log_event(asked_too_early(m->error_code) ? LOG_INFO : LOG_WARN, "update_voter_refused",
                  "leader=%d error=%s", p->id, kf_error_name(m->error_code));
}

static void on_done(void *ctx, err_t e, const void *msg, int16_t version)
{
    struct peer *p = ctx;
    unsigned asked = p->asked;

    (void)version;
    p->asked = 0;
    if (e == ERR_OK && asked == WANT_VOTE)
        on_vote(p, msg);
    else if (e == ERR_OK && asked == WANT_BEGIN)
        on_begin(p, msg);
    else if (e == ERR_OK && asked == WANT_END)
        on_end(p, msg);
    else if (e == ERR_OK && asked == WANT_UPDATE)
        on_update(p, msg);
    /* Any other failure closes the channel: `down` tells. */
    if (p->channel && kf_channel_is_up(p->channel))
        send_next(p);
}

static err_t call(struct peer *p, enum want what, int16_t key, const void *msg)
{
    struct kf_call k = { key, -1, msg, REQUEST_TIMEOUT_MS, on_done, p };
    struct why why;
    err_t e = kf_channel_call(p->channel, &k, &why);

    p->asked = e ? 0 : what;
    return e;
}

/* A peer without pre-votes (before KIP-996) is taken as one that grants them. */
static err_t send_vote(struct peer *p)
{
    struct controller *c = p->c;
    struct raft_key key = key_of(p);
    struct kf_vote_request_partition_data x = {
        .replica_epoch = c->raft.durable.epoch,
        .replica_id = c->o.node_id,
        .replica_directory_id = c->o.directory_id,
        .voter_directory_id = key.directory_id,
        .last_offset_epoch = c->raft.log_epoch,
        .last_offset = c->raft.end,
        .pre_vote = c->raft.state == RAFT_PROSPECTIVE,
    };
    struct kf_vote_request_topic_data t = { str_of(topic_name), &x, 1 };
    struct kf_vote_request m = { str_of(c->cluster_id), p->id, &t, 1 };

    p->pre_vote = x.pre_vote;
    if (x.pre_vote && kf_channel_version(p->channel, KF_API_VOTE, -1) < 2) {
        controller_raft(c, (struct raft_event){ .kind = RAFT_VOTED,
                                                .from = key,
                                                .epoch = c->raft.durable.epoch,
                                                .leader = -1,
                                                .granted = true,
                                                .prevote = true });
        return ERR_OK;
    }
    return call(p, WANT_VOTE, KF_API_VOTE, &m);
}

static err_t send_begin(struct peer *p)
{
    struct controller *c = p->c;
    struct kf_begin_quorum_epoch_request_partition_data x = {
        .voter_directory_id = key_of(p).directory_id,
        .leader_id = c->o.node_id,
        .leader_epoch = c->raft.durable.epoch,
    };
    struct kf_begin_quorum_epoch_request_topic_data t = { str_of(topic_name), &x, 1 };
    struct kf_begin_quorum_epoch_request_leader_endpoint self = { str_of(c->listener_name),
                                                                  str_of(c->host), c->port };
    struct kf_begin_quorum_epoch_request m = { str_of(c->cluster_id), p->id, &t, 1, &self, 1 };

    return call(p, WANT_BEGIN, KF_API_BEGIN_QUORUM_EPOCH, &m);
}

static err_t send_end(struct peer *p)
{
    struct controller *c = p->c;
    struct raft_key best[VOTERS_MAX];
    struct kf_end_quorum_epoch_request_replica_info infos[VOTERS_MAX];
    int32_t ids[VOTERS_MAX];
    unsigned count = raft_successors(&c->raft, best);
    struct kf_end_quorum_epoch_request_partition_data x = {
        .leader_id = c->o.node_id,
        .leader_epoch = c->raft.durable.epoch,
        .preferred_successors = ids,
        .preferred_successors_n = (int32_t)count,
        .preferred_candidates = infos,
        .preferred_candidates_n = (int32_t)count,
    };
    struct kf_end_quorum_epoch_request_topic_data t = { str_of(topic_name), &x, 1 };
    struct kf_end_quorum_epoch_request_leader_endpoint self = { str_of(c->listener_name),
                                                                str_of(c->host), c->port };
    struct kf_end_quorum_epoch_request m = { str_of(c->cluster_id), &t, 1, &self, 1 };

    for (unsigned n = 0; n < count; n++) {
        ids[n] = best[n].id;
        infos[n] = (__typeof__(infos[n])){ best[n].id, best[n].directory_id };
    }
    return call(p, WANT_END, KF_API_END_QUORUM_EPOCH, &m);
}

static err_t send_registration(struct peer *p)
{
    OWNED_ARENA arena = { 0 };
    struct kf_controller_registration_request m;

    controller_registration(p->c, &arena, &m);
    return call(p, WANT_REGISTER, KF_API_CONTROLLER_REGISTRATION, &m);
}

static err_t send_update(struct peer *p)
{
    struct controller *c = p->c;
    struct kf_update_raft_voter_request_listener self = { str_of(c->listener_name), str_of(c->host),
                                                          c->port };
    struct kf_update_raft_voter_request m = {
        .cluster_id = str_of(c->cluster_id),
        .current_leader_epoch = c->raft.durable.epoch,
        .voter_id = c->o.node_id,
        .voter_directory_id = c->o.directory_id,
        .listeners = &self,
        .listeners_n = 1,
        .k_raft_version_feature = { 0, 1 },
    };

    return call(p, WANT_UPDATE, KF_API_UPDATE_RAFT_VOTER, &m);
}

/* KIP-853: this id's earlier disk leaves first. */
static err_t send_join(struct peer *p)
{
    struct controller *c = p->c;
    const struct voter *old = voters_find(&c->voters, c->o.node_id);
    struct kf_add_raft_voter_request_listener self = { str_of(c->listener_name), str_of(c->host),
                                                       c->port };
    struct kf_add_raft_voter_request add = {
        .cluster_id = str_of(c->cluster_id),
        .timeout_ms = REQUEST_TIMEOUT_MS,
        .voter_id = c->o.node_id,
        .voter_directory_id = c->o.directory_id,
        .listeners = &self,
        .listeners_n = 1,
        .ack_when_committed = kf_channel_version(p->channel, KF_API_ADD_RAFT_VOTER, -1) < 1,
    };
    struct kf_remove_raft_voter_request remove = { .cluster_id = str_of(c->cluster_id),
                                                   .voter_id = c->o.node_id };

    if (!old)
        return call(p, WANT_JOIN, KF_API_ADD_RAFT_VOTER, &add);
    remove.voter_directory_id = old->directory_id;
    return call(p, WANT_JOIN, KF_API_REMOVE_RAFT_VOTER, &remove);
}

/* Whether it is still to be said: roles change while a connection is made. */
static bool holds(const struct peer *p, enum want what)
{
    const struct raft *r = &p->c->raft;

    switch (what) {
    case WANT_VOTE:
        return r->state == RAFT_PROSPECTIVE || r->state == RAFT_CANDIDATE;
    case WANT_BEGIN:
        return r->state == RAFT_LEADER;
    case WANT_END:
        return r->state == RAFT_RESIGNED;
    default:
        return r->state == RAFT_FOLLOWER && r->durable.leader == p->id;
    }
}

static err_t send_one(struct peer *p, enum want what)
{
    switch (what) {
    case WANT_VOTE:
        return send_vote(p);
    case WANT_BEGIN:
        return send_begin(p);
    case WANT_END:
        return send_end(p);
    case WANT_REGISTER:
        return send_registration(p);
    case WANT_JOIN:
        return send_join(p);
    default:
        return send_update(p);
    }
}

static void send_next(struct peer *p)
{
    while (p->wanted && !p->asked && p->channel && kf_channel_is_up(p->channel)) {
        enum want what = p->wanted & -p->wanted;

        p->wanted &= ~(unsigned)what;
        if (holds(p, what))
            send_one(p, what);
    }
}

static void up(void *ctx)
{
    send_next(ctx);
}

static void lost(struct peer *p)
{
    p->channel = kf_channel_free(p->channel);
    p->wanted = p->asked = 0;
    controller_raft(p->c, (struct raft_event){ .kind = RAFT_PEER_LOST, .from = key_of(p) });
}

/* An idle connection may go without a word; one that was to carry something counts. */
static void down(void *ctx, err_t e, const char *reason)
{
    struct peer *p = ctx;

    (void)e, (void)reason;
    if (p->wanted || p->asked) {
        lost(p);
        return;
    }
    p->channel = kf_channel_free(p->channel);
}

static void dial(struct peer *p)
{
    struct kf_channel_options o = {
        .loop = p->c->loop,
        .host = p->host,
        .port = p->port,
        .client_id = "klamm-controller",
        .connect_timeout_ms = REQUEST_TIMEOUT_MS,
        .up = up,
        .down = down,
        .ctx = p,
    };
    struct why why;

    if (kf_channel_new(&o, &p->channel, &why))
        p->channel = NULL; /* a name that does not resolve: the core asks again */
}

static void want(struct peer *p, enum want what)
{
    if (!p->host || p->id == p->c->o.node_id)
        return;
    p->wanted |= what;
    if (!p->channel)
        dial(p);
    else
        send_next(p);
}

void peers_want(struct controller *c, uint32_t mask, enum want what)
{
    for (unsigned n = 0; n < c->raft.voters_n; n++) {
        if (mask & 1u << n)
            want(&c->peers[n], what);
    }
}

void peers_want_leader(struct controller *c, enum want what)
{
    for (unsigned n = 0; n < c->raft.voters_n; n++) {
        if (c->peers[n].id == c->raft.durable.leader && !(c->peers[n].asked & what))
            want(&c->peers[n], what);
    }
}

static void peer_done(struct peer *p)
{
    p->channel = kf_channel_free(p->channel);
    mem_free(p->host);
    p->host = NULL;
    p->wanted = p->asked = 0;
}

void peers_done(struct controller *c)
{
    for (unsigned n = 0; n < VOTERS_MAX; n++)
        peer_done(&c->peers[n]);
}

/* Connections to voters that stay where they were are given up too: sets change rarely. */
void peers_renew(struct controller *c)
{
    peers_done(c);
    for (unsigned n = 0; n < c->voters.n; n++)
        c->peers[n] = (struct peer){ .c = c,
                                     .id = c->voters.v[n].id,
                                     .host = mem_strdup(c->voters.v[n].host),
                                     .port = c->voters.v[n].port };
}
