#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/invariant.h"
#include "controlplane/store/migrate.h"
#include "controlplane/store/store_private.h"

/* So long another process (`klammd token create`) may hold the write lock. */
enum { BUSY_MS = 5000 };

static void fail(struct store *s)
{
    if (s->failed)
        return;
    s->failed = store_error(s->db);
    (void)why(&s->reason, s->failed, "the store: %s", sqlite3_errmsg(s->db));
}

static void corrupt(struct store *s, const char *what)
{
    if (s->failed)
        return;
    s->failed = ERR_CORRUPT;
    (void)why(&s->reason, ERR_CORRUPT, "the store: %s does not parse", what);
}

void store_run(struct store *s, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q = NULL;
    va_list args;

    if (s->failed || !s->db) /* a fork has none */
        return;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL)) {
        fail(s);
        return;
    }
    va_start(args, types);
    for (int i = 0; types[i]; i++) {
        if (types[i] == 's')
            sqlite3_bind_text(q, i + 1, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        else
            sqlite3_bind_int64(q, i + 1, va_arg(args, int64_t));
    }
    va_end(args);
    if (sqlite3_step(q) != SQLITE_DONE)
        fail(s);
    sqlite3_finalize(q);
}

static const char *text(sqlite3_stmt *q, int column)
{
    return (const char *)sqlite3_column_text(q, column);
}

/* Calls `row` for every row. */
static void each(struct store *s, const char *sql, void (*row)(struct store *s, sqlite3_stmt *q))
{
    sqlite3_stmt *q = NULL;
    int status;

    if (s->failed)
        return;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL)) {
        fail(s);
        return;
    }
    while ((status = sqlite3_step(q)) == SQLITE_ROW && !s->failed)
        row(s, q);
    if (status != SQLITE_DONE)
        fail(s);
    sqlite3_finalize(q);
}

static void load_cluster(struct store *s, sqlite3_stmt *q)
{
    json_t *spec = json_loads(text(q, 10), 0, NULL), *tags = json_loads(text(q, 11), 0, NULL);
    struct cluster *c = store_cluster_new(s, text(q, 0), text(q, 1), spec, tags);

    store_set_text(&c->uuid, text(q, 2));
    store_set_text(&c->kafka_id, text(q, 3));
    store_set_text(&c->current_version, text(q, 4));
    c->state = (enum cluster_state)sqlite3_column_int(q, 5);
    store_set_text(&c->state_code, text(q, 6));
    store_set_text(&c->state_message, text(q, 7));
    c->created_ms = sqlite3_column_int64(q, 8);
    c->brokers_n = sqlite3_column_int(q, 9);
    store_set_text(&c->policy, text(q, 12));
    store_set_text(&c->policy_version, text(q, 13));
    if (!json_is_object(spec) || !json_is_object(tags) || c->state >= CLUSTER_STATES)
        corrupt(s, c->arn);
    event_told_cluster(c);
}

static void load_scaling(struct store *s, sqlite3_stmt *q)
{
    struct cluster *c = store_cluster(s, str_of(text(q, 0)));

    if (!c)
        return; /* the foreign key forbids it */
    store_set_json(&c->scaling, json_loads(text(q, 1), 0, NULL));
    if (!json_is_object(c->scaling))
        corrupt(s, c->arn);
    event_told_scaling(c);
}

static void load_process(struct store *s, sqlite3_stmt *q)
{
    struct cluster *c = store_cluster(s, str_of(text(q, 0)));
    struct process *p;

    if (!c)
        return; /* the foreign key forbids it */
    p = store_process_new(c, (enum process_kind)sqlite3_column_int(q, 1), sqlite3_column_int(q, 2));
    store_set_text(&p->host, text(q, 3));
    store_set_text(&p->zone, text(q, 4));
    store_set_text(&p->subnet_id, text(q, 5));
    store_set_text(&p->address, text(q, 6));
    p->wanted = (enum process_wanted)sqlite3_column_int(q, 7);
    p->revision = sqlite3_column_int64(q, 8);
    p->seen = (enum process_seen)sqlite3_column_int(q, 9);
    store_set_text(&p->reason, text(q, 10));
    p->added_ms = sqlite3_column_int64(q, 11);
    p->restart = sqlite3_column_int64(q, 12);
    if (p->kind > PROCESS_BROKER || p->wanted > WANTED_STOPPED || p->seen > SEEN_GONE)
        corrupt(s, p->address);
    event_told_process(p);
}

