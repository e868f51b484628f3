/* AddRaftVoter asks the new voter what it can do (ApiVersions at its listener) before it lets it in: one that
 * cannot be reached, or that does not know the quorum's kraft.version, would be a voter that never votes. The
 * request is parked meanwhile and served anew with what was learnt; one at a time. */
#include "broker/controller/shell_internal.h"

#include "api/kafka/channel.h"
#include "api/kafka/errors.h"
#include "api/kafka/msg/api_versions.h"

enum { ASK_MS = 2000 }; /* controller.quorum.request.timeout.ms */

static const char feature[] = "kraft.version";

static void again(struct voter_ask *a, int16_t error)
{
    struct request *r = a->r;

    a->channel = kf_channel_free(a->channel);
    a->error = error;
    a->state = VOTER_ASK_ANSWERED;
    a->r = NULL;
    if (r) {
        r->cancelled = NULL;
        a->serve(a->c, r, a->msg);
    }
    a->state = VOTER_ASK_NONE;
}

static void up(void *ctx)
{
    struct voter_ask *a = ctx;
    const struct kf_api_versions_response *m = kf_channel_node(a->channel);
    int16_t level = a->c->kraft_version;

    a->min = a->max = 0;
    for (int32_t n = 0; n < m->supported_features_n; n++) {
        if (!str_is(m->supported_features[n].name, feature))
            continue;
        a->min = m->supported_features[n].min_version;
        a->max = m->supported_features[n].max_version;
    }
    again(a, a->min <= level && level <= a->max ? KF_ERR_NONE : KF_ERR_INVALID_REQUEST);
}

static void down(void *ctx, err_t e, const char *reason)
{
    (void)e;
    (void)reason;
    again(ctx, KF_ERR_REQUEST_TIMED_OUT);
}

bool voter_ask_begin(struct controller *c, const struct raft_key *key, struct str host, uint16_t port)
{
    OWNED_MEM char *name = mem_strndup(host.p, host.n);
    struct voter_ask *a = &c->ask;

    *a = (struct voter_ask){ .c = c, .key = *key };
    if (kf_channel_new(&(struct kf_channel_options){ .loop = c->loop,
                                                     .host = name,
                                                     .port = port,
                                                     .client_id = "klamm-controller",
                                                     .connect_timeout_ms = ASK_MS,
                                                     .up = up,
                                                     .down = down,
                                                     .ctx = a },
                       &a->channel, NULL))
        return false;
    a->state = VOTER_ASK_BEGUN;
    return true;
}

static void forget(struct request *r)
{
    struct voter_ask *a = r->parked;

    a->channel = kf_channel_free(a->channel);
    a->state = VOTER_ASK_NONE;
    a->r = NULL;
}

bool voter_ask_parks(struct controller *c, struct request *r, const void *msg,
                     void (*serve)(struct controller *c, struct request *r, const void *msg))
{
    struct voter_ask *a = &c->ask;

    if (a->state != VOTER_ASK_BEGUN || a->r)
        return false;
    a->r = r;
    a->msg = msg;
    a->serve = serve;
    r->parked = a;
    r->cancelled = forget;
    return true;
}
