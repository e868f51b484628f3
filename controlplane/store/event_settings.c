/* Events of what a cluster has beside brokers: tags, its policy, how it grows, its configuration. */
#include "common/buf.h"
#include "controlplane/store/event.h"
#include "controlplane/store/store_private.h"

/* With the longest key behind it, a message still holds them. */
enum { KEYS_BYTES = 400 };

/* --- tags --- */

/* Those of `of` that `other` does not have, or has with another value. */
static json_t *without(const json_t *of, const json_t *other, bool by_value)
{
    json_t *ret = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)of, key, value) {
        const json_t *there = json_object_get(other, key);

        if (!there || (by_value && !json_equal(there, value)))
            json_object_set(ret, key, value);
    }
    return ret;
}

/* "a, b", with " and 3 more" where they are too many. */
static void put_keys(struct buf *b, const json_t *tags)
{
    size_t n = 0, all = json_object_size(tags);
    json_t *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)tags, key, value)
        if (b->n < KEYS_BYTES)
            buf_printf(b, "%s%s", n++ ? ", " : "", key);
    if (n < all)
        buf_printf(b, " and %zu more", all - n);
}

/* `tags` is taken over. */
static void tell_tags(struct store *s, const struct cluster *c, const char *type, json_t *tags,
                      const char *what)
{
    bool many = json_object_size(tags) > 1;
    OWNED_BUF keys = { 0 };

    if (json_object_size(tags)) {
        put_keys(&keys, tags);
        store_put_event(s, c->arn, type, json_pack("{s:O}", "tags", tags), "Tag%s %s %s %s.",
                        many ? "s" : "", buf_text(&keys), many ? "were" : "was", what);
    }
    json_decref(tags);
}

/* --- policy --- */

static void tell_policy(struct store *s, const struct cluster *c)
{
    const char *now = c->policy_version, *before = c->told.policy_version;

    if (now && (!before || strcmp(now, before) != 0))
        store_put_event(s, c->arn, "CLUSTER_POLICY_PUT", json_pack("{s:s}", "policyVersion", now),
                        "The cluster has a policy, version %s%s%s.", now, before ? "; it had version " : "",
                        before ? before : "");
    else if (!now && before)
        store_put_event(s, c->arn, "CLUSTER_POLICY_DELETED", json_pack("{s:s}", "policyVersion", before),
                        "The cluster's policy, version %s, was deleted.", before);
}

void event_settings(struct store *s, const struct cluster *c)
{
    tell_tags(s, c, "TAGS_SET", without(c->tags, c->told.tags, true), "set");
    tell_tags(s, c, "TAGS_REMOVED", without(c->told.tags, c->tags, false), "removed");
    tell_policy(s, c);
}

void event_told_settings(struct cluster *c)
{
    store_set_text(&c->told.policy_version, c->policy_version);
    if (!json_equal(c->told.tags, c->tags))
        store_set_json(&c->told.tags, json_deep_copy(c->tags));
}

/* --- how its storage grows --- */

/* A sentence, the caller's; NULL: not by itself. */
static char *growth_of(const struct cluster *c)
{
    const json_t *target = json_object_get(c->scaling, "target"),
                 *policy = json_object_get(c->scaling, "policy"),
                 *suspended = json_object_get(target, "suspended");

    if (!target || !policy || json_is_true(json_object_get(suspended, "DynamicScalingOutSuspended")))
        return NULL;
    return mem_printf("Volumes grow by themselves when one is fuller than %g %%, up to %lld GiB.",
                      json_number_value(json_object_get(policy, "percent")),
                      (long long)json_integer_value(json_object_get(target, "max")));
}

void event_scaling(struct store *s, const struct cluster *c)
{
    OWNED_MEM char *now = growth_of(c);

    if (now && (!c->told.growth || strcmp(now, c->told.growth) != 0))
        store_put_event(s, c->arn, "STORAGE_SCALING_SET", NULL, "%s", now);
    else if (!now && c->told.growth)
        store_put_event(s, c->arn, "STORAGE_SCALING_OFF", NULL, "Volumes grow by hand alone.");
    event_told_scaling((struct cluster *)(uintptr_t)c);
}

void event_told_scaling(struct cluster *c)
{
    OWNED_MEM char *now = growth_of(c);

    store_set_text(&c->told.growth, now);
}

/* --- configurations: they belong to no cluster, so those are told that use it --- */

static void tell_revision(struct store *s, const struct cluster *c, const struct configuration *k,
                          const struct configuration_revision *r)
{
    const json_t *used = json_object_get(c->spec, "configurationInfo");
    const char *arn = json_string_value(json_object_get(used, "arn"));
    json_int_t revision = json_integer_value(json_object_get(used, "revision"));

    if (arn && strcmp(arn, k->arn) == 0)
        store_put_event(s, c->arn, "CONFIGURATION_UPDATED",
                        json_pack("{s:s, s:i}", "configurationArn", arn, "configurationRevision", r->number),
                        "Configuration %s has a revision %d now. The cluster goes on with revision %lld.",
                        k->name, r->number, (long long)revision);
}

void event_configuration_revision(struct store *s, const struct configuration *k,
                                  const struct configuration_revision *r)
{
    list_each(node, &s->clusters)
        tell_revision(s, list_item(node, struct cluster, node), k, r);
}
