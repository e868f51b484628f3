/* AlterClientQuotas (KIP-546): limits of users, clients and addresses, as ClientQuotaRecords. */
#include "broker/controller/core.h"

#include <arpa/inet.h>
#include <math.h>

#include "api/kafka/msg/alter_client_quotas.h"
#include "api/kafka/msg/client_quota_record.h"
#include "common/mem.h"

#define FRACTION_MAX 1e-6

typedef struct kf_alter_client_quotas_request_entry_data entry_in;
typedef struct kf_alter_client_quotas_request_op_data op_in;

static const struct refusal fine;

static const struct quota_key {
    const char *name;
    bool of_address, whole;
    double most;
} keys[] = {
    { "producer_byte_rate", false, true, 9223372036854775807.0 },
    { "consumer_byte_rate", false, true, 9223372036854775807.0 },
    { "request_percentage", false, false, INFINITY },
    { "controller_mutation_rate", false, false, INFINITY },
    { "connection_creation_rate", true, true, 2147483647.0 },
};

static struct refusal invalid(const char *message)
{
    return (struct refusal){ KF_ERR_INVALID_REQUEST, message };
}

/* Apache Kafka resolves names too; what a name means may change, so klamm takes addresses alone. */
static bool is_address(struct arena *a, struct str text)
{
    const char *name = arena_text(a, text);
    uint8_t bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1 ||
           strcmp(name, "localhost") == 0;
}

static struct refusal check_part(const struct call *k, const entry_in *e, int32_t n)
{
    struct str type = e->entity[n].entity_type, name = e->entity[n].entity_name;

    for (int32_t m = 0; m < n; m++) {
        if (str_eq(e->entity[m].entity_type, type))
            return invalid(core_text(k, "Invalid client quota entity, duplicate entity entry %.*s",
                                     STR_ARG(type)));
    }
    if (!str_is(type, "user") && !str_is(type, "client-id") && !str_is(type, "ip"))
        return invalid(core_text(k, "Unhandled client quota entity type: %.*s", STR_ARG(type)));
    if (name.p && !name.n)
        return invalid(core_text(k, "Empty %.*s not supported", STR_ARG(type)));
    if (str_is(type, "ip") && e->entity_n > 1)
        return invalid("Invalid quota entity combination, IP entity shouldnot be combined with "
                       "User or ClientId");
    if (str_is(type, "ip") && name.p && !is_address(k->a, name))
        return invalid(core_text(k, "%.*s is not a valid IP or resolvable host.", STR_ARG(name)));
    return fine;
}

static struct refusal check_entity(const struct call *k, const entry_in *e)
{
    struct refusal f = fine;

    if (e->entity_n <= 0)
        return invalid("Invalid empty client quota entity");
    for (int32_t n = 0; n < e->entity_n && !f.error; n++)
        f = check_part(k, e, n);
    return f;
}

static struct refusal check_op(const struct call *k, const entry_in *e, const op_in *op)
{
    const struct quota_key *q = NULL;

    for (size_t n = 0; n < ARRAY_LEN(keys); n++) {
        if (str_is(op->key, keys[n].name) &&
            keys[n].of_address == str_is(e->entity[0].entity_type, "ip"))
            q = &keys[n];
    }
    if (op->remove)
        return fine;
    if (!q)
        return invalid(core_text(k, "Invalid configuration key %.*s", STR_ARG(op->key)));
    if (!(op->value > 0))
        return invalid(core_text(k, "Quota %s must be greater than 0", q->name));
    if (op->value > q->most)
        return invalid(core_text(k, "Proposed value for %s is too large for %s.", q->name,
                                 q->of_address ? "an INT" : "a LONG"));
    return q->whole && fabs(fmod(op->value, 1)) > FRACTION_MAX
               ? invalid(core_text(k, "%s cannot be a fractional value.", q->name))
               : fine;
}

/* The record of one limit, the entity's parts by type. */
static struct kf_client_quota_record record_of(struct call *k, const entry_in *e, const op_in *op)
{
    struct kf_client_quota_record r;

    kf_init(&kf_client_quota_record_schema, &r);
    r.entity = arena_array(k->a, (size_t)e->entity_n, sizeof(*r.entity));
    for (int32_t n = 0; n < e->entity_n; n++)
        r.entity[r.entity_n++] =
            (struct kf_client_quota_record_entity_data){ e->entity[n].entity_type,
                                                         e->entity[n].entity_name };
    r.key = op->key;
    r.value = op->remove ? 0 : op->value;
    r.remove = op->remove;
    return r;
}

static void put_op(struct call *k, const entry_in *e, const op_in *op)
{
    struct kf_client_quota_record r = record_of(k, e, op), old;
    struct slice record;
    bool stored = image_record_find(k->c->image, RECORD_CLIENT_QUOTA, &r, &record);

    if (stored)
        record_read(record, k->a, &old);
    if (op->remove ? !stored : stored && old.value == op->value)
        return;
    records_put(k->out, RECORD_CLIENT_QUOTA, 0, &r);
}

static struct refusal alter(struct call *k, const entry_in *e)
{
    struct refusal f = check_entity(k, e);

    for (int32_t n = 0; n < e->ops_n && !f.error; n++)
        f = check_op(k, e, &e->ops[n]);
    for (int32_t n = 0; n < e->ops_n && !f.error; n++)
        put_op(k, e, &e->ops[n]);
    return f;
}

void decide_alter_client_quotas(struct call *k, const void *request, void *response)
{
    const struct kf_alter_client_quotas_request *q = request;
    struct kf_alter_client_quotas_response *res = response;
    int before = k->out->n;

    res->entries = arena_array(k->a, (size_t)q->entries_n + 1, sizeof(*res->entries));
    for (int32_t n = 0; n < q->entries_n; n++) {
        const entry_in *e = &q->entries[n];
        struct refusal f = alter(k, e);
        __typeof__(res->entries) out = &res->entries[res->entries_n++];

        out->error_code = f.error;
        out->error_message = str_of(f.message);
        out->entity = arena_array(k->a, (size_t)(e->entity_n > 0 ? e->entity_n : 0) + 1,
                                  sizeof(*out->entity));
        for (int32_t m = 0; m < e->entity_n; m++)
            out->entity[out->entity_n++] =
                (__typeof__(*out->entity)){ e->entity[m].entity_type, e->entity[m].entity_name };
    }
    if (q->validate_only)
        records_cut(k->out, before);
}
