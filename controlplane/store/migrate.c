#include "controlplane/store/migrate.h"

#include <stdio.h>

/* Numbered steps: step n leads from user_version n to n + 1. A step that has shipped never
 * changes; a change of mind is a new step. */
static const char *const steps[] = {
    "CREATE TABLE cluster ("
    "  arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, uuid TEXT NOT NULL UNIQUE,"
    "  kafka_id TEXT NOT NULL, current_version TEXT NOT NULL, state INTEGER NOT NULL,"
    "  state_code TEXT, state_message TEXT, created_ms INTEGER NOT NULL,"
    "  brokers INTEGER NOT NULL, spec TEXT NOT NULL, tags TEXT NOT NULL) STRICT;"
    "CREATE TABLE process ("
    "  cluster_arn TEXT NOT NULL REFERENCES cluster(arn) ON DELETE CASCADE,"
    "  kind INTEGER NOT NULL, node_id INTEGER NOT NULL, host TEXT NOT NULL, zone TEXT NOT NULL,"
    "  subnet_id TEXT NOT NULL, address TEXT NOT NULL, wanted INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL, seen INTEGER NOT NULL, reason TEXT, added_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (cluster_arn, kind, node_id)) STRICT;"
    "CREATE UNIQUE INDEX process_address ON process(address);"
    "CREATE TABLE operation ("
    "  arn TEXT PRIMARY KEY, cluster_arn TEXT NOT NULL, type TEXT NOT NULL, state INTEGER NOT NULL,"
    "  step TEXT, error_code TEXT, error_message TEXT, created_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE node ("
    "  name TEXT PRIMARY KEY, zone TEXT NOT NULL, cpus INTEGER NOT NULL,"
    "  memory_bytes INTEGER NOT NULL, disk_bytes INTEGER NOT NULL, joined_ms INTEGER NOT NULL,"
    "  revision INTEGER NOT NULL) STRICT;"
    "CREATE TABLE token (hash TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
    "INSERT INTO counter VALUES ('revision', 0);",
    /* Who has taken it; NULL: nobody yet. */
    "ALTER TABLE token ADD COLUMN taker TEXT;",
    /* A node that was lost for good stays as its own tombstone; 0: it is there. */
    "ALTER TABLE node ADD COLUMN removed_ms INTEGER NOT NULL DEFAULT 0;",
    /* Restarts that were asked for, and what an operation changes and how far it is. */
    "ALTER TABLE process ADD COLUMN restart INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE operation ADD COLUMN source TEXT NOT NULL DEFAULT '{}';"
    "ALTER TABLE operation ADD COLUMN target TEXT NOT NULL DEFAULT '{}';"
    "ALTER TABLE operation ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';",
    "CREATE TABLE configuration ("
    "  arn TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, description TEXT, kafka_versions TEXT NOT "
    "NULL,"
    "  created_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE configuration_revision ("
    "  configuration_arn TEXT NOT NULL REFERENCES configuration(arn) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL, description TEXT, properties TEXT NOT NULL, created_ms INTEGER NOT "
    "NULL,"
    "  PRIMARY KEY (configuration_arn, number)) STRICT;",
    /* How a cluster's partitions shall move, and what became of it. */
    "CREATE TABLE rebalance ("
    "  cluster_arn TEXT PRIMARY KEY REFERENCES cluster(arn) ON DELETE CASCADE, wish TEXT NOT NULL) "
    "STRICT;",
    /* Storage that grows by itself. */
    "CREATE TABLE scaling ("
    "  cluster_arn TEXT PRIMARY KEY REFERENCES cluster(arn) ON DELETE CASCADE,"
    "  settings TEXT NOT NULL) STRICT;",
    /* What has happened to a cluster; it outlives it for a while. */
    "CREATE TABLE event ("
    "  cluster_arn TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT "
    "NULL,"
    "  message TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (cluster_arn, number)) STRICT, "
    "WITHOUT ROWID;",
    /* A cluster's resource policy, with a version of its own. */
    "ALTER TABLE cluster ADD COLUMN policy TEXT;"
    "ALTER TABLE cluster ADD COLUMN policy_version TEXT;",
    /* The data directory whose agent speaks for the node; empty: not known yet. */
    "ALTER TABLE node ADD COLUMN installation TEXT NOT NULL DEFAULT '';",
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

err_t store_error(sqlite3 *db)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_FULL:
        return ERR_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    default:
        return ERR_IO;
    }
}

static err_t failed(sqlite3 *db, struct why *reterr)
{
    return why(reterr, store_error(db), "the store: %s", sqlite3_errmsg(db));
}

static err_t version_of(sqlite3 *db, int *ret, struct why *reterr)
{
    sqlite3_stmt *q;
    int status = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &q, NULL);

    if (status == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW) {
        *ret = sqlite3_column_int(q, 0);
        sqlite3_finalize(q);
        return ERR_OK;
    }
    sqlite3_finalize(q);
    return failed(db, reterr);
}

/* One step and its number, if nobody else has made it meanwhile. In a transaction. */
static err_t make_step(sqlite3 *db, int *version, struct why *reterr)
{
    char done[64];
    err_t e = version_of(db, version, reterr);

    if (e || *version >= STEPS)
        return e;
    snprintf(done, sizeof(done), "PRAGMA user_version = %d", *version + 1);
    if (sqlite3_exec(db, steps[*version], NULL, NULL, NULL) || sqlite3_exec(db, done, NULL, NULL, NULL))
        return failed(db, reterr);
    ++*version;
    return ERR_OK;
}

err_t store_migrate(sqlite3 *db, struct why *reterr)
{
    int version = 0;
    err_t e = version_of(db, &version, reterr);

    while (!e && version < STEPS) {
        if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
            return failed(db, reterr);
        e = make_step(db, &version, reterr);
        if (!e && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
            e = failed(db, reterr);
    }
    if (!e && version > STEPS)
        return why(reterr, ERR_UNSUPPORTED, "the store has schema %d, this klammd knows up to %d",
                   version, STEPS);
    return e;
}
