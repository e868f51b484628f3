#include "broker/log/log_dir_internal.h"

#include "broker/log/checkpoint.h"
#include "broker/log/log_internal.h"
#include "broker/log/names.h"
#include "common/clock.h"
#include "common/invariant.h"
#include "common/limits.h"

static bool legal(struct str topic, int32_t partition)
{
    return topic.n && topic.n <= TOPIC_NAME_MAX && partition >= 0;
}

/* With the lock held. */
static err_t claim_part(struct part *p)
{
    if (!p)
        return ERR_NOT_FOUND;
    if (p->busy || p->log)
        return ERR_BUSY;
    p->busy = true;
    return ERR_OK;
}

static struct part *future_part(struct log_dir *d, struct str topic, int32_t partition)
{
    struct dir_name_text name = dir_name_print(topic, partition, DIR_FUTURE);
    struct part *p = log_dir_part(d, topic, partition, true);

    log_dir_rename_part(p, name.text, true);
    return p;
}

/* Claims the partition for this thread; ERR_BUSY when another has it, or it is open. A replica and a future
 * one are nothing to each other: ERR_NOT_FOUND, or with `create` ERR_EXISTS. */
static err_t claim(struct log_dir *d, struct str topic, int32_t partition, bool future, bool create,
                   struct part **ret)
{
    struct part *p;
    err_t e;

    if (!legal(topic, partition))
        return ERR_INVALID;
    pthread_mutex_lock(&d->lock);
    p = log_dir_part(d, topic, partition, false);
    if (!p && create)
        p = future ? future_part(d, topic, partition) : log_dir_part(d, topic, partition, true);
    if (p && p->future != future)
        e = create ? ERR_EXISTS : ERR_NOT_FOUND;
    else
        e = claim_part(p);
    pthread_mutex_unlock(&d->lock);
    *ret = p;
    return e;
}

/* Whatever lies there. */
static err_t claim_any(struct log_dir *d, struct str topic, int32_t partition, struct part **ret)
{
    err_t e;

    if (!legal(topic, partition))
        return ERR_INVALID;
    pthread_mutex_lock(&d->lock);
    *ret = log_dir_part(d, topic, partition, false);
    e = claim_part(*ret);
    pthread_mutex_unlock(&d->lock);
    return e;
}

static void release(struct log_dir *d, struct part *p, struct log *l, bool forget)
{
    pthread_mutex_lock(&d->lock);
    p->busy = false;
    if (l) {
        p->log = l;
        p->unrecovered = false;
        d->open_n++;
    }
    if (forget)
        log_dir_forget(d, p);
    pthread_mutex_unlock(&d->lock);
}

/* The open log's part, claimed and taken off the register with its last offsets. */
static struct part *take_out(struct log_dir *d, struct log *l)
{
    struct part *p;

    pthread_mutex_lock(&d->lock);
    p = log_dir_part_of(d, l);
    INVARIANT(p->log == l);
    p->recovery_point = log_recovery_point(l);
    p->high_watermark = log_high_watermark(l);
    p->log_start = log_start_offset(l);
    p->log = NULL;
    p->busy = true;
    d->open_n--;
    pthread_mutex_unlock(&d->lock);
    return p;
}

static err_t write_topic_id(struct log *l, const struct uuid *topic_id)
{
    struct path p = path_in(l->dir, PARTITION_METADATA);
    OWNED_BUF text = { 0 };

    l->names_dirty = true; /* the first flush makes it durable, before any offset is promised */
    partition_metadata_print(topic_id, &text);
    return checkpoint_replace_soft(l->fs, p.text, buf_slice(&text));
}

/* The id is on the device before the first record counts as flushed: what a power cut left of a
 * log without one was promised to nobody, and may be a deleted topic's. */
static bool never_flushed(const struct log_dir *d, const struct part *p)
{
    return p->unrecovered && !p->clean && !p->recovery_point && uuid_is_zero(&p->topic_id) &&
           __atomic_load_n(&d->rebooted, __ATOMIC_RELAXED);
}

/* A directory without id is ours only while it is empty: with records in it, they may be
 * those of a deleted topic of the same name. */
static err_t settle_topic_id(struct log_dir *d, struct part *p, struct log *l, const struct uuid *topic_id,
                             struct why *reterr)
{
    err_t e;

    if (uuid_eq(&p->topic_id, topic_id))
        return ERR_OK;
    if (log_end_offset(l) > 0 && never_flushed(d, p)) {
        e = log_restart_at(l, 0);
        if (e)
            return why(reterr, e, "%s: %s", log_path(l), err_text(e));
    }
    if (!uuid_is_zero(&p->topic_id) || log_end_offset(l) > 0)
        return why(reterr, ERR_CONFLICT,
                   "%s: the directory's topic_id is %s, the topic's is %s: it belongs to another topic",
                   log_path(l), uuid_is_zero(&p->topic_id) ? "missing" : uuid_print(&p->topic_id).text,
                   uuid_print(topic_id).text);
    e = write_topic_id(l, topic_id);
    if (e)
        return why(reterr, e, "%s/" PARTITION_METADATA ": %s", log_path(l), err_text(e));
    p->topic_id = *topic_id;
    return ERR_OK;
}

