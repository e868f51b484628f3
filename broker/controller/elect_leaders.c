/* ElectLeaders, and elections that the controller itself begins. */
#include "broker/controller/core.h"

#include "api/kafka/msg/elect_leaders.h"

enum {
    BALANCE_PER_TICK_MAX = 1000, /* the rest follows with the next tick */
    UNCLEAN_SCAN_MS = 300000
};

typedef struct kf_elect_leaders_response_partition_result result;

#define UNCLEAN_KEY "unclean.leader.election.enable"

static void elect(struct call *k, struct image_place place, enum election election)
{
    change_put(k,
               &(struct change){ .topic = place.topic,
                                 .partition = place.partition,
                                 .election = election,
                                 .leaving = -1,
                                 .recovery = -1 },
               NULL);
}

/* Each leaderless partition stands in the index of all its replicas: one of them counts. */
static int32_t first_registered(const struct call *k, const struct partition_state *p)
{
    for (int32_t n = 0; n < p->replicas_n; n++) {
        if (image_broker(k->c->image, p->replicas[n]))
            return p->replicas[n];
    }
    return -1;
}

static void elect_one(struct call *k, int8_t type, struct str name, int32_t id, result *ret)
{
    const struct topic_state *t = image_topic(k->c->image, name);
    const struct partition_state *p = core_partition(t, id);

    ret->partition_id = id;
    if (!p) {
        ret->error_code = KF_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        ret->error_message = str_of(t ? core_text(k, "No such partition as %s-%d", t->name, id)
                                      : core_text(k, "No such topic as %.*s", STR_ARG(name)));
    } else if (type == 0 ? p->leader == p->replicas[0] : p->leader >= 0) {
        ret->error_code = KF_ERR_ELECTION_NOT_NEEDED;
    } else if (!change_put(k,
                           &(struct change){ .topic = t,
                                             .partition = id,
                                             .election = type == 0 ? ELECT_PREFERRED : ELECT_UNCLEAN,
                                             .leaving = -1,
                                             .recovery = -1 },
                           NULL)) {
        ret->error_code = type == 0 ? KF_ERR_PREFERRED_LEADER_NOT_AVAILABLE
                                    : KF_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE;
    }
}

/* Those that need none are left out of the answer for all. */
static void elect_topic(struct call *k, int8_t type, const struct topic_state *t,
                        struct kf_elect_leaders_response *res)
{
    __typeof__(res->replica_election_results) x =
        &res->replica_election_results[res->replica_election_results_n];

    x->topic = str_of(arena_text(k->a, str_of(t->name)));
    x->partition_result =
        arena_array(k->a, (size_t)t->partitions_n + 1, sizeof(*x->partition_result));
    x->partition_result_n = 0;
    for (int32_t id = 0; id < t->partitions_n; id++) {
        result one = { 0 };

        elect_one(k, type, str_of(t->name), id, &one);
        if (one.error_code != KF_ERR_ELECTION_NOT_NEEDED)
            x->partition_result[x->partition_result_n++] = one;
    }
    res->replica_election_results_n += x->partition_result_n > 0;
}

static void elect_all(struct call *k, int8_t type, struct kf_elect_leaders_response *res)
{
    const struct topic_state *t;
    size_t at = 0;

    res->replica_election_results =
        arena_array(k->a, image_topics_n(k->c->image) + 1, sizeof(*res->replica_election_results));
    while ((t = image_topic_next(k->c->image, &at)))
        elect_topic(k, type, t, res);
}

void decide_elect_leaders(struct call *k, const void *request, void *response)
{
    const struct kf_elect_leaders_request *r = request;
    struct kf_elect_leaders_response *res = response;

    if (r->election_type < 0 || r->election_type > 1) {
        res->error_code = KF_ERR_INVALID_REQUEST;
        return;
    }
    if (r->topic_partitions_n < 0) {
        elect_all(k, r->election_type, res);
        return;
    }
    res->replica_election_results = arena_array(k->a, (size_t)r->topic_partitions_n + 1,
                                                sizeof(*res->replica_election_results));
    for (int32_t n = 0; n < r->topic_partitions_n; n++) {
        __typeof__(&r->topic_partitions[0]) q = &r->topic_partitions[n];
        __typeof__(res->replica_election_results) x =
            &res->replica_election_results[res->replica_election_results_n++];

        x->topic = q->topic;
        x->partition_result =
            arena_array(k->a, (size_t)q->partitions_n + 1, sizeof(*x->partition_result));
        for (int32_t p = 0; p < q->partitions_n; p++)
            elect_one(k, r->election_type, q->topic, q->partitions[p],
                      &x->partition_result[x->partition_result_n++]);
    }
}

void elect_unclean_now(struct call *k, struct str topic)
{
    const struct broker_registration *b;
    struct image_place place;
    size_t at = 0, n = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        for (n = 0; image_broker_partition_next(k->c->image, b->id, IMAGE_LEADERLESS, &n, &place);) {
            const struct partition_state *p = &place.topic->partitions[place.partition];
            struct str name = str_of(place.topic->name);

            if (b->id != first_registered(k, p) || (topic.n && !str_eq(topic, name)))
                continue;
            if (!topic.n && image_config(k->c->image, RESOURCE_TOPIC, name, UNCLEAN_KEY))
                continue;
            elect(k, place, ELECT_UNCLEAN);
        }
    }
}

/* Leaderless partitions whose configs allow it. */
static void scan_unclean(struct call *k)
{
    const struct broker_registration *b;
    struct image_place place;
    size_t at = 0, n = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        for (n = 0; image_broker_partition_next(k->c->image, b->id, IMAGE_LEADERLESS, &n, &place);) {
            if (b->id == first_registered(k, &place.topic->partitions[place.partition]))
                elect(k, place, ELECT_ONLINE);
        }
    }
}

static bool can_lead_again(const struct broker_registration *b, struct image_place place)
{
    const struct partition_state *p = &place.topic->partitions[place.partition];

    return !b->fenced && !b->in_controlled_shutdown && ids_has(p->isr, p->isr_n, b->id);
}

/* True when there was more than one tick may do. */
static bool balance(struct call *k)
{
    const struct broker_registration *b;
    struct image_place place;
    size_t at = 0, n = 0;

    while ((b = image_broker_next(k->c->image, &at))) {
        for (n = 0; image_broker_partition_next(k->c->image, b->id, IMAGE_UNPREFERRED, &n, &place);) {
            if (k->out->n >= BALANCE_PER_TICK_MAX)
                return true;
            if (can_lead_again(b, place))
                elect(k, place, ELECT_PREFERRED);
        }
    }
    return false;
}

static bool balances(const struct core *c)
{
    const char *text = c->config ? c->config(c->config_ctx, "auto.leader.rebalance.enable") : NULL;

    return !text || strcmp(text, "false") != 0;
}

int64_t elect_tick(struct call *k)
{
    struct core *c = k->c;
    int64_t every = 1000 * core_config_int(c, "leader.imbalance.check.interval.seconds", 300);

    if (k->now_ms >= c->unclean_at_ms) {
        c->acted = "unclean_leaders_elected";
        scan_unclean(k);
        c->unclean_at_ms = k->now_ms + UNCLEAN_SCAN_MS;
    } else if (k->now_ms >= c->balance_at_ms) {
        c->acted = "preferred_leaders_elected";
        c->balance_at_ms = k->now_ms + (balances(c) && balance(k) ? 1 : every);
    }
    return c->unclean_at_ms < c->balance_at_ms ? c->unclean_at_ms : c->balance_at_ms;
}
