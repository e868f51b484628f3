/* log_loader - reads logs record by record, a bounded time a turn: so coordinators learn what the
 * one before them had written.
 *
 * One timer for all that load, in the order in which they began.
 * Owned by one loop. */
#ifndef KLAMM_BROKER_SERVER_LOG_LOADER_H
#define KLAMM_BROKER_SERVER_LOG_LOADER_H

#include "api/kafka/batch.h"
#include "broker/log/log.h"
#include "common/list.h"
#include "common/loop.h"

struct log_load {
    struct list node;
    struct log *const *log; /* whose log may change its directory meanwhile (moving.h) */
    int64_t at;        /* the next offset to read */
    int64_t records_n; /* read */
    int64_t begun_ms;
    const struct kf_batch *batch; /* while `record` and `control` are called */
    /* Borrowed for the call. */
    void (*record)(struct log_load *load, const struct kf_record *r);
    void (*control)(struct log_load *load); /* NULL: control batches are passed over */
    /* ERR_OK: everything to the log's end; else what stopped it. It may be freed. */
    void (*ended)(struct log_load *load, err_t e);
};

struct log_loader {
    struct loop *loop;
    struct list loading;
    struct loop_timer timer;
};

void log_loader_init(struct log_loader *l, struct loop *loop);
/* Nothing loads any more. */
void log_loader_done(struct log_loader *l);
/* From the log's start on; `load` with its functions, and `log`, are kept until `ended` or
 * log_loader_stop. */
void log_loader_begin(struct log_loader *l, struct log_load *load, struct log *const *log);
/* Ends it without `ended`; fine for one that does not load (its node initialised). */
void log_loader_stop(struct log_load *load);
bool log_loader_busy(const struct log_loader *l);

#endif
