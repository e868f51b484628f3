/* execute - from a wish to a cluster that is so, one step after the other. Pure.
 *
 *   look --nothing moves--> plan --moves left--> throttle, submit --look: they move--> wait -+
 *    ^                       |                                                               |
 *    +-----------------------+-- none left --> elect --> untie throttles --> done            |
 *    ^---------------------------------------------------------------------------------------+
 *   cancel: what moves is taken back, throttles are untied -> cancelled
 *
 * Each step looks at the cluster anew (survey.h), so whoever is killed anywhere goes on by looking: what
 * moves is waited for, whoever asked for it; a plan is made when nothing moves; throttles that are found
 * at the end are removed, whoever set them (as kafka-reassign-partitions --verify does).
 *
 * A plan is carried out as it was shown: a partition that has changed since is left alone. Then the cluster
 * is looked at again, and planned for again at most EXECUTE_PASSES_MAX times while draining brokers hold
 * replicas (topics may have been made meanwhile) or moves were refused. */
#ifndef KLAMM_AGENT_REBALANCE_EXECUTE_H
#define KLAMM_AGENT_REBALANCE_EXECUTE_H

#include "agent/rebalance/plan.h"
#include "agent/rebalance/survey.h"

enum {
    EXECUTE_BATCH_COPIES = 40,    /* partitions that are copied at once */
    EXECUTE_BATCH_MOVES = 1000,   /* of a batch, those without copies as well */
    EXECUTE_PASSES_MAX = 4,
    EXECUTE_ELECTIONS_MAX = 20,
    EXECUTE_WAIT_MS = 100,
};
/* What is taken of a broker's disk and network when the wish does not say, less what clients use. */
#define EXECUTE_RATE_DEFAULT ((int64_t)512 << 20)
#define EXECUTE_RATE_MIN ((int64_t)8 << 20)

struct execute_wish {
    bool dry_run, cancel;
    int64_t rate_bytes; /* a second, for each broker and direction; 0: by headroom */
};

enum execute_action {
    EXECUTE_WAIT,    /* look again after EXECUTE_WAIT_MS */
    EXECUTE_SIZES,   /* look again at once, with sizes and traffic */
    EXECUTE_SUBMIT,  /* the moves of `batch`, under throttles: then execute_answer for each refusal */
    EXECUTE_ELECT,   /* the preferred leaders of `batch` */
    EXECUTE_UNTIE,   /* remove all throttles */
    EXECUTE_TAKE_BACK, /* cancel all that moves */
    EXECUTE_END,     /* `state` */
};

enum execute_state { EXECUTE_PLANNING, EXECUTE_MOVING, EXECUTE_DONE, EXECUTE_CANCELLED, EXECUTE_FAILED };

struct execute_target {
    struct str topic;
    int32_t partition;
    const int32_t *replicas;
    int32_t replicas_n;
    bool copies;
};

struct execute {
    struct execute_wish wish;
    enum execute_state state;
    char reason[384];           /* how far it is, or why it failed */
    struct arena a;             /* of the plan */
    struct rebalance_input in;
    struct rebalance_plan plan;
    bool planned, untied, stuck_before; /* stuck: the last plan could not drain a broker */
    unsigned passes, elections, refused_n;
    unsigned next, batch_from;  /* of the plan's moves: the next one, and the first looked at for the batch */
    char refusal[256];          /* the first one of this pass */
    unsigned done_n;            /* moves that were submitted and are through, all passes */
    unsigned total_n;           /* moves of all passes */
    int64_t bytes_total, bytes_done; /* copied; done: of moves that are through */
    struct execute_target *batch; /* for SUBMIT and ELECT; until the next step */
    unsigned batch_n, batch_moves_n; /* moves_n: of the plan's moves, 0 for ELECT */
    int64_t batch_bytes;
};

const char *execute_state_name(enum execute_state s);

void execute_init(struct execute *x, const struct execute_wish *wish);
void execute_done(struct execute *x);

/* `sized`: the survey has sizes. The survey is borrowed for the call; the batch's targets live as long as
 * the plan or, for ELECT, as long as the survey. */
enum execute_action execute_step(struct execute *x, const struct survey *s, bool sized);
/* What the last step asked for was not done, or not known to be: it is asked for again after a look. */
void execute_not_done(struct execute *x, enum execute_action action);
/* The cluster refused a target of the last batch. */
void execute_refused(struct execute *x, const struct execute_target *t, const char *text);

/* Bytes a second that may be copied to and from `broker` beside its clients' traffic. */
int64_t execute_rate(const struct execute *x, int32_t broker);

#endif
