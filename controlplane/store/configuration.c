#include <stdio.h>

#include "controlplane/store/store_private.h"

struct list *store_configurations(struct store *s)
{
    return &s->configurations;
}

unsigned store_configurations_n(struct store *s)
{
    unsigned n = 0;

    list_each(node, &s->configurations)
        n++;
    return n;
}

struct configuration *store_configuration(struct store *s, struct str arn)
{
    list_each(node, &s->configurations) {
        struct configuration *k = list_item(node, struct configuration, node);

        if (str_is(arn, k->arn))
            return k;
    }
    return NULL;
}

struct configuration *store_configuration_named(struct store *s, const char *name)
{
    list_each(node, &s->configurations) {
        struct configuration *k = list_item(node, struct configuration, node);

        if (strcmp(k->name, name) == 0)
            return k;
    }
    return NULL;
}

const struct configuration_revision *store_configuration_latest(const struct configuration *k)
{
    return list_item(k->revisions.prev, struct configuration_revision, node);
}

const struct configuration_revision *store_configuration_revision(const struct configuration *k, long number)
{
    for (struct list *n = k->revisions.next; n != &k->revisions; n = n->next) {
        const struct configuration_revision *r = list_item(n, struct configuration_revision, node);

        if (r->number == number)
            return r;
    }
    return NULL;
}

struct configuration *store_configuration_new(struct store *s, const char *arn, const char *name)
{
    struct configuration *k = mem_new(struct configuration);

    k->arn = mem_strdup(arn);
    k->name = mem_strdup(name);
    k->kafka_versions = json_array();
    list_init(&k->revisions);
    list_push(&s->configurations, &k->node);
    return k;
}

struct configuration_revision *store_configuration_revision_new(struct configuration *k,
                                                                const char *properties)
{
    struct configuration_revision *r = mem_new(struct configuration_revision);

    r->number = list_empty(&k->revisions) ? 1 : store_configuration_latest(k)->number + 1;
    r->properties = mem_strdup(properties);
    list_push(&k->revisions, &r->node);
    return r;
}

void configuration_forget(struct configuration *k)
{
    while (!list_empty(&k->revisions)) {
        struct configuration_revision *r = list_item(k->revisions.next, struct configuration_revision, node);

        list_remove(&r->node);
        mem_free(r->description);
        mem_free(r->properties);
        mem_free(r);
    }
    list_remove(&k->node);
    mem_free(k->arn);
    mem_free(k->name);
    mem_free(k->description);
    json_decref(k->kafka_versions);
    mem_free(k);
}
