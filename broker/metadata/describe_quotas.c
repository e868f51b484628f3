#include "api/kafka/errors.h"
#include "api/kafka/msg/client_quota_record.h"
#include "broker/metadata/describe.h"
#include "broker/metadata/record.h"

enum { MATCH_EXACT, MATCH_DEFAULT, MATCH_SPECIFIED };

typedef struct kf_describe_client_quotas_request_component_data component;
typedef struct kf_describe_client_quotas_response_entry_data entry;
typedef struct kf_client_quota_record quota;

static bool is_kind(struct str type)
{
    return str_is(type, "user") || str_is(type, "client-id") || str_is(type, "ip");
}

static const char *component_fault(const component *c)
{
    switch (c->match_type) {
    case MATCH_EXACT:
        return c->match.p ? NULL
                          : "Request specified MATCH_TYPE_EXACT, but set match string to null.";
    case MATCH_DEFAULT:
        return c->match.p
                   ? "Request specified MATCH_TYPE_DEFAULT, but also specified a match string."
                   : NULL;
    case MATCH_SPECIFIED:
        return c->match.p
                   ? "Request specified MATCH_TYPE_SPECIFIED, but also specified a match string."
                   : NULL;
    default:
        return "Unknown match type";
    }
}

static const char *request_fault(const struct kf_describe_client_quotas_request *q,
                                 int16_t *ret_error)
{
    bool ip = false, other = false;

    *ret_error = KF_ERR_INVALID_REQUEST;
    for (int32_t n = 0; n < q->components_n; n++) {
        const component *c = &q->components[n];
        const char *fault = component_fault(c);

        if (!c->entity_type.n)
            return "Invalid empty entity type.";
        for (int32_t m = 0; m < n; m++) {
            if (str_eq(q->components[m].entity_type, c->entity_type))
                return "An entity type cannot appear more than once in the filter.";
        }
        if (!is_kind(c->entity_type)) {
            *ret_error = KF_ERR_UNSUPPORTED_VERSION;
            return "Unsupported entity type";
        }
        if (fault)
            return fault;
        ip |= str_is(c->entity_type, "ip");
        other |= !str_is(c->entity_type, "ip");
    }
    return ip && other
               ? "Invalid entity filter component combination. IP filter component should not be "
                 "used with user or clientId filter component."
               : NULL;
}

static bool matches(const quota *r, const struct kf_describe_client_quotas_request *q)
{
    if (q->strict && r->entity_n != q->components_n)
        return false;
    for (int32_t n = 0; n < q->components_n; n++) {
        const component *c = &q->components[n];
        bool found = false;

        for (int32_t m = 0; m < r->entity_n && !found; m++) {
            struct str name = r->entity[m].entity_name;

            found = str_eq(r->entity[m].entity_type, c->entity_type) &&
                    (c->match_type == MATCH_SPECIFIED ||
                     (!name.p == !c->match.p && (!name.p || str_eq(name, c->match))));
        }
        if (!found)
            return false;
    }
    return true;
}

static bool same_entity(const entry *e, const quota *r)
{
    if (e->entity_n != r->entity_n)
        return false;
    for (int32_t n = 0; n < e->entity_n; n++) {
        struct str a = e->entity[n].entity_name, b = r->entity[n].entity_name;

        if (!str_eq(e->entity[n].entity_type, r->entity[n].entity_type) || !a.p != !b.p ||
            (a.p && !str_eq(a, b)))
            return false;
    }
    return true;
}

/* The parts by type, so that the records of one entity are alike. */
static void sort_entity(quota *r)
{
    for (int32_t n = 1; n < r->entity_n; n++) {
        for (int32_t m = n;
             m > 0 && str_cmp(r->entity[m - 1].entity_type, r->entity[m].entity_type) > 0; m--) {
            struct kf_client_quota_record_entity_data x = r->entity[m];

            r->entity[m] = r->entity[m - 1];
            r->entity[m - 1] = x;
        }
    }
}

static void begin_entry(struct arena *a, const quota *r, entry *e)
{
    e->entity = arena_array(a, (size_t)r->entity_n + 1, sizeof(*e->entity));
    for (int32_t n = 0; n < r->entity_n; n++)
        e->entity[e->entity_n++] =
            (__typeof__(*e->entity)){ r->entity[n].entity_type, r->entity[n].entity_name };
    e->values = arena_array(a, 8, sizeof(*e->values));
}

static void put(struct arena *a, const quota *r, struct kf_describe_client_quotas_response *ret)
{
    entry *e = ret->entries_n ? &ret->entries[ret->entries_n - 1] : NULL;

    if (!e || !same_entity(e, r) || e->values_n == 8) {
        e = &ret->entries[ret->entries_n++];
        begin_entry(a, r, e);
    }
    e->values[e->values_n++] = (__typeof__(*e->values)){ r->key, r->value };
}

/* The image has them in order of their entities. */
void describe_client_quotas(const struct image *i, struct arena *a,
                            const struct kf_describe_client_quotas_request *q,
                            struct kf_describe_client_quotas_response *ret)
{
    const char *fault = request_fault(q, &ret->error_code);
    size_t at = 0, n = 0;
    struct slice record;

    if (fault) {
        ret->error_message = str_of(fault);
        ret->entries_n = -1;
        return;
    }
    ret->error_code = KF_ERR_NONE;
    while (image_record_next(i, RECORD_CLIENT_QUOTA, &at, &record))
        n++;
    ret->entries = arena_array(a, n + 1, sizeof(*ret->entries));
    ret->entries_n = 0;
    for (at = 0; image_record_next(i, RECORD_CLIENT_QUOTA, &at, &record);) {
        quota r;

        record_read(record, a, &r);
        sort_entity(&r);
        if (matches(&r, q))
            put(a, &r, ret);
    }
}
