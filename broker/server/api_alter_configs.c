#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/incremental_alter_configs.h"

#include "broker/server/broker.h"
#include "broker/server/config_dynamic.h"
#include "broker/server/forward.h"
#include "broker/server/handlers.h"
#include "common/log.h"

/* What the broker judges before the controller hears of it: its own records, and loggers, which are
 * this process's alone. The rest goes on, and both answers are put together in the request's order.
 */
enum {
    RESOURCE_TOPIC = 2,
    RESOURCE_BROKER = 4,
    RESOURCE_LOGGER = 8,
    RESOURCE_CLIENT_METRICS = 16,
    RESOURCE_GROUP = 32,
    OP_SET = 0,
    OP_DELETE = 1,
    ROOT_LOGGER_LEVELS = 6,
};

static const struct config_fault fine;

/* One resource of either request. */
struct alteration {
    int8_t type;
    struct str name;
    struct config_op *ops;
    int32_t n;
    bool whole; /* the keys are all that there shall be */
    struct config_fault f;
    bool here; /* settled by this broker */
};

struct altering {
    struct broker *b;
    struct request *r;
    struct alteration *v;
    struct config_named *named; /* as many */
    int32_t n;
    bool validate_only;
};

static struct config_fault refused(const char *message)
{
    return (struct config_fault){ KF_ERR_INVALID_REQUEST, message };
}

static struct config_fault malformed(const struct altering *x, int32_t i)
{
    const struct alteration *a = &x->v[i];
    struct str *keys = arena_array(x->r->arena, (size_t)a->n + 1, sizeof(*keys));

    if (x->named[i].twice)
        return refused("Each resource must appear at most once.");
    if (a->n > CONFIG_KEYS_MAX)
        return refused(arena_printf(x->r->arena,
                                    "%d configs of one resource are given, at most %d may be", a->n,
                                    CONFIG_KEYS_MAX));
    for (int32_t n = 0; n < a->n; n++)
        keys[n] = a->ops[n].key;
    if (config_key_twice(keys, a->n).p)
        return refused("Error due to duplicate config keys");
    for (int32_t n = 0; n < a->n; n++)
        if (a->ops[n].op != OP_DELETE && !a->ops[n].value.p)
            return refused(arena_printf(x->r->arena, "Null value not supported for : %.*s",
                                        STR_ARG(a->ops[n].key)));
    return fine;
}

static struct config_fault not_this_node(const struct altering *x, const struct alteration *a)
{
    int32_t id = x->b->config->node_id;
    int64_t named;

    if (!config_parse_int64(arena_text(x->r->arena, a->name), &named))
        return refused(arena_printf(x->r->arena, "Node id must be an integer, but it is: %.*s",
                                    STR_ARG(a->name)));
    if (named != id)
        return refused(arena_printf(x->r->arena,
                                    "Unexpected broker id, expected %d, but received %.*s", id,
                                    STR_ARG(a->name)));
    return fine;
}

static struct config_fault judge_broker(const struct altering *x, const struct alteration *a)
{
    struct config_levels l = config_levels(x->b->config, x->b->image);
    struct config_fault f = a->name.n ? not_this_node(x, a) : fine;
    struct config_set after = { .a = x->r->arena, .capacity = a->n };

    if (f.error)
        return f;
    if (!a->whole) {
        f = config_dynamic_apply(&l, a->name.n, a->ops, a->n, x->r->arena, &after);
    } else {
        after.v = arena_array(x->r->arena, (size_t)a->n + 1, sizeof(*after.v));
        for (int32_t n = 0; n < a->n; n++)
            config_set_put(&after, a->ops[n].key, a->ops[n].value);
    }
    return f.error ? f : config_dynamic_check(&l, a->name.n, &after, x->r->arena);
}

