#include "broker/server/directories.h"

#include "api/kafka/msg/assign_replicas_to_dirs.h"
#include "broker/log/flusher.h"
#include "broker/metadata/record.h"
#include "broker/server/append.h"
#include "broker/server/broker.h"
#include "broker/server/broker_life.h"
#include "broker/server/cleaning.h"
#include "broker/server/controller_link.h"
#include "broker/server/fetcher.h"
#include "broker/server/housekeeping.h"
#include "broker/server/leading.h"
#include "broker/server/moving.h"
#include "broker/server/producers.h"
#include "common/invariant.h"
#include "common/log.h"

enum {
    CALL_MS_MAX = 10000,
    RETRY_MS = 500,
    REPLICAS_MAX = 2250, /* of one request, as Kafka's controllers take */
};

typedef struct kf_assign_replicas_to_dirs_request_directory_data directory_out;
typedef struct kf_assign_replicas_to_dirs_request_topic_data topic_out;
typedef struct kf_assign_replicas_to_dirs_response_directory_data directory_in;

/* Kafka's DirectoryId.LOST: in no directory that is online. */
static const struct uuid lost = { { [15] = 2 } };

struct directories {
    struct broker *b;
    struct list unsent, sent; /* partition.misplaced */
    struct link_request *call;
    struct arena arena;       /* of the request under way */
    struct loop_task send, fail;
    bool unreadable;          /* some partition is */
    struct loop_timer retry;
};

static struct broker_dir *dir_of(struct broker *b, const struct log_dir *dir)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (b->dirs[i].dir == dir)
            return &b->dirs[i];
    return NULL;
}

static struct broker_dir *dir_by_id(struct broker *b, const struct uuid *id)
{
    for (unsigned i = 0; id && i < b->dirs_n; i++)
        if (uuid_eq(&b->dirs[i].meta.directory_id, id))
            return &b->dirs[i];
    return NULL;
}

/* Offline at the end of the turn. */
static void fail_directory(struct broker *b, struct broker_dir *d)
{
    if (!d || d->failing)
        return;
    d->failing = true;
    loop_defer(b->loop, &b->directories->fail);
}

/* --- where a replica lies --- */

static bool is_better(const struct broker_dir *d, const struct broker_dir *than)
{
    if (!than || d->cordoned != than->cordoned)
        return !than || than->cordoned;
    return d->replicas < than->replicas;
}

/* A cordoned one only when all are. */
static struct broker_dir *fewest(struct broker *b)
{
    struct broker_dir *best = NULL;

    for (unsigned i = 0; i < b->dirs_n; i++)
        if (!b->dirs[i].offline && is_better(&b->dirs[i], best))
            best = &b->dirs[i];
    return best;
}

static err_t open_in(struct broker *b, struct broker_dir *d, struct partition *p, bool create,
                     struct why *reterr)
{
    err_t e;

    if (d->offline)
        return create ? why(reterr, ERR_IO, "%s is offline", log_dir_path(d->dir)) : ERR_NOT_FOUND;
    p->dir = d->dir;
    e = log_dir_open_partition(d->dir, str_of(p->topic->name), p->index, &p->topic->id,
                               &p->topic->config, create, &p->log, reterr);
    if (!e)
        d->replicas++;
    if (e == ERR_IO)
        fail_directory(b, d);
    return e;
}

static err_t create(struct broker *b, struct partition *p, const struct uuid *assigned,
                    struct why *reterr)
{
    struct broker_dir *d = moving_wish(b, p);

    d = d && !d->offline ? d : dir_by_id(b, assigned);
    d = d ? d : fewest(b);
    return d ? open_in(b, d, p, true, reterr) : why(reterr, ERR_IO, "no log directory is online");
}

