#include "broker/share/share_states.h"

#include <stdlib.h>

#include "api/kafka/errors.h"
#include "broker/share/share_record.h"
#include "common/arena.h"
#include "common/cursor.h"
#include "common/invariant.h"
#include "common/mem.h"

struct share_states *share_states_new(int32_t updates_max)
{
    struct share_states *s = mem_new(struct share_states);

    s->updates_max = updates_max;
    return s;
}

static void kept_free(struct share_kept *k)
{
    share_batches_done(&k->batches);
    mem_free(k);
}

struct share_states *share_states_free(struct share_states *s)
{
    struct slice key;
    void *value;

    if (!s)
        return NULL;
    for (size_t at = 0; map_next(&s->keys, &at, &key, &value);)
        kept_free(value);
    map_done(&s->keys);
    mem_free(s);
    return NULL;
}

void share_decision_done(struct share_decision *d)
{
    buf_done(&d->key);
    buf_done(&d->value);
}

const struct share_kept *share_states_find(const struct share_states *s, const struct share_key *k)
{
    OWNED_BUF name = { 0 };

    share_record_put_name(k, &name);
    return map_get(&s->keys, name.p, name.n);
}

const struct share_kept *share_states_next(const struct share_states *s, size_t *at,
                                           struct share_key *ret)
{
    struct slice name;
    void *value;

    if (!map_next(&s->keys, at, &name, &value))
        return NULL;
    share_record_get_name(name, ret);
    return value;
}

/* ---- deciding ---- */

/* A record may say the last there is. */
static int32_t epoch_after(int32_t epoch)
{
    return epoch == INT32_MAX ? 0 : epoch + 1;
}

static struct share_decision refuse(int16_t error, const char *message)
{
    return (struct share_decision){ .error = error, .message = message, .required = -1 };
}

static struct share_decision answer(const struct share_kept *k)
{
    return (struct share_decision){ .required = k->required,
                                    .state_epoch = k->state_epoch,
                                    .leader_epoch = k->leader_epoch,
                                    .start = k->start,
                                    .complete_n = k->complete_n,
                                    .batches = &k->batches };
}

static struct share_decision key_refusal(const struct share_key *k)
{
    if (uuid_is_zero(&k->topic))
        return refuse(KF_ERR_INVALID_REQUEST, "The topic id cannot be null.");
    if (k->partition < 0)
        return refuse(KF_ERR_INVALID_REQUEST, "The partition id cannot be a negative number.");
    return refuse(KF_ERR_NONE, NULL);
}

static struct share_decision fenced_by_state(void)
{
    return refuse(KF_ERR_FENCED_STATE_EPOCH, "The share coordinator rejected the request because "
                                             "the share-group state epoch did not match.");
}

static struct share_decision fenced_by_leader(void)
{
    return refuse(KF_ERR_FENCED_LEADER_EPOCH,
                  "The leader epoch in the request is older than the epoch on the broker.");
}

struct share_decision share_states_decide_initialize(const struct share_states *s,
                                                     const struct share_key *k, int32_t state_epoch,
                                                     int64_t start, int64_t wall_ms)
{
    struct share_decision d = key_refusal(k);
    const struct share_kept *known = share_states_find(s, k);
    struct share_kept next = { .start = start, .complete_n = start < 0 ? -1 : 0, .created_ms = wall_ms,
                               .written_ms = wall_ms };

    if (d.error)
        return d;
    if (known && state_epoch != -1 && state_epoch < known->state_epoch)
        return fenced_by_state();
    if (known && (start == -1 || state_epoch == known->state_epoch))
        return answer(known); /* asked again: it may have been consumed from since */
    next.snapshot_epoch = known ? epoch_after(known->snapshot_epoch) : 0;
    next.state_epoch = state_epoch == -1 && known ? known->state_epoch : state_epoch;
    d.write = true;
    share_record_put_snapshot(k, &next, &d.key, &d.value);
    return d;
}

