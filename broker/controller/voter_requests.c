/* Dynamic voters (KIP-853): AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter. A new set counts from
 * its append on, and is cut away with it. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/errors.h"
#include "api/kafka/msg/add_raft_voter.h"
#include "api/kafka/msg/remove_raft_voter.h"
#include "api/kafka/msg/update_raft_voter.h"
#include "common/clock.h"
#include "common/log.h"

static int16_t check_change(const struct controller *c, struct str cluster_id)
{
    int16_t error = raft_check_cluster(c, cluster_id);

    if (error)
        return error;
    if (!c->active)
        return KF_ERR_NOT_LEADER_OR_FOLLOWER;
    return c->kraft_version < 1 ? KF_ERR_UNSUPPORTED_VERSION : KF_ERR_NONE;
}

static struct str text_of(const struct controller *c, int16_t error)
{
    switch (error) {
    case KF_ERR_UNSUPPORTED_VERSION:
        return str_of("The quorum's kraft.version is 0: its voters are those of "
                      "controller.quorum.voters.");
    case KF_ERR_REQUEST_TIMED_OUT:
        return str_of("The voters cannot change now: another change or the leader's epoch is not "
                      "committed yet, or the new voter has not caught up.");
    case KF_ERR_DUPLICATE_VOTER:
        return str_of("The voter id is already part of the set of voters.");
    case KF_ERR_VOTER_NOT_FOUND:
        return str_of("The voter is not part of the set of voters, or is the last one.");
    case KF_ERR_INVALID_REQUEST:
        return str_of("The voter needs an id, a directory id and an endpoint of the quorum's "
                      "listener; a quorum has at most 32 voters.");
    default:
        (void)c;
        return (struct str){ 0 };
    }
}

/* `set` becomes the voters; it is taken over. `kraft_version` 0: as it is. */
static void put(struct controller *c, struct voters *set, int16_t kraft_version)
{
    controller_close_batch(c);
    c->next_offset += voters_put_set(set, kraft_version, c->raft.durable.epoch, c->next_offset,
                                     clock_wall_ms(), &c->batch);
    c->voters_offset = c->next_offset - 1;
    c->voters_logged = true;
    if (kraft_version)
        c->kraft_version = kraft_version;
    c->applied = c->next_offset;
    c->applied_epoch = c->raft.durable.epoch;
    voters_done(&c->voters);
    c->voters = *set;
    log_event(LOG_INFO, "quorum_voters_changed", "voters=%u offset=%lld", c->voters.n,
              (long long)c->voters_offset);
    loop_defer(c->loop, &c->flush);
    controller_voters_changed(c);
}

struct listener_at {
    struct str host;
    uint16_t port;
};

#define ENDPOINT_OF(c, q, ret)                                                                     \
    for (int32_t n_ = 0; n_ < (q)->listeners_n; n_++)                                              \
        if (str_is((q)->listeners[n_].name, (c)->listener_name))                                   \
            (ret) = (struct listener_at)                                                           \
            {                                                                                      \
                (q)->listeners[n_].host, (q)->listeners[n_].port                                   \
            }

static void replace(struct controller *c, struct voters *set, int32_t id,
                    const struct uuid *directory_id, const struct listener_at *at)
{
    OWNED_MEM char *host = mem_strndup(at->host.p, at->host.n);

    voters_remove(set, id);
    voters_add(set, id, directory_id, c->listener_name, host, at->port);
}

static int16_t add(struct controller *c, const struct kf_add_raft_voter_request *q)
{
    struct raft_key key = { q->voter_id, q->voter_directory_id };
    struct voters set = { 0 };
    struct listener_at at = { 0 };
    int16_t error = check_change(c, q->cluster_id);

    ENDPOINT_OF(c, q, at);
    if (!error && (q->voter_id < 0 || uuid_is_zero(&key.directory_id) || !at.host.n || !at.port))
        error = KF_ERR_INVALID_REQUEST;
    if (!error)
        error = raft_check_add_voter(&c->raft, &key, clock_wall_ms());
    if (error)
        return error;
    voters_copy(&c->voters, &set);
    replace(c, &set, q->voter_id, &key.directory_id, &at);
    put(c, &set, 0);
    return KF_ERR_NONE;
}

void *raft_add_voter(struct controller *c, struct arena *a, const void *msg)
{
    struct kf_add_raft_voter_response *m = arena_new(a, struct kf_add_raft_voter_response);

    kf_init(&kf_add_raft_voter_response_schema, m);
    m->error_code = add(c, msg);
    m->error_message = text_of(c, m->error_code);
    return m;
}