/* Kafka's words for the levels of the lines. */
static bool parse_level(struct str text, enum log_level *ret)
{
    static const struct {
        const char *word;
        enum log_level level;
    } words[ROOT_LOGGER_LEVELS] = {
        { "FATAL", LOG_ERROR }, { "ERROR", LOG_ERROR }, { "WARN", LOG_WARN },
        { "INFO", LOG_INFO },   { "DEBUG", LOG_DEBUG }, { "TRACE", LOG_DEBUG },
    };

    for (int i = 0; i < ROOT_LOGGER_LEVELS; i++)
        if (str_is(text, words[i].word)) {
            *ret = words[i].level;
            return true;
        }
    return false;
}

static struct config_fault set_level(const struct altering *x, const struct config_op *op,
                                     bool really)
{
    struct arena *a = x->r->arena;
    enum log_level level;

    if (!str_is(op->key, "root"))
        return (struct config_fault){
            KF_ERR_INVALID_CONFIG, arena_printf(a, "Logger %.*s does not exist!", STR_ARG(op->key))
        };
    if (op->op == OP_DELETE)
        return refused("Removing the log level of the root logger is not allowed");
    if (op->op != OP_SET)
        return refused(
            arena_printf(a, "Operation %d is not allowed for the BROKER_LOGGER resource", op->op));
    if (!parse_level(op->value, &level))
        return (struct config_fault){
            KF_ERR_INVALID_CONFIG,
            arena_printf(
                a,
                "Cannot set the log level of root to %.*s as it is not a supported log level. "
                "Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN",
                STR_ARG(op->value))
        };
    if (really) {
        log_level_set(level);
        log_event(LOG_WARN, "log_level_set", "logger=root level=%s", log_level_name(level));
    }
    return fine;
}

/* All of them or none. */
static struct config_fault alter_loggers(const struct altering *x, const struct alteration *a)
{
    struct config_fault f = not_this_node(x, a);

    for (int32_t n = 0; n < a->n && !f.error; n++)
        f = set_level(x, &a->ops[n], false);
    for (int32_t n = 0; n < a->n && !f.error && !x->validate_only; n++)
        f = set_level(x, &a->ops[n], true);
    return f;
}

static void judge(const struct altering *x, int32_t i)
{
    struct alteration *a = &x->v[i];

    a->f = malformed(x, i);
    if (!a->f.error && a->type == RESOURCE_BROKER)
        a->f = judge_broker(x, a);
    else if (!a->f.error && a->type == RESOURCE_LOGGER && !a->whole)
        a->f = alter_loggers(x, a);
    else if (!a->f.error && a->type != RESOURCE_TOPIC && a->type != RESOURCE_GROUP &&
             a->type != RESOURCE_CLIENT_METRICS)
        a->f = refused(arena_printf(x->r->arena, "Unknown resource type %d", a->type));
    a->here = a->f.error || a->type == RESOURCE_LOGGER;
}

/* Both requests and both responses have the same shape. */
#define READ(x, q, op_of)                                                                          \
    do {                                                                                           \
        (x)->n = (q)->resources_n;                                                                 \
        (x)->validate_only = (q)->validate_only;                                                   \
        (x)->v = arena_array(r->arena, (size_t)(x)->n + 1, sizeof(*(x)->v));                       \
        for (int32_t i = 0; i < (x)->n; i++) {                                                     \
            __typeof__(&(q)->resources[0]) in = &(q)->resources[i];                                \
            struct alteration *a = &(x)->v[i];                                                     \
                                                                                                   \
            a->type = in->resource_type, a->name = in->resource_name, a->n = in->configs_n;        \
            a->ops = arena_array(r->arena, (size_t)a->n + 1, sizeof(*a->ops));                     \
            for (int32_t m = 0; m < a->n; m++)                                                     \
                a->ops[m] = (struct config_op){ op_of(in->configs[m]), in->configs[m].name,        \
                                                in->configs[m].value };                            \
        }                                                                                          \
    } while (0)