static struct share_decision write_refusal(const struct share_key *k, const struct share_kept *known,
                                           const struct share_write *w)
{
    struct share_decision d = key_refusal(k);

    if (d.error)
        return d;
    if (!known)
        return refuse(KF_ERR_INVALID_REQUEST,
                      "Write operation on uninitialized share partition not allowed.");
    if (w->leader_epoch != -1 && w->leader_epoch < known->leader_epoch)
        return fenced_by_leader();
    if (w->state_epoch != -1 && w->state_epoch < known->state_epoch)
        return fenced_by_state();
    if (w->start < -1)
        return refuse(KF_ERR_INVALID_REQUEST, "The start offset cannot be negative.");
    for (int32_t i = 0; i < w->batches_n; i++)
        if (!share_batch_legal(&w->batches[i]))
            return refuse(KF_ERR_INVALID_REQUEST, "A state batch has an illegal range, state or "
                                                  "delivery count.");
    return d;
}

/* What the write makes of the state; its batches are the caller's to free. */
static struct share_kept merged(const struct share_kept *known, const struct share_write *w)
{
    struct share_kept next = *known;

    next.batches = (struct share_batches){ 0 };
    share_batches_copy(&next.batches, &known->batches);
    for (int32_t i = 0; i < w->batches_n; i++)
        share_batches_put(&next.batches, &w->batches[i]);
    if (w->start != -1)
        next.start = w->start;
    share_batches_cut(&next.batches, next.start);
    if (w->leader_epoch != -1)
        next.leader_epoch = w->leader_epoch;
    next.complete_n = w->complete_n;
    return next;
}

struct share_decision share_states_decide_write(const struct share_states *s,
                                                const struct share_key *k,
                                                const struct share_write *w, int64_t wall_ms)
{
    const struct share_kept *known = share_states_find(s, k);
    struct share_decision d = write_refusal(k, known, w);
    struct share_kept next;

    if (d.error)
        return d;
    d.write = true;
    /* An update does not say the state epoch: a newer one needs a snapshot. */
    if (known->updates_n < s->updates_max && w->state_epoch <= known->state_epoch) {
        share_record_put_update(k, known->snapshot_epoch, w, &d.key, &d.value);
        return d;
    }
    next = merged(known, w);
    next.snapshot_epoch = epoch_after(next.snapshot_epoch);
    next.written_ms = wall_ms;
    if (w->state_epoch != -1)
        next.state_epoch = w->state_epoch;
    share_record_put_snapshot(k, &next, &d.key, &d.value);
    share_batches_done(&next.batches);
    return d;
}

struct share_decision share_states_decide_read(const struct share_states *s,
                                               const struct share_key *k, int32_t leader_epoch)
{
    const struct share_kept *known = share_states_find(s, k);
    struct share_decision d = key_refusal(k);
    struct share_write w = { .state_epoch = -1, .leader_epoch = leader_epoch, .start = -1,
                             .complete_n = -1 };

    if (d.error)
        return d;
    if (!known)
        return refuse(KF_ERR_INVALID_REQUEST,
                      "Read operation on uninitialized share partition not allowed.");
    if (leader_epoch != -1 && leader_epoch < known->leader_epoch)
        return fenced_by_leader();
    d = answer(known);
    if (leader_epoch > known->leader_epoch) {
        w.complete_n = known->complete_n;
        d.write = true;
        share_record_put_update(k, known->snapshot_epoch, &w, &d.key, &d.value);
    }
    return d;
}

struct share_decision share_states_decide_summary(const struct share_states *s,
                                                  const struct share_key *k)
{
    const struct share_kept *known = share_states_find(s, k);
    struct share_decision d = key_refusal(k);

    if (d.error)
        return d;
    return known ? answer(known)
                 : (struct share_decision){ .required = -1, .start = -1, .complete_n = -1 };
}

struct share_decision share_states_decide_delete(const struct share_states *s,
                                                 const struct share_key *k)
{
    struct share_decision d = key_refusal(k);

    if (d.error || !share_states_find(s, k))
        return d;
    d.write = true;
    share_record_put_snapshot(k, NULL, &d.key, &d.value);
    return d;
}

struct share_decision share_states_decide_snapshot(const struct share_states *s,
                                                   const struct share_key *k, int64_t wall_ms)
{
    const struct share_kept *known = share_states_find(s, k);
    struct share_decision d = { .required = -1, .write = true };
    struct share_kept next = *known;

    next.snapshot_epoch = epoch_after(next.snapshot_epoch);
    next.written_ms = wall_ms;
    share_record_put_snapshot(k, &next, &d.key, &d.value);
    return d;
}

/* ---- applying ---- */

static struct share_kept *find_or_add(struct share_states *s, struct slice name)
{
    struct share_kept *k = map_get(&s->keys, name.p, name.n);

