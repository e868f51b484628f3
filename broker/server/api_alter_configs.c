#include "api/kafka/msg/alter_configs.h"
#include "api/kafka/msg/incremental_alter_configs.h"

#include "broker/server/broker.h"
#include "broker/server/handlers.h"

/* What the broker that is asked must refuse before the controller hears of it: records
 * of another broker, and loggers, which are this process's own. The controller judges
 * the rest; a request with one such resource is refused as a whole, resource by resource. */
enum { RESOURCE_BROKER = 4, RESOURCE_LOGGER = 8 };

static const char not_attempted[] = "Another resource of the request was refused by the broker";

static const char *fault(const struct broker *b, struct request *r, int8_t type, struct str name)
{
    int64_t id;

    if (type == RESOURCE_LOGGER)
        return "Logger levels cannot be altered at run time";
    if (type != RESOURCE_BROKER || !name.n)
        return NULL;
    if (!config_parse_int64(arena_text(r->arena, name), &id))
        return "Broker id must be an integer";
    if (id != b->config->node_id)
        return arena_printf(r->arena, "Unexpected broker id, expected %d or empty string, but received "
                            "%.*s", b->config->node_id, STR_ARG(name));
    return NULL;
}

#define JUDGE(q, response, response_schema)                                                 \
    do {                                                                                    \
        bool refused = false;                                                               \
                                                                                            \
        (response)->responses = arena_array(r->arena, (size_t)(q)->resources_n,             \
                                            sizeof(*(response)->responses));                \
        (response)->responses_n = (q)->resources_n;                                         \
        for (int32_t i = 0; i < (q)->resources_n; i++) {                                    \
            const char *text = fault(b, r, (q)->resources[i].resource_type,                 \
                                     (q)->resources[i].resource_name);                      \
                                                                                            \
            refused |= text != NULL;                                                        \
            (response)->responses[i].error_code =                                           \
                text ? KF_ERR_INVALID_REQUEST : KF_ERR_OPERATION_NOT_ATTEMPTED;             \
            (response)->responses[i].error_message = str_of(text ? text : not_attempted);   \
            (response)->responses[i].resource_type = (q)->resources[i].resource_type;       \
            (response)->responses[i].resource_name = (q)->resources[i].resource_name;       \
        }                                                                                   \
        if (refused)                                                                        \
            request_reply(r, &(response_schema), (response));                               \
        else                                                                                \
            api_forward(b, r);                                                              \
    } while (0)

void api_alter_configs(struct broker *b, struct request *r)
{
    struct kf_alter_configs_request *q = REQUEST_DECODE(r, kf_alter_configs_request);
    struct kf_alter_configs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_alter_configs_response);
    JUDGE(q, m, kf_alter_configs_response_schema);
}

void api_incremental_alter_configs(struct broker *b, struct request *r)
{
    struct kf_incremental_alter_configs_request *q =
        REQUEST_DECODE(r, kf_incremental_alter_configs_request);
    struct kf_incremental_alter_configs_response *m;

    if (!q)
        return;
    m = MESSAGE_NEW(r->arena, kf_incremental_alter_configs_response);
    JUDGE(q, m, kf_incremental_alter_configs_response_schema);
}