static void load_rebalance(struct store *s, sqlite3_stmt *q)
{
    struct cluster *c = store_cluster(s, str_of(text(q, 0)));

    if (!c)
        return; /* the foreign key forbids it */
    store_set_json(&c->rebalance, json_loads(text(q, 1), 0, NULL));
    if (!json_is_object(c->rebalance))
        corrupt(s, c->arn);
    event_told_rebalance(c);
}

static void load_operation(struct store *s, sqlite3_stmt *q)
{
    struct operation *o = store_operation_new(s, text(q, 0), text(q, 1), text(q, 2));

    o->state = (enum operation_state)sqlite3_column_int(q, 3);
    store_set_text(&o->step, text(q, 4));
    store_set_text(&o->error_code, text(q, 5));
    store_set_text(&o->error_message, text(q, 6));
    o->created_ms = sqlite3_column_int64(q, 7);
    o->ended_ms = sqlite3_column_int64(q, 8);
    store_set_json(&o->source, json_loads(text(q, 9), 0, NULL));
    store_set_json(&o->target, json_loads(text(q, 10), 0, NULL));
    store_set_json(&o->plan, json_loads(text(q, 11), 0, NULL));
    if (o->state > OPERATION_FAILED || !json_is_object(o->source) || !json_is_object(o->target) ||
        !json_is_object(o->plan))
        corrupt(s, o->arn);
    event_told_operation(o);
}

static void load_configuration(struct store *s, sqlite3_stmt *q)
{
    struct configuration *k = store_configuration_new(s, text(q, 0), text(q, 1));

    store_set_text(&k->description, text(q, 2));
    store_set_json(&k->kafka_versions, json_loads(text(q, 3), 0, NULL));
    k->created_ms = sqlite3_column_int64(q, 4);
    if (!json_is_array(k->kafka_versions))
        corrupt(s, k->arn);
}

static void load_configuration_revision(struct store *s, sqlite3_stmt *q)
{
    struct configuration *k = store_configuration(s, str_of(text(q, 0)));
    struct configuration_revision *r;

    if (!k)
        return; /* the foreign key forbids it */
    r = store_configuration_revision_new(k, text(q, 3));
    r->number = sqlite3_column_int(q, 1);
    store_set_text(&r->description, text(q, 2));
    r->created_ms = sqlite3_column_int64(q, 4);
}

static void load_node(struct store *s, sqlite3_stmt *q)
{
    struct node *n = store_node_new(s, text(q, 0), text(q, 1));

    n->cpus = sqlite3_column_int64(q, 2);
    n->memory_bytes = sqlite3_column_int64(q, 3);
    n->disk_bytes = sqlite3_column_int64(q, 4);
    n->joined_ms = sqlite3_column_int64(q, 5);
    n->revision = sqlite3_column_int64(q, 6);
    n->removed_ms = n->told_removed_ms = sqlite3_column_int64(q, 7);
    (void)snprintf(n->installation, sizeof(n->installation), "%s", text(q, 8));
}

static void load_counter(struct store *s, sqlite3_stmt *q)
{
    s->revision = s->stored_revision = sqlite3_column_int64(q, 0);
}