static err_t open_part(struct log_dir *d, struct part *p, const struct uuid *topic_id,
                       const struct log_config *config, bool repair, struct log **ret,
                       struct why *reterr)
{
    struct path dir = path_in(d->path, p->name);
    struct log_open o = { .fs = d->fs,
                          .dir = dir.text,
                          .config = *config,
                          .clean = p->clean,
                          .rebooted = p->unrecovered && __atomic_load_n(&d->rebooted, __ATOMIC_RELAXED),
                          .repair = repair,
                          .recovery_point = p->recovery_point,
                          .log_start = p->log_start,
                          .high_watermark = p->high_watermark,
                          .no_space = &d->no_space,
                          .trash = d->trash,
                          .lowered = log_dir_lowered,
                          .arg = d };
    err_t e;

    e = log_new(&o, ret, reterr);
    if (e)
        return e;
    e = settle_topic_id(d, p, *ret, topic_id, reterr);
    if (e) {
        (void)log_close(*ret, false);
        *ret = NULL;
    }
    return e;
}

static err_t claim_for(struct log_dir *d, struct str topic, int32_t partition, bool create,
                       struct part **ret, struct why *reterr)
{
    err_t e = claim(d, topic, partition, false, create, ret);

    if (e == ERR_EXISTS && !(e = log_dir_set_aside(d, topic, partition, true)))
        e = claim(d, topic, partition, false, create, ret);

    return !e ? e
              : why(reterr, e, "%s/%.*s-%d: %s", d->path, STR_ARG(topic), partition,
                    e == ERR_INVALID ? "no name of a partition" : err_text(e));
}

/* NULL: nobody opened it ahead. */
static struct log *take_ahead(struct log_dir *d, struct str topic, int32_t partition)
{
    struct log *l = NULL;
    struct part *p;

    pthread_mutex_lock(&d->lock);
    p = log_dir_part(d, topic, partition, false);
    if (p && p->ahead) {
        l = p->log;
        p->ahead = false;
    }
    pthread_mutex_unlock(&d->lock);
    return l;
}

/* It was opened for another topic of that name, or as it was configured then. */
static err_t settle_ahead(struct log_dir *d, struct log *l, const struct uuid *topic_id,
                          const struct log_config *config, struct log **ret, struct why *reterr)
{
    if (!uuid_eq(&log_dir_part_of(d, l)->topic_id, topic_id)) {
        why(reterr, ERR_CONFLICT, "%s: the directory belongs to another topic", log_path(l));
        (void)log_dir_close_partition(d, l, false);
        return ERR_CONFLICT;
    }
    if (memcmp(config, log_config(l), sizeof(*config)) != 0)
        log_reconfigure(l, config);
    *ret = l;
    return ERR_OK;
}

err_t log_dir_open_partition(struct log_dir *d, struct str topic, int32_t partition,
                             const struct uuid *topic_id, const struct log_config *config, bool create,
                             struct log **ret, struct why *reterr)
{
    struct log *ahead = take_ahead(d, topic, partition);
    struct part *p = NULL;
    err_t e;

    *ret = NULL;
    if (ahead)
        return settle_ahead(d, ahead, topic_id, config, ret, reterr);
    e = claim_for(d, topic, partition, create, &p, reterr);
    if (e)
        return e;
    e = open_part(d, p, topic_id, config, false, ret, reterr);
    release(d, p, *ret, false);
    return e;
}

err_t log_dir_open_ahead(struct log_dir *d, struct str topic, int32_t partition, const struct uuid *topic_id,
                         const struct log_config *config)
{
    struct log *l = NULL;
    struct part *p;
    err_t e;

    e = claim(d, topic, partition, false, false, &p);
    if (e)
        return e;
    e = open_part(d, p, topic_id, config, false, &l, NULL);
    p->ahead = !e; /* nobody else has it yet */
    release(d, p, l, false);
    return e;
}

static struct log *next_ahead(struct log_dir *d)
{
    struct log *l = NULL;
    void *value;
    size_t at = 0;

    pthread_mutex_lock(&d->lock);
    while (!l && map_next(&d->parts, &at, NULL, &value)) {
        struct part *p = value;

        if (p->ahead)
            l = p->log;
        p->ahead = false;
    }
    pthread_mutex_unlock(&d->lock);
    return l;
}

void log_dir_close_ahead(struct log_dir *d)
{
    struct log *l;

    while ((l = next_ahead(d)))
        (void)log_dir_close_partition(d, l, false);
}

