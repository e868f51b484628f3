/* moving_internal - struct move, shared by moving.c (the reactor's part) and moving_copy.c (the thread's).
 * Nobody else includes it. */
#ifndef KLAMM_BROKER_SERVER_MOVING_INTERNAL_H
#define KLAMM_BROKER_SERVER_MOVING_INTERNAL_H

#include <pthread.h>

#include "broker/replica/throttle.h"
#include "broker/server/broker.h"
#include "broker/server/moving.h"

/* What the thread is to do, and what came of it. */
struct move_job {
    struct log_span span;   /* to be copied; empty: nothing */
    int64_t cut;            /* first: the copy ends here at most; INT64_MAX: it may stay as it is */
    int64_t start;          /* and begins here if it ends below */
    int64_t high_watermark; /* of the replica */
    int64_t log_start;      /* of the replica; obeyed when it settles */
    int64_t settle_from;    /* a copy that ends there or above is synced, and the checkpoints are written: */
    bool settled;           /* that was done */
    err_t error;
    bool source;            /* `error` came of reading the replica */
    struct why why;
};

struct move {
    struct moving *all;
    struct partition *p;    /* NULL: given up */
    bool keep;              /* its files stay when it is given up */
    bool found;             /* it was there at the start */
    struct broker_dir *to;
    char *topic;
    int32_t index;
    struct uuid id;
    struct log_config config;
    struct partition copy;  /* its log and producers alone; the thread's while `busy` */
    bool open;              /* copy.log is */
    bool busy;
    struct move_job job;
    int64_t cut;            /* of the job to come */
    unsigned tries;         /* to settle */
    bool told;              /* that it waits for space */
    struct list node;       /* moving.moves */
    struct list queued;     /* moving.queue */
    struct loop_timer timer;
    struct loop_task back;  /* from the thread */
};

struct moving {
    struct broker *b;
    struct list moves;
    struct map wishes;      /* "topic-partition" -> broker_dir */
    struct throttle throttle;
    bool running;           /* the thread is */
    pthread_t thread;
    pthread_mutex_t lock;   /* guards what follows */
    pthread_cond_t wanted;
    struct list queue;      /* move.queued */
    bool quit;
};

/* moving_copy.c. The job of `m`, on any thread that has its copy: opens the future replica if it is not. */
void move_work(struct move *m);
/* Takes jobs until moving.quit. */
void *moving_thread(void *arg);

#endif