static err_t load(struct store *s)
{
    each(s, "SELECT arn, name, uuid, kafka_id, current_version, state, state_code, state_message,"
            " created_ms, brokers, spec, tags, policy, policy_version FROM cluster"
            " ORDER BY created_ms, arn", load_cluster);
    each(s, "SELECT cluster_arn, settings FROM scaling", load_scaling);
    each(s, "SELECT cluster_arn, kind, node_id, host, zone, subnet_id, address, wanted, revision, seen,"
            " reason, added_ms, restart FROM process ORDER BY cluster_arn, kind, node_id", load_process);
    each(s, "SELECT cluster_arn, wish FROM rebalance", load_rebalance);
    each(s, "SELECT arn, cluster_arn, type, state, step, error_code, error_message, created_ms, ended_ms,"
            " source, target, plan FROM operation ORDER BY created_ms, rowid", load_operation);
    each(s, "SELECT name, zone, cpus, memory_bytes, disk_bytes, joined_ms, revision, removed_ms,"
            " installation FROM node ORDER BY name", load_node);
    each(s, "SELECT arn, name, description, kafka_versions, created_ms FROM configuration"
            " ORDER BY created_ms, arn", load_configuration);
    each(s, "SELECT configuration_arn, number, description, properties, created_ms"
            " FROM configuration_revision ORDER BY configuration_arn, number", load_configuration_revision);
    each(s, "SELECT value FROM counter WHERE name = 'revision'", load_counter);
    return s->failed;
}

/* What a byte flipped on the disk did, is said at the start and not by a wrong answer later. */
static void check_row(struct store *s, sqlite3_stmt *q)
{
    if (strcmp(text(q, 0), "ok") == 0)
        return;
    s->failed = ERR_CORRUPT;
    (void)why(&s->reason, ERR_CORRUPT, "the store: %s", text(q, 0));
}

/* Two that switch a new file to WAL at once may each wait for the other: then SQLite answers BUSY
 * without its own waiting, so the waiting is here. */
static int set_up(sqlite3 *db)
{
    static const char setup[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
    int64_t until = clock_mono_ms() + BUSY_MS;
    int status;

    do {
        status = sqlite3_exec(db, setup, NULL, NULL, NULL);
        if (status == SQLITE_BUSY)
            sqlite3_sleep(10);
    } while (status == SQLITE_BUSY && clock_mono_ms() < until);
    return status;
}

/* The file is made before SQLite sees it, so that it never is anybody else's to read. */
static err_t open_database(struct store *s, const char *path, struct why *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || fchmod(fd, 0600) < 0 || close(fd) < 0)
        return why(reterr, err_from_errno(errno), "%s", strerror(errno));
    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL))
        return why(reterr, ERR_IO, "%s", s->db ? sqlite3_errmsg(s->db) : "out of memory");
    sqlite3_busy_timeout(s->db, BUSY_MS);
    if (set_up(s->db))
        return why(reterr, store_error(s->db), "%s", sqlite3_errmsg(s->db));
    return store_migrate(s->db, reterr);
}

err_t store_open(const char *path, struct store **ret, struct why *reterr)
{
    OWNED(store) s = mem_new(struct store);
    err_t e;

    list_init(&s->clusters);
    list_init(&s->operations);
    list_init(&s->nodes);
    list_init(&s->configurations);
    e = open_database(s, path, &s->reason);
    if (!e)
        each(s, "PRAGMA quick_check(1)", check_row);
    if (!e)
        e = load(s);
    /* Above all that was given out after the copy of a store that is an old backup: by the clock, as nobody
     * gives out a thousand a second. */
    if (!e && s->revision < clock_wall_ms())
        s->revision = clock_wall_ms();
    s->opened_revision = s->revision;
    if (e)
        return why(reterr, e, "%s: %s", path, s->reason.text);
    *ret = s;
    s = NULL;
    return ERR_OK;
}

struct store *store_free(struct store *s)
{
    if (!s)
        return NULL;
    while (!list_empty(&s->clusters))
        cluster_forget(list_item(s->clusters.next, struct cluster, node));
    while (!list_empty(&s->operations))
        operation_forget(list_item(s->operations.next, struct operation, node));
    while (!list_empty(&s->nodes))
        node_forget(list_item(s->nodes.next, struct node, node));
    while (!list_empty(&s->configurations))
        configuration_forget(list_item(s->configurations.next, struct configuration, node));
    map_done(&s->nodes_by_name);
    sqlite3_close(s->db);
    mem_free(s);
    return NULL;
}