/* Leaves in `q` what the controller is to decide. */
#define KEEP_REST(x, q)                                                                            \
    do {                                                                                           \
        (q)->resources_n = 0;                                                                      \
        for (int32_t i = 0; i < (x)->n; i++)                                                       \
            if (!(x)->v[i].here)                                                                   \
                (q)->resources[(q)->resources_n++] = (q)->resources[i];                            \
    } while (0)

/* `from` NULL: the controller was not asked. */
#define ANSWER(x, from, m)                                                                         \
    do {                                                                                           \
        int32_t next = 0;                                                                          \
                                                                                                   \
        (m)->responses = arena_array((x)->r->arena, (size_t)(x)->n + 1, sizeof(*(m)->responses));  \
        for (int32_t i = 0; i < (x)->n; i++) {                                                     \
            __typeof__(&(m)->responses[0]) out = &(m)->responses[(m)->responses_n++];              \
            const struct alteration *a = &(x)->v[i];                                               \
                                                                                                   \
            out->resource_type = a->type, out->resource_name = a->name;                            \
            out->error_code = a->f.error, out->error_message = str_of(a->f.message);               \
            if (!a->here && (from) && next < (from)->responses_n) {                                \
                out->error_code = (from)->responses[next].error_code;                              \
                out->error_message = (from)->responses[next++].error_message;                      \
            } else if (!a->here) {                                                                 \
                out->error_code = KF_ERR_UNKNOWN_SERVER_ERROR;                                     \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static struct altering *altering_new(struct broker *b, struct request *r)
{
    struct altering *x = arena_new(r->arena, struct altering);

    x->b = b;
    x->r = r;
    return x;
}

static void judge_all(struct altering *x, bool whole)
{
    x->named = arena_array(x->r->arena, (size_t)x->n + 1, sizeof(*x->named));
    for (int32_t i = 0; i < x->n; i++)
        x->named[i] = (struct config_named){ x->v[i].type, x->v[i].name, false };
    config_mark_twice(x->named, x->n);
    for (int32_t i = 0; i < x->n; i++) {
        x->v[i].whole = whole;
        judge(x, i);
    }
}

static void altered(void *ctx, struct request *r, void *response)
{
    const struct kf_alter_configs_response *from = response;
    struct kf_alter_configs_response *m = MESSAGE_NEW(r->arena, kf_alter_configs_response);
    struct altering *x = ctx;

    ANSWER(x, from, m);
    request_reply(r, &kf_alter_configs_response_schema, m);
}

void api_alter_configs(struct broker *b, struct request *r)
{
#define SET(c) OP_SET
    struct kf_alter_configs_request *q = REQUEST_DECODE(r, kf_alter_configs_request);
    struct altering *x = altering_new(b, r);

    if (!q)
        return;
    READ(x, q, SET);
    judge_all(x, true);
    KEEP_REST(x, q);
    if (q->resources_n)
        forward_message(b, r, q, altered, x);
    else
        altered(x, r, NULL);
}

static void incrementally_altered(void *ctx, struct request *r, void *response)
{
    const struct kf_incremental_alter_configs_response *from = response;
    struct kf_incremental_alter_configs_response *m =
        MESSAGE_NEW(r->arena, kf_incremental_alter_configs_response);
    struct altering *x = ctx;

    ANSWER(x, from, m);
    request_reply(r, &kf_incremental_alter_configs_response_schema, m);
}

void api_incremental_alter_configs(struct broker *b, struct request *r)
{
#define OP_OF(c) (c).config_operation
    struct kf_incremental_alter_configs_request *q =
        REQUEST_DECODE(r, kf_incremental_alter_configs_request);
    struct altering *x = altering_new(b, r);

    if (!q)
        return;
    READ(x, q, OP_OF);
    judge_all(x, false);
    KEEP_REST(x, q);
    if (q->resources_n)
        forward_message(b, r, q, incrementally_altered, x);
    else
        incrementally_altered(x, r, NULL);
}