static bool is_in(const int32_t *ids, int32_t n, int32_t id)
{
    for (int32_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* Somebody else leads, and nobody will let this replica lead before it has caught up. */
static bool replaceable(const struct broker *b, const struct partition_state *s)
{
    int32_t id = b->config->node_id;

    return s->leader >= 0 && s->leader != id && !is_in(s->isr, s->isr_n, id) &&
           !is_in(s->elr, s->elr_n, id);
}

static err_t repair(struct partition *p, struct why *reterr)
{
    err_t e = log_dir_repair_partition(p->dir, str_of(p->topic->name), p->index, &p->topic->id,
                                       &p->topic->config, p->damaged_from, &p->log, reterr);

    p->damaged = e != ERR_OK;
    if (!e)
        log_event(LOG_WARN, "replica_repaired", "topic=%s partition=%d end=%lld", p->topic->name,
                  p->index, (long long)log_end_offset(p->log));
    return e;
}

static void tell_damaged(struct partition *p, const char *reason)
{
    p->damaged = true;
    log_event(LOG_ERROR, "replica_damaged",
              "topic=%s partition=%d reason=\"%s\" next=\"it waits until another replica leads and "
              "it is out "
              "of the in-sync set, then it fetches anew what is damaged\"",
              p->topic->name, p->index, reason);
}

/* The replica lies in `d` too: a move between directories was cut between its last two renames, when
 * both held the same (moving.h). The one that has less goes, but not far. */
static void settle_double(struct broker *b, struct partition *p, struct broker_dir *d)
{
    struct broker_dir *kept = dir_of(b, p->dir);
    struct log *log = p->log;
    struct why reason = { "" };
    err_t e = open_in(b, d, p, false, &reason);

    if (!e && log_end_offset(p->log) > log_end_offset(log)) {
        struct broker_dir *other = kept;
        struct log *less = log;

        log = p->log, kept = d;
        (void)log_dir_close_partition(other->dir, less, false);
        d = other;
    } else if (!e) {
        (void)log_dir_close_partition(d->dir, p->log, false);
    }
    p->log = log;
    p->dir = kept->dir;
    if (!e)
        d->replicas--;
    e = log_dir_set_aside(d->dir, str_of(p->topic->name), p->index, true);
    log_event(LOG_WARN, "replica_found_twice", "topic=%s partition=%d kept=%s aside=%s end=%lld error=%s",
              p->topic->name, p->index, log_dir_path(kept->dir), log_dir_path(d->dir),
              (long long)log_end_offset(log), err_name(e));
}

static err_t open_anywhere(struct broker *b, struct partition *p, const struct uuid *assigned,
                           struct why *reterr)
{
    err_t e = ERR_NOT_FOUND;
    unsigned i;

    for (i = 0; i < b->dirs_n && e == ERR_NOT_FOUND; i++)
        e = open_in(b, &b->dirs[i], p, false, reterr);
    if (e == ERR_NOT_FOUND)
        return create(b, p, assigned, reterr);
    for (; !e && i < b->dirs_n; i++)
        if (!b->dirs[i].offline && log_dir_has(b->dirs[i].dir, str_of(p->topic->name), p->index, false))
            settle_double(b, p, &b->dirs[i]);
    return e;
}

static void opened(struct broker *b, struct partition *p)
{
    const struct log_recovered *r = log_recovered(p->log);

    if (p->unopened)
        log_event(LOG_INFO, "partition_online", "topic=%s partition=%d", p->topic->name, p->index);
    p->unopened = false;
    log_set_owner(p->log, p);
    producers_opened(p);
    log_set_flusher(p->log, p->topic->durable ? b->committer : b->flusher);
    if (r->cut_bytes)
        log_event(LOG_WARN, "log_cut",
                  "topic=%s partition=%d end=%lld bytes=%lld reason=\"recovery\"", p->topic->name,
                  p->index, (long long)r->cut_offset, (long long)r->cut_bytes);
    moving_opened(b, p);
}

void directories_open(struct broker *b, struct partition *p, const struct partition_state *s,
                      int32_t place)
{
    struct why reason = { "" };
    err_t e = ERR_CORRUPT;

    if (p->lost || (p->damaged && !replaceable(b, s)))
        return;
    if (!p->damaged)
        e = open_anywhere(b, p, s->directories ? &s->directories[place] : NULL, &reason);
    if (e == ERR_CORRUPT && !p->damaged) {
        p->damaged_from = INT64_MAX;
        tell_damaged(p, reason.text);
    }
    if (e == ERR_CORRUPT && replaceable(b, s))
        e = repair(p, &reason);
    if (!e) {
        opened(b, p);
        return;
    }
    p->log = NULL;
    if (!p->damaged && !p->unopened)
        log_event(LOG_ERROR, "partition_offline", "topic=%s partition=%d error=%s reason=\"%s\"",
                  p->topic->name, p->index, err_name(e), reason.text);
    p->unopened = e == ERR_NO_SPACE || e == ERR_BUSY; /* a copy that is given up may be in its way */
    if (p->unopened)
        house_unopened(b->house);
}

/* --- what the controller does not know --- */

static bool knows_directories(const struct broker *b)
{
    return image_feature(b->image, "metadata.version") >= METADATA_VERSION_DIRECTORIES;
}

static bool is_lost(const struct partition *p)
{
    return p->damaged || p->lost;
}

/* NULL: nothing is to be said of it. */
static const struct uuid *true_place(struct broker *b, const struct partition *p)
{
    const struct broker_dir *d = p->log ? dir_of(b, p->dir) : NULL;

    return is_lost(p) ? &lost : d ? &d->meta.directory_id : NULL;
}

static topic_out *topic_in_request(directory_out *to, const struct topic *t, size_t most,
                                   struct arena *a)
{
    topic_out *last = to->topics_n ? &to->topics[to->topics_n - 1] : NULL;

    if (last && uuid_eq(&last->topic_id, &t->id))
        return last;
    last = &to->topics[to->topics_n++];
    *last = (topic_out){ .topic_id = t->id };
    last->partitions = arena_array(a, most, sizeof(*last->partitions));
    return last;
}

/* Neighbours of one topic share its entry. Those that are named go over to `sent`. */
static unsigned put_directory(struct directories *d, const struct uuid *id, unsigned most,
                              directory_out *to)
{
    unsigned n = 0;

    to->id = *id;
    to->topics = arena_array(&d->arena, most, sizeof(*to->topics));
    list_each(node, &d->unsent) {
        struct partition *p = list_item(node, struct partition, misplaced);
        const struct uuid *at = true_place(d->b, p);
        topic_out *t;

        if (n == most || !at || !uuid_eq(at, id))
            continue;
        t = topic_in_request(to, p->topic, (size_t)p->topic->partitions_n, &d->arena);
        t->partitions[t->partitions_n++].partition_index = p->index;
        list_remove(&p->misplaced);
        list_push(&d->sent, &p->misplaced);
        n++;
    }
    return n;
}

static struct kf_assign_replicas_to_dirs_request *request_of_all(struct directories *d)
{
    struct kf_assign_replicas_to_dirs_request *q =
        MESSAGE_NEW(&d->arena, kf_assign_replicas_to_dirs_request);
    unsigned left = REPLICAS_MAX;

    q->broker_id = d->b->config->node_id;
    q->broker_epoch = d->b->life.epoch;
    q->directories = arena_array(&d->arena, d->b->dirs_n + 1, sizeof(*q->directories));
    for (unsigned i = 0; i <= d->b->dirs_n && left; i++) {
        directory_out *to = &q->directories[q->directories_n];
        const struct uuid *id = i < d->b->dirs_n ? &d->b->dirs[i].meta.directory_id : &lost;
        unsigned n = put_directory(d, id, left, to);

        q->directories_n += n > 0;
        left -= n;
    }
    return q;
}

static bool elsewhere(const void *answer)
{
    const struct kf_assign_replicas_to_dirs_response *m = answer;

    return m->error_code == KF_ERR_NOT_CONTROLLER;
}

static void log_refusals(const directory_in *d)
{
    for (int32_t t = 0; t < d->topics_n; t++)
        for (int32_t i = 0; i < d->topics[t].partitions_n; i++)
            if (d->topics[t].partitions[i].error_code)
                log_event(LOG_WARN, "directory_not_assigned", "topic_id=%s partition=%d error=%s",
                          uuid_print(&d->topics[t].topic_id).text,
                          d->topics[t].partitions[i].partition_index,
                          kf_error_name(d->topics[t].partitions[i].error_code));
}

static void all_to(struct list *from, struct list *to)
{
    list_each(node, from) {
        list_remove(node);
        if (to)
            list_push(to, node);
    }
}

/* What was refused is said again when the metadata next speaks of it. */
static void assigned_done(void *ctx, err_t e, const void *answer)
{
    const struct kf_assign_replicas_to_dirs_response *m = answer;
    struct directories *d = ctx;
    int16_t error = e ? KF_ERR_NONE : m->error_code;
    bool again = e || error;

    d->call = NULL;
    if (again)
        log_event(LOG_WARN, "directories_not_assigned", "error=%s",
                  e ? err_name(e) : kf_error_name(error));
    for (int32_t i = 0; !again && i < m->directories_n; i++)
        log_refusals(&m->directories[i]);
    again = again && e != ERR_UNSUPPORTED && error != KF_ERR_UNSUPPORTED_VERSION;
    all_to(&d->sent, again ? &d->unsent : NULL);
    arena_clear(&d->arena);
    if (list_empty(&d->unsent))
        return;
    if (again)
        loop_timer_in(d->b->loop, &d->retry, RETRY_MS);
    else
        loop_defer(d->b->loop, &d->send);
}

static void send_now(struct directories *d)
{
    if (d->call || list_empty(&d->unsent))
        return;
    d->call = link_send(d->b->link, &(struct link_call){
        .api_key = KF_API_ASSIGN_REPLICAS_TO_DIRS, .message = request_of_all(d),
        .timeout_ms = CALL_MS_MAX, .elsewhere = elsewhere, .done = assigned_done, .ctx = d,
    });
}

static void send_at_end_of_turn(struct loop_task *t)
{
    send_now(container_of(t, struct directories, send));
}

static void retry_due(struct loop_timer *t)
{
    send_now(container_of(t, struct directories, retry));
}

/* The controller is told. */
static void place_wrong(struct broker *b, struct partition *p)
{
    if (!list_empty(&p->misplaced) && p->told_lost == is_lost(p))
        return;
    list_remove(&p->misplaced); /* what is under way says something else */
    p->told_lost = is_lost(p);
    list_push(&b->directories->unsent, &p->misplaced);
    if (!b->directories->call && !b->directories->retry.slot)
        loop_defer(b->loop, &b->directories->send);
}

void directories_note(struct broker *b, struct partition *p, const struct partition_state *s,
                      int32_t place)
{
    const struct uuid *d = true_place(b, p);

    if (!d || !s->directories || uuid_eq(&s->directories[place], d) || !knows_directories(b))
        list_remove(&p->misplaced);
    else
        place_wrong(b, p);
}

void directories_forget(struct partition *p)
{
    list_remove(&p->misplaced);
}

/* --- what fails --- */

static void close_replica(struct broker *b, struct partition *p)
{
    fetcher_stop(b, p);
    leading_stop(b, p, KF_ERR_KAFKA_STORAGE_ERROR);
    directories_forget(p);
    cleaning_forget(b, p, false);
    moving_forget(p, false);
    (void)log_dir_close_partition(p->dir, p->log, false);
    p->log = NULL;
    partition_touched(p);
}

/* Of a replica that has just come here the controller may not know: the heartbeat, which names the directory,
 * would not tell it to let others lead. */
static bool knows_place(const struct broker *b, const struct partition *p, const struct broker_dir *d)
{
    const struct topic_state *t = image_topic_by_id(b->image, &p->topic->id);
    const struct partition_state *s =
        t && p->index < t->partitions_n ? &t->partitions[p->index] : NULL;

    if (!knows_directories(b) || !s || !s->directories)
        return true; /* or there is nobody to tell */
    for (int32_t i = 0; i < s->replicas_n; i++)
        if (s->replicas[i] == b->config->node_id)
            return uuid_eq(&s->directories[i], &d->meta.directory_id);
    return true;
}

static void take_offline(struct broker *b, struct broker_dir *d)
{
    struct replicas_walk at = { 0 };
    struct partition *p;

    __atomic_store_n(&d->offline, true, __ATOMIC_RELAXED); /* housekeeping looks at it */
    log_event(LOG_ERROR, "directory_offline", "dir=%s", log_dir_path(d->dir));
    moving_dir_failed(b, d);
    while ((p = replicas_next(&b->replicas, &at))) {
        if (!p->log || p->dir != d->dir)
            continue;
        p->lost = !knows_place(b, p, d);
        close_replica(b, p);
        if (p->lost)
            place_wrong(b, p);
    }
}

static void close_unreadable(struct broker *b)
{
    struct replicas_walk at = { 0 };
    struct partition *p;

    b->directories->unreadable = false;
    while ((p = replicas_next(&b->replicas, &at))) {
        if (p->unreadable && p->log) {
            tell_damaged(p, "a batch is no good where it was read");
            close_replica(b, p);
            place_wrong(b, p);
        }
        p->unreadable = false;
    }
}

static void fail_at_end_of_turn(struct loop_task *t)
{
    struct broker *b = container_of(t, struct directories, fail)->b;
    unsigned online = 0;

    if (b->directories->unreadable)
        close_unreadable(b);
    for (unsigned i = 0; i < b->dirs_n; i++) {
        if (b->dirs[i].failing && !b->dirs[i].offline)
            take_offline(b, &b->dirs[i]);
        online += !b->dirs[i].offline;
    }
    if (online) {
        life_hurry(b);
        return;
    }
    log_event(LOG_ERROR, "no_directory_left", "node=%d", b->config->node_id);
    b->exit_code = 1;
    loop_stop(b->loop);
}

void directories_dir_suspect(struct broker *b, const struct log_dir *dir, err_t e)
{
    if (e == ERR_IO || e == ERR_NOT_FOUND)
        fail_directory(b, dir_of(b, dir));
}

/* Refusals (too large, out of order, no space) say nothing about the disk. */
static bool storage_failed(const struct log *l, err_t e)
{
    return e == ERR_IO || e == ERR_NOT_FOUND || log_broken(l);
}

void directories_suspect(struct broker *b, const struct partition *p, err_t e)
{
    struct broker_dir *d = p->log && storage_failed(p->log, e) ? dir_of(b, p->dir) : NULL;

    fail_directory(b, d);
}

void directories_check(struct broker *b)
{
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (__atomic_load_n(&b->dirs[i].suspect, __ATOMIC_RELAXED))
            fail_directory(b, &b->dirs[i]);
}

/* The last in-sync replica is not closed: what can be read of it is all there is. */
static bool others_in_sync(const struct broker *b, const struct partition *p)
{
    const struct topic_state *t = image_topic_by_id(b->image, &p->topic->id);
    const struct partition_state *s =
        t && p->index < t->partitions_n ? &t->partitions[p->index] : NULL;

    return s && (s->isr_n > 1 || (s->isr_n == 1 && s->isr[0] != b->config->node_id));
}

static void found_damaged(struct broker *b, struct partition *p, int64_t offset)
{
    if (!p->log || p->unreadable || !others_in_sync(b, p) || !knows_directories(b))
        return;
    p->unreadable = true;
    p->damaged_from = offset;
    b->directories->unreadable = true;
    loop_defer(b->loop, &b->directories->fail);
}

int16_t directories_read_error(struct broker *b, struct partition *p, int64_t offset, err_t e)
{
    if (e == ERR_OK)
        return KF_ERR_NONE;
    if (e == ERR_OUT_OF_RANGE)
        return KF_ERR_OFFSET_OUT_OF_RANGE;
    if (e == ERR_CORRUPT) {
        found_damaged(b, p, offset);
        return KF_ERR_CORRUPT_MESSAGE;
    }
    directories_suspect(b, p, e);
    return KF_ERR_KAFKA_STORAGE_ERROR;
}

struct uuid *directories_offline(const struct broker *b, struct arena *a, int32_t *ret_n)
{
    struct uuid *ids = arena_array(a, b->dirs_n, sizeof(*ids));

    *ret_n = 0;
    for (unsigned i = 0; i < b->dirs_n; i++)
        if (b->dirs[i].offline)
            ids[(*ret_n)++] = b->dirs[i].meta.directory_id;
    return ids;
}

struct directories *directories_new(struct broker *b)
{
    struct directories *d = mem_new(struct directories);

    d->b = b;
    d->send.run = send_at_end_of_turn;
    d->fail.run = fail_at_end_of_turn;
    d->retry.fire = retry_due;
    list_init(&d->unsent);
    list_init(&d->sent);
    return d;
}

struct directories *directories_free(struct directories *d)
{
    if (!d)
        return NULL;
    all_to(&d->unsent, NULL);
    all_to(&d->sent, NULL);
    if (d->call)
        link_cancel(d->b->link, d->call);
    loop_timer_clear(d->b->loop, &d->retry);
    loop_undefer(d->b->loop, &d->send);
    loop_undefer(d->b->loop, &d->fail);
    arena_done(&d->arena);
    mem_free(d);
    return NULL;
}