void store_begin(struct store *s)
{
    INVARIANT(!s->in_transaction);
    s->in_transaction = true;
    store_run(s, "BEGIN IMMEDIATE", "");
}

err_t store_commit(struct store *s, struct why *reterr)
{
    INVARIANT(s->in_transaction);
    /* `klammd token create` commits beside a running klammd: never back to an older number. */
    if (s->revision != s->stored_revision)
        store_run(s, "UPDATE counter SET value = max(value, ?) WHERE name = 'revision'", "i", s->revision);
    store_run(s, "COMMIT", "");
    s->stored_revision = s->revision;
    s->in_transaction = false;
    return s->failed ? why(reterr, s->failed, "%s", s->reason.text) : ERR_OK;
}

void store_put_cluster(struct store *s, const struct cluster *c)
{
    char *spec = json_dumps(c->spec, JSON_COMPACT),
         *tags = json_dumps(c->tags, JSON_COMPACT | JSON_SORT_KEYS);

    INVARIANT(s->in_transaction);
    store_run(s, "INSERT INTO cluster VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (arn) DO UPDATE SET"
           " current_version = excluded.current_version, state = excluded.state,"
           " state_code = excluded.state_code, state_message = excluded.state_message,"
           " brokers = excluded.brokers, spec = excluded.spec, tags = excluded.tags,"
           " policy = excluded.policy, policy_version = excluded.policy_version",
        "sssssissiissss", c->arn, c->name, c->uuid, c->kafka_id, c->current_version, (int64_t)c->state,
        c->state_code, c->state_message, c->created_ms, (int64_t)c->brokers_n, spec, tags,
        c->policy, c->policy_version);
    mem_free(spec);
    mem_free(tags);
    event_cluster(s, c);
}

/* What a table of its own keeps of a cluster: its ARN and a document. */
static void put_document(struct store *s, const char *sql, const struct cluster *c, const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);

    INVARIANT(s->in_transaction);
    store_run(s, sql, "ss", c->arn, text);
    mem_free(text);
}

void store_put_rebalance(struct store *s, const struct cluster *c)
{
    put_document(s, "INSERT INTO rebalance VALUES (?,?) ON CONFLICT (cluster_arn) DO UPDATE SET"
                    " wish = excluded.wish", c, c->rebalance);
    event_rebalance(s, c);
}

void store_put_scaling(struct store *s, const struct cluster *c)
{
    put_document(s, "INSERT INTO scaling VALUES (?,?) ON CONFLICT (cluster_arn) DO UPDATE SET"
                    " settings = excluded.settings", c, c->scaling);
    event_scaling(s, c);
}

void store_put_process(struct store *s, const struct process *p)
{
    INVARIANT(s->in_transaction);
    /* Not OR REPLACE: that would drop another process's row that holds the same address. */
    store_run(
        s,
        "INSERT INTO process VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (cluster_arn, kind, "
        "node_id)"
        " DO UPDATE SET host = excluded.host, zone = excluded.zone, subnet_id = excluded.subnet_id,"
        " address = excluded.address, wanted = excluded.wanted, revision = excluded.revision,"
        " seen = excluded.seen, reason = excluded.reason, restart = excluded.restart",
        "siissssiiisii", p->cluster->arn, (int64_t)p->kind, (int64_t)p->node_id, p->host, p->zone,
        p->subnet_id, p->address, (int64_t)p->wanted, p->revision, (int64_t)p->seen, p->reason,
        p->added_ms, p->restart);
    event_process(s, p);
}