    if (k)
        return k;
    k = mem_new(struct share_kept);
    (void)map_set(&s->keys, name.p, name.n, k);
    return k;
}

static void apply_snapshot(struct share_states *s, struct slice name,
                           const struct share_record_view *v, int64_t offset)
{
    struct share_kept *k = find_or_add(s, name);
    struct share_batches batches = k->batches;

    *k = v->kept;
    k->batches = batches;
    share_batches_clear(&k->batches);
    for (int32_t i = 0; i < v->batches_n; i++)
        share_batches_put(&k->batches, &v->batches[i]);
    share_batches_cut(&k->batches, k->start);
    k->snapshot_offset = offset;
    k->required = offset + 1;
}

static void apply_update(struct share_kept *k, const struct share_record_view *v, int64_t offset)
{
    for (int32_t i = 0; i < v->batches_n; i++)
        share_batches_put(&k->batches, &v->batches[i]);
    if (v->kept.start != -1)
        k->start = v->kept.start;
    share_batches_cut(&k->batches, k->start);
    if (v->kept.leader_epoch != -1)
        k->leader_epoch = v->kept.leader_epoch;
    k->complete_n = v->kept.complete_n;
    k->updates_n += k->updates_n < INT32_MAX;
    k->required = offset + 1;
}

err_t share_states_apply(struct share_states *s, struct slice key, struct slice value,
                         int64_t offset)
{
    OWNED_ARENA a = { 0 };
    struct share_record_view v;
    struct share_kept *k;
    err_t e = share_record_parse(key, value, &a, &v);

    if (e)
        return e;
    if (v.type == SHARE_RECORD_SNAPSHOT && v.deleted) {
        k = map_remove(&s->keys, v.name.p, v.name.n);
        if (k)
            kept_free(k);
        return ERR_OK;
    }
    if (v.type == SHARE_RECORD_SNAPSHOT) {
        apply_snapshot(s, v.name, &v, offset);
        return ERR_OK;
    }
    k = map_get(&s->keys, v.name.p, v.name.n);
    if (k) /* else of a key that is deleted further on, and its snapshot was cut off */
        apply_update(k, &v, offset);
    return ERR_OK;
}

int64_t share_states_needed(const struct share_states *s)
{
    int64_t needed = INT64_MAX;
    struct slice name;
    void *value;

    for (size_t at = 0; map_next(&s->keys, &at, &name, &value);) {
        const struct share_kept *k = value;

        if (k->snapshot_offset < needed)
            needed = k->snapshot_offset;
    }
    return needed;
}

/* ---- looking ---- */

void share_states_check(const struct share_states *s)
{
    struct share_key key;
    const struct share_kept *k;

    for (size_t at = 0; (k = share_states_next(s, &at, &key));) {
        share_batches_check(&k->batches); /* C1 */
        INVARIANT(!k->batches.n || k->batches.v[0].first >= k->start);
    }
}

static void dump_one(const struct share_key *key, const struct share_kept *k, struct buf *ret)
{
    struct uuid_text topic = uuid_print(&key->topic);

    buf_printf(ret, "%.*s %s-%d snapshot=%d state=%d leader=%d start=%lld complete=%d updates=%d [",
               STR_ARG(key->group), topic.text, key->partition, k->snapshot_epoch, k->state_epoch,
               k->leader_epoch, (long long)k->start, k->complete_n, k->updates_n);
    for (int32_t i = 0; i < k->batches.n; i++)
        buf_printf(ret, " %lld-%lld:%d*%d", (long long)k->batches.v[i].first,
                   (long long)k->batches.v[i].last, k->batches.v[i].state, k->batches.v[i].count);
    buf_put_text(ret, " ]");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void share_states_dump(const struct share_states *s, struct buf *ret)
{
    OWNED_MEM char **lines = mem_zero((s->keys.n + 1) * sizeof(*lines));
    const struct share_kept *k;
    struct share_key key;
    size_t n = 0;

    for (size_t at = 0; (k = share_states_next(s, &at, &key));) {
        OWNED_BUF line = { 0 };

        dump_one(&key, k, &line);
        lines[n++] = mem_strdup(buf_text(&line));
    }
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        buf_printf(ret, "%s\n", lines[i]);
        mem_free(lines[i]);
    }
}
