/* exporters - open monitoring of one process, switched while it runs.
 *
 * The metrics of Kafka are the process' own: a file beside its properties tells it where to answer
 * (klamm.monitoring.file, broker/server/monitoring.h), and it looks at that again and again. Those of the
 * node are the agent's: it answers at NODE_EXPORTER_PORT of the process' address itself, so they are away
 * while the agent is. An address that cannot be listened at is said once and tried again.
 *
 * Owned by one loop. */
#ifndef KLAMM_AGENT_SUPERVISE_EXPORTERS_H
#define KLAMM_AGENT_SUPERVISE_EXPORTERS_H

#include "api/agent/messages.h"
#include "common/buf.h"
#include "common/loop.h"

enum { EXPORTERS_AGAIN_MS = 5000 };

struct exporters {
    struct loop *loop;
    const char *id, *dir; /* of the process; kept */
    /* private */
    struct scrape *node;
    char address[64];
    bool want_node;
    struct loop_timer again;
    struct why complaint;
};

/* The public members are set. False: the file could not be written (`reterr`); ask again. */
bool exporters_want(struct exporters *x, const char *address, const struct wanted_monitoring *w,
                    struct why *reterr);
/* The agent's half closes; the file stays, and so does what the process does. At rest is fine. */
void exporters_end(struct exporters *x);

/* The file's text. Pure. */
void exporters_text(const char *address, const struct wanted_monitoring *w, struct buf *ret);

#endif