void store_put_operation(struct store *s, const struct operation *o)
{
    char *source = json_dumps(o->source, JSON_COMPACT), *target = json_dumps(o->target, JSON_COMPACT),
         *plan = json_dumps(o->plan, JSON_COMPACT);

    INVARIANT(s->in_transaction);
    store_run(s,
        "INSERT INTO operation VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (arn) DO UPDATE SET"
        " state = excluded.state, step = excluded.step, error_code = excluded.error_code,"
        " error_message = excluded.error_message, ended_ms = excluded.ended_ms,"
        " source = excluded.source, target = excluded.target, plan = excluded.plan",
        "sssisssiisss", o->arn, o->cluster_arn, o->type, (int64_t)o->state, o->step, o->error_code,
        o->error_message, o->created_ms, o->ended_ms, source, target, plan);
    mem_free(source);
    mem_free(target);
    mem_free(plan);
    event_operation(s, o);
}

void store_put_node(struct store *s, const struct node *n)
{
    INVARIANT(s->in_transaction);
    store_run(s, "INSERT OR REPLACE INTO node VALUES (?,?,?,?,?,?,?,?,?)", "ssiiiiiis", n->name,
              n->zone, n->cpus, n->memory_bytes, n->disk_bytes, n->joined_ms, n->revision,
              n->removed_ms, n->installation);
    event_node(s, n);
}

void store_put_configuration(struct store *s, const struct configuration *k)
{
    char *versions = json_dumps(k->kafka_versions, JSON_COMPACT);

    INVARIANT(s->in_transaction);
    store_run(s, "INSERT INTO configuration VALUES (?,?,?,?,?)", "ssssi", k->arn, k->name,
              k->description, versions, k->created_ms);
    mem_free(versions);
}

void store_put_configuration_revision(struct store *s, const struct configuration *k,
                                      const struct configuration_revision *r)
{
    INVARIANT(s->in_transaction);
    store_run(s, "INSERT INTO configuration_revision VALUES (?,?,?,?,?)", "sissi", k->arn, (int64_t)r->number,
        r->description, r->properties, r->created_ms);
    event_configuration_revision(s, k, r);
}

void store_remove_configuration(struct store *s, struct configuration *k)
{
    INVARIANT(s->in_transaction);
    store_run(s, "DELETE FROM configuration WHERE arn = ?", "s", k->arn);
    configuration_forget(k);
}

void store_remove_process(struct store *s, struct process *p)
{
    INVARIANT(s->in_transaction);
    store_run(s, "DELETE FROM process WHERE cluster_arn = ? AND kind = ? AND node_id = ?", "sii",
              p->cluster->arn, (int64_t)p->kind, (int64_t)p->node_id);
    process_forget(p);
}

void store_remove_cluster(struct store *s, struct cluster *c)
{
    INVARIANT(s->in_transaction);
    store_run(s, "DELETE FROM cluster WHERE arn = ?", "s", c->arn);
    event_cluster_gone(s, c);
    cluster_forget(c);
}

int64_t store_opened_revision(const struct store *s)
{
    return s->opened_revision;
}

int64_t store_next_revision(struct store *s)
{
    return ++s->revision;
}

void store_put_token(struct store *s, const char *token_hash, int64_t expires_ms)
{
    INVARIANT(s->in_transaction);
    store_run(s, "INSERT OR REPLACE INTO token (hash, expires_ms) VALUES (?,?)", "si", token_hash,
              expires_ms);
}

bool store_take_token(struct store *s, const char *token_hash, const char *taker, int64_t now_ms)
{
    INVARIANT(s->in_transaction && s->db);
    store_run(s, "DELETE FROM token WHERE expires_ms <= ?", "i", now_ms);
    store_run(s,
              "UPDATE token SET expires_ms = iif(taker IS NULL, min(expires_ms, ?), expires_ms), "
              "taker = ?2"
              " WHERE hash = ?3 AND (taker IS NULL OR taker = ?2)",
              "iss", now_ms + STORE_TOKEN_AGAIN_MS, taker, token_hash);
    return !s->failed && sqlite3_changes(s->db) == 1;
}
