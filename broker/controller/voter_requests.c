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

/* --- what Apache Kafka says --- */

static const char *key_text(struct arena *a, const struct raft_key *key)
{
    return arena_printf(a, "ReplicaKey(id=%d, directoryId=%s)", key->id,
                        uuid_print(&key->directory_id).text);
}

static const char *set_text(const struct controller *c, struct arena *a)
{
    const char *text = "";

    for (unsigned n = 0; n < c->voters.n; n++) {
        struct raft_key key = { c->voters.v[n].id, c->voters.v[n].directory_id };

        text = arena_printf(a, "%s%s%s", text, n ? ", " : "", key_text(a, &key));
    }
    return arena_printf(a, "[%s]", text);
}

static struct str unsupported(const struct controller *c, struct arena *a, const char *act)
{
    return str_of(arena_printf(a, "Cluster doesn't support %s voter because the kraft.version feature is %d",
                               act, c->kraft_version));
}

static const char *cannot_change(const struct controller *c)
{
    if (c->ask.state == VOTER_ASK_BEGUN)
        return "Request timed out waiting for leader to handle previous voter change request";
    return raft_reported_high_watermark(&c->raft) < 0
               ? "Request timed out waiting for leader to establish HWM and fence previous voter "
                 "changes"
               : "Request timed out waiting for voters to commit the latest voter change";
}

static const char *late_text(const struct controller *c, struct arena *a, const struct raft_key *key)
{
    if (!raft_voters_may_change(&c->raft) || c->ask.state == VOTER_ASK_BEGUN)
        return cannot_change(c);
    if (c->ask.error == KF_ERR_REQUEST_TIMED_OUT)
        return arena_printf(a, "New voter %s is not ready to receive requests", key_text(a, key));
    return arena_printf(a, "Aborted add voter operation for %s since it is lagging behind",
                        key_text(a, key));
}

static const char *invalid_text(const struct controller *c, struct arena *a, const struct raft_key *key)
{
    if (c->ask.error != KF_ERR_INVALID_REQUEST)
        return "The voter needs an id, a directory id and an endpoint of the quorum's listener; a "
               "quorum has at most 32 voters.";
    return arena_printf(a,
                        "Aborted add voter operation for %s since the kraft.version range (min: %d, max: "
                        "%d) doesn't support the finalized version %d",
                        key_text(a, key), c->ask.min, c->ask.max, c->kraft_version);
}

static struct str add_text(const struct controller *c, struct arena *a, int16_t error,
                           const struct raft_key *key)
{
    switch (error) {
    case KF_ERR_UNSUPPORTED_VERSION: return unsupported(c, a, "adding");
    case KF_ERR_REQUEST_TIMED_OUT: return str_of(late_text(c, a, key));
    case KF_ERR_INVALID_REQUEST: return str_of(invalid_text(c, a, key));
    case KF_ERR_DUPLICATE_VOTER:
        return str_of(arena_printf(a, "The voter id for %s is already part of the set of voters %s.",
                                   key_text(a, key), set_text(c, a)));
    default: return (struct str){ 0 };
    }
}

static struct str remove_text(const struct controller *c, struct arena *a, int16_t error,
                              const struct raft_key *key)
{
    switch (error) {
    case KF_ERR_UNSUPPORTED_VERSION: return unsupported(c, a, "removing");
    case KF_ERR_REQUEST_TIMED_OUT: return str_of(cannot_change(c));
    case KF_ERR_VOTER_NOT_FOUND:
        return str_of(arena_printf(a, "Cannot remove voter %s from the set of voters %s",
                                   key_text(a, key), set_text(c, a)));
    default: return (struct str){ 0 };
    }
}

/* --- the requests --- */

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

/* The new voter is asked first. `*ret_asking`: there is no answer yet. */
static int16_t ask(struct controller *c, const struct raft_key *key, const struct listener_at *at,
                   bool *ret_asking)
{
    if (c->ask.state == VOTER_ASK_ANSWERED)
        return c->ask.error;
    if (c->ask.state == VOTER_ASK_BEGUN)
        return KF_ERR_REQUEST_TIMED_OUT;
    *ret_asking = voter_ask_begin(c, key, at->host, at->port);
    c->ask.error = *ret_asking ? KF_ERR_NONE : KF_ERR_REQUEST_TIMED_OUT;
    return c->ask.error;
}

/* All but that it has not caught up, which is looked at when it has answered. */
static int16_t check_new(const struct controller *c, const struct raft_key *key)
{
    int16_t error = raft_check_add_voter(&c->raft, key, clock_wall_ms());

    return error == KF_ERR_REQUEST_TIMED_OUT && raft_voters_may_change(&c->raft) ? KF_ERR_NONE : error;
}

static int16_t add(struct controller *c, const struct kf_add_raft_voter_request *q, bool *ret_asking)
{
    struct raft_key key = { q->voter_id, q->voter_directory_id };
    struct voters set = { 0 };
    struct listener_at at = { 0 };
    int16_t error = check_change(c, q->cluster_id);

    ENDPOINT_OF(c, q, at);
    if (!error && (q->voter_id < 0 || uuid_is_zero(&key.directory_id) || !at.host.n || !at.port))
        error = KF_ERR_INVALID_REQUEST;
    if (!error)
        error = check_new(c, &key);
    if (!error)
        error = ask(c, &key, &at, ret_asking);
    if (!error && !*ret_asking && !raft_is_caught_up(&c->raft, &key, clock_wall_ms()))
        error = KF_ERR_REQUEST_TIMED_OUT;
    if (error || *ret_asking)
        return error;
    voters_copy(&c->voters, &set);
    replace(c, &set, q->voter_id, &key.directory_id, &at);
    put(c, &set, 0);
    return KF_ERR_NONE;
}

void *raft_add_voter(struct controller *c, struct arena *a, const void *msg)
{
    struct kf_add_raft_voter_response *m = arena_new(a, struct kf_add_raft_voter_response);
    const struct kf_add_raft_voter_request *q = msg;
    struct raft_key key = { q->voter_id, q->voter_directory_id };
    bool asking = false;

    kf_init(&kf_add_raft_voter_response_schema, m);
    if (c->ask.state == VOTER_ASK_NONE)
        c->ask.error = KF_ERR_NONE;
    m->error_code = add(c, q, &asking);
    m->error_message = add_text(c, a, m->error_code, &key);
    return asking ? NULL : m;
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
    const struct kf_remove_raft_voter_request *q = msg;
    struct raft_key key = { q->voter_id, q->voter_directory_id };

    kf_init(&kf_remove_raft_voter_response_schema, m);
    m->error_code = take_out(c, q);
    m->error_message = remove_text(c, a, m->error_code, &key);
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