err_t log_dir_repair_partition(struct log_dir *d, struct str topic, int32_t partition,
                               const struct uuid *topic_id, const struct log_config *config, int64_t from,
                               struct log **ret, struct why *reterr)
{
    struct part *p = NULL;
    err_t e;

    *ret = NULL;
    e = claim_for(d, topic, partition, false, &p, reterr);
    if (e)
        return e;
    if (from < p->recovery_point || (p->clean && from < INT64_MAX))
        e = log_dir_distrust(d, p, from);
    if (!e)
        e = open_part(d, p, topic_id, config, true, ret, reterr);
    release(d, p, *ret, false);
    return e;
}

err_t log_dir_close_partition(struct log_dir *d, struct log *l, bool clean)
{
    struct part *p = take_out(d, l);
    int64_t end = log_end_offset(l);
    err_t e;

    e = log_close(l, clean);
    p->clean = clean && !e;
    if (p->clean)
        p->recovery_point = end;
    release(d, p, NULL, false);
    return e;
}

static err_t rename_away(struct log_dir *d, struct part *p, enum dir_kind kind)
{
    struct dir_name_text name = dir_name_print(p->topic, p->partition, kind);
    struct path from = path_in(d->path, p->name), to = path_in(d->path, name.text);
    err_t e;

    e = fs_rename(d->fs, from.text, to.text);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    log_trash_renamed(d->trash, from.text);
    if (kind == DIR_DELETE)
        log_trash_put(d->trash, to.text, clock_wall_ms() + d->delete_delay_ms);
    return ERR_OK;
}

err_t log_dir_delete_partition(struct log_dir *d, struct log *l)
{
    struct part *p = take_out(d, l);
    err_t e;

    (void)log_close(l, false);
    e = rename_away(d, p, DIR_DELETE);
    release(d, p, NULL, !e);
    return e;
}

err_t log_dir_set_aside(struct log_dir *d, struct str topic, int32_t partition, bool stray)
{
    struct part *p = NULL;
    err_t e;

    e = claim_any(d, topic, partition, &p);
    if (e)
        return e;
    e = rename_away(d, p, stray ? DIR_STRAY : DIR_DELETE);
    release(d, p, NULL, !e);
    return e;
}

/* --- future ones --- */

bool log_dir_future_name_fits(struct str topic, int32_t partition)
{
    struct dir_name_text name = dir_name_print(topic, partition, DIR_FUTURE);
    struct dir_name parsed;

    return dir_name_parse(str_of(name.text), &parsed) && parsed.topic.n == topic.n;
}

bool log_dir_has(struct log_dir *d, struct str topic, int32_t partition, bool future)
{
    struct part *p;
    bool yes;

    pthread_mutex_lock(&d->lock);
    p = log_dir_part(d, topic, partition, false);
    yes = p && p->future == future;
    pthread_mutex_unlock(&d->lock);
    return yes;
}

static err_t future_fault(struct log_dir *d, struct str topic, int32_t partition, err_t e,
                          struct why *reterr)
{
    return why(reterr, e, "%s/%.*s-%d, future: %s", d->path, STR_ARG(topic), partition,
               e == ERR_TOO_LARGE ? "the topic's name leaves no room for the suffix" : err_text(e));
}

err_t log_dir_open_future(struct log_dir *d, struct str topic, int32_t partition, const struct uuid *topic_id,
                          const struct log_config *config, struct log **ret, struct why *reterr)
{
    struct part *p = NULL;
    bool made;
    err_t e;

    *ret = NULL;
    if (!legal(topic, partition) || !log_dir_future_name_fits(topic, partition))
        return future_fault(d, topic, partition, ERR_TOO_LARGE, reterr);
    made = !log_dir_has(d, topic, partition, true);
    e = claim(d, topic, partition, true, true, &p);
    if (e)
        return future_fault(d, topic, partition, e, reterr);
    e = made ? log_dir_checkpoint(d) : ERR_OK;
    if (e)
        (void)future_fault(d, topic, partition, e, reterr);
    else
        e = open_part(d, p, topic_id, config, false, ret, reterr);
    release(d, p, *ret, e && made);
    return e;
}

/* The names are what a power cut may take back: the caller removes the replica's old directory next. */
err_t log_dir_promote_future(struct log_dir *d, struct log *l)
{
    struct path from, to;
    struct part *p;
    err_t e;

    pthread_mutex_lock(&d->lock);
    p = log_dir_part_of(d, l);
    INVARIANT(p->log == l && p->future && !p->busy);
    pthread_mutex_unlock(&d->lock);
    from = path_in(d->path, p->name);
    to = path_in(d->path, p->key);
    e = fs_rename(d->fs, from.text, to.text);
    if (e)
        return e;
    pthread_mutex_lock(&d->lock);
    log_dir_rename_part(p, p->key, false);
    pthread_mutex_unlock(&d->lock);
    log_renamed(l, to.text);
    log_trash_renamed(d->trash, from.text);
    return fs_sync_dir(d->fs, d->path);
}