static int16_t take_out(struct controller *c, const struct kf_remove_raft_voter_request *q)
{
    struct raft_key key = { q->voter_id, q->voter_directory_id };
    const struct voter *v = voters_find(&c->voters, q->voter_id);
    struct voters set = { 0 };
    int16_t error = check_change(c, q->cluster_id);

    if (!error)
        error = raft_check_remove_voter(&c->raft, &key);
    if (!error && (!v || !uuid_eq(&v->directory_id, &key.directory_id)))
        error = KF_ERR_VOTER_NOT_FOUND;
    if (error)
        return error;
    voters_copy(&c->voters, &set);
    voters_remove(&set, q->voter_id);
    put(c, &set, 0);
    return KF_ERR_NONE;
}

void *raft_remove_voter(struct controller *c, struct arena *a, const void *msg)
{
    struct kf_remove_raft_voter_response *m = arena_new(a, struct kf_remove_raft_voter_response);

    kf_init(&kf_remove_raft_voter_response_schema, m);
    m->error_code = take_out(c, msg);
    m->error_message = text_of(c, m->error_code);
    return m;
}

static int16_t check_update(const struct controller *c,
                            const struct kf_update_raft_voter_request *q,
                            const struct listener_at *at)
{
    struct raft_key key = { q->voter_id, q->voter_directory_id };
    int16_t error = raft_check_cluster(c, q->cluster_id);

    if (!error)
        error = raft_check_leader_request(&c->raft, q->current_leader_epoch);
    if (error)
        return error;
    if (!at->host.n || !at->port ||
        q->k_raft_version_feature.min_supported_version > c->kraft_version ||
        q->k_raft_version_feature.max_supported_version < c->kraft_version)
        return KF_ERR_INVALID_REQUEST;
    if (raft_reported_high_watermark(&c->raft) < 0 || c->raft.high_watermark <= c->voters_offset)
        return KF_ERR_REQUEST_TIMED_OUT;
    return raft_is_voter(&c->raft, &key) ? KF_ERR_NONE : KF_ERR_VOTER_NOT_FOUND;
}

/* At kraft.version 0 the set is the options'; what voters say is kept for the day it is raised. */
static void take_update(struct controller *c, const struct kf_update_raft_voter_request *q,
                        const struct listener_at *at)
{
    struct voters set = { 0 };

    if (c->kraft_version < 1) {
        replace(c, &c->told, q->voter_id, &q->voter_directory_id, at);
        return;
    }
    voters_copy(&c->voters, &set);
    replace(c, &set, q->voter_id, &q->voter_directory_id, at);
    put(c, &set, 0);
}

void *raft_update_voter(struct controller *c, struct arena *a, const void *msg)
{
    const struct kf_update_raft_voter_request *q = msg;
    struct kf_update_raft_voter_response *m = arena_new(a, struct kf_update_raft_voter_response);
    struct listener_at at = { 0 };
    uint16_t port;
    const char *host = controller_leader_endpoint(c, &port);

    kf_init(&kf_update_raft_voter_response_schema, m);
    ENDPOINT_OF(c, q, at);
    m->error_code = check_update(c, q, &at);
    m->current_leader.leader_id = c->raft.durable.leader;
    m->current_leader.leader_epoch = c->raft.durable.epoch;
    m->current_leader.host = str_of(host ? arena_text(a, str_of(host)) : "");
    m->current_leader.port = port;
    if (!m->error_code)
        take_update(c, q, &at);
    return m;
}

static int16_t kraft_version(void *ctx)
{
    return ((struct controller *)ctx)->kraft_version;
}

/* Every voter must have said which directory it has; this node's own is known. */
static bool complete(struct controller *c)
{
    struct listener_at self = { str_of(c->host), c->port };

    replace(c, &c->told, c->o.node_id, &c->o.directory_id, &self);
    for (unsigned n = 0; n < c->voters.n; n++) {
        if (!voters_find(&c->told, c->voters.v[n].id))
            return false;
    }
    return c->told.n == c->voters.n;
}

static struct refusal upgrade(void *ctx, struct call *k, int16_t level, bool validate_only)
{
    struct controller *c = ctx;
    struct voters set = { 0 };

    (void)k;
    if (level != 1 || !complete(c))
        return (struct refusal){
            KF_ERR_INVALID_UPDATE_VERSION,
            level != 1 ? "kraft.version is 0 or 1."
                       : "kraft.version cannot be raised yet: not every voter has told the leader "
                         "its directory id and endpoint."
        };
    if (validate_only)
        return (struct refusal){ 0 };
    voters_copy(&c->told, &set);
    put(c, &set, level);
    return (struct refusal){ 0 };
}

struct core_quorum raft_core_quorum(struct controller *c)
{
    return (struct core_quorum){ kraft_version, upgrade, c };
}
