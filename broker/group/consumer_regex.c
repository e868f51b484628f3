/* Topics by regular expression: looked up outside of heartbeats, at most every ten seconds, kept in
 * the log (record 16), so that a heartbeat only reads what was found. */
#include "broker/group/beat.h"
#include "broker/group/group_internal.h"
#include "broker/group/regex.h"
#include "broker/group/topics_hash.h"

enum { PAUSE_MS = 10000 };

static bool has_unresolved(const struct consumer *c)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&c->regexes, &at, &key, &value);)
        if (!((const struct consumer_regex *)value)->resolved)
            return true;
    return false;
}

void consumer_arm_resolve(struct groups *g, const struct group_context *c, struct group *group)
{
    struct consumer *k = group->consumer;
    bool now = k->regexes_stale || has_unresolved(k);
    int64_t at = k->regex_ms == INT64_MIN
                     ? c->now_ms
                     : k->regex_ms + (now ? PAUSE_MS : g->config->regex_refresh_ms);

    if (!k->regexes.n) {
        group_timer_clear(&g->timers, &k->resolve);
        return;
    }
    at = at < c->now_ms ? c->now_ms : at;
    if (!k->resolve.slot || at < k->resolve.due_ms)
        group_timer_set(&g->timers, &k->resolve, at);
}

static bool is_internal(const char *name)
{
    return name[0] == '_' && name[1] == '_' &&
           (!strcmp(name, "__consumer_offsets") || !strcmp(name, "__transaction_state") ||
            !strcmp(name, "__share_group_state"));
}

/* In order of names, as the image has them. */
static int32_t look_up(const struct step *s, const struct consumer_regex *r, struct str **ret)
{
    struct str *names = arena_array(s->out->arena, image_topics_n(s->c->image), sizeof(*names));
    const struct topic_state *t;
    struct regex *regex = NULL;
    struct why why;
    int32_t n = 0;

    *ret = names;
    if (regex_new(r->text, &regex, &why))
        return 0; /* written by a broker that knows more: nothing matches here */
    for (size_t at = 0; (t = image_topic_next(s->c->image, &at));)
        if (regex_matches(regex, str_of(t->name)) && !is_internal(t->name))
            names[n++] = str_of(t->name);
    regex_free(regex);
    return strs_normalize(names, n);
}

static bool same(const struct consumer_regex *r, const struct str *names, int32_t n)
{
    if (!r->resolved || r->topics_n != n)
        return false;
    for (int32_t i = 0; i < n; i++)
        if (!str_eq(r->topics[i], names[i]))
            return false;
    return true;
}

/* True when other topics than before were found, among them none at the first time. */
static bool resolve(struct step *s, const struct group *group, const struct consumer_regex *r,
                    struct consumer_info *all)
{
    struct kf_consumer_group_regular_expression_value v = { .version = image_offset(s->c->image),
                                                            .timestamp = s->c->wall_ms };
    int32_t n = look_up(s, r, &v.topics);

    v.topics_n = n;
    if (n)
        memcpy(all->topics + all->topics_n, v.topics, (size_t)n * sizeof(*v.topics));
    all->topics_n += n;
    if (same(r, v.topics, n))
        return false;
    consumer_put_regex(s->out, group->id, r->text, &v);
    return r->topics_n || n;
}

/* What all of them find counts for the hash, in place of what they found before. */
static int64_t hash_with(const struct step *s, const struct consumer *c, struct consumer_info *all)
{
    struct slice key;
    void *value;

    for (size_t at = 0; map_next(&c->topics, &at, &key, &value);)
        if (((const struct consumer_topic *)value)->names_n)
            all->topics[all->topics_n++] = ((const struct consumer_topic *)value)->name;
    return topics_hash(s->c->image, all->topics, strs_normalize(all->topics, all->topics_n));
}

void consumer_resolve_due(struct step *s, struct group *group)
{
    struct consumer *c = group->consumer;
    struct consumer_info all = { 0 };
    bool changed = false;
    struct slice key;
    void *value;

    c->regex_ms = s->c->now_ms;
    c->regexes_stale = false;
    all.topics =
        arena_array(s->out->arena, c->regexes.n * image_topics_n(s->c->image) + c->topics.n,
                    sizeof(*all.topics));
    for (size_t at = 0; map_next(&c->regexes, &at, &key, &value);)
        changed |= resolve(s, group, value, &all);
    if (changed)
        consumer_put_epoch(s->out, group->id, c->epoch + 1, hash_with(s, c, &all));
    s->out->group = group;
    s->out->then = GROUP_THEN_RESOLVED;
    s->out->timer = &c->resolve;
    if (s->out->records_n)
        return;
    s->out->then = GROUP_THEN_NOTHING;
    consumer_arm_resolve(s->groups, s->c, group);
}
