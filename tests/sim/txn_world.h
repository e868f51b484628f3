/* txn_world - exactly-once copying in one process: coordinators of which one leads the partition of
 * __transaction_state (and others may believe so), partitions with transactions in their logs, jobs
 * that copy and are killed, doubled, late.
 *
 * Real: broker/txn, broker/replica/producer_state, the transactional offsets of broker/group. Models:
 * the shells around them (txn_node.c, txn_part.c: in the order of broker/server's), the logs, the
 * clients (txn_job.c), readers of what is committed (txn_check.c). */
#ifndef KLAMM_TESTS_SIM_TXN_WORLD_H
#define KLAMM_TESTS_SIM_TXN_WORLD_H

#include "broker/group/group.h"
#include "broker/replica/producer_state.h"
#include "broker/txn/txn.h"
#include "tests/sim/plog.h"

enum {
    TXN_NODES = 3,
    TXN_OUTS = 2,                 /* partitions that are copied to */
    TXN_OFFSETS = TXN_OUTS,       /* the partition of __consumer_offsets */
    TXN_PARTS = TXN_OUTS + 1,
    TXN_JOBS = 3,                 /* transactional ids; each copies an input of its own */
    TXN_PROCESSES = 2,            /* of one job; at most one is not fenced */
    TXN_INPUT_MAX = 40,
};

struct txn_world;

/* One transaction as its client knows it. */
struct txn_ghost {
    struct txn_ghost *next;
    int job;
    int64_t from, to; /* of the input */
    bool asked, acked; /* to commit it */
    int visible;
};

enum txn_kind { TXN_DATA, TXN_COMMITS_OFFSET, TXN_MARKS };

struct txn_entry {
    enum txn_kind kind;
    struct producer_batch batch; /* data and offsets */
    struct producer_marker marker;
    struct txn_ghost *ghost;
    int64_t value; /* of the input */
    struct plog_record record; /* offsets */
};

enum txn_question {
    TXN_Q_INIT, TXN_Q_ADD, TXN_Q_END,           /* to a coordinator */
    TXN_Q_PRODUCE, TXN_Q_COMMIT_OFFSET, TXN_Q_FETCH_OFFSET, /* to a partition */
};

struct txn_process;

/* A request, with its answer once there is one. */
struct txn_request {
    struct list node; /* who waits for the high watermark */
    struct txn_world *w;
    enum txn_question kind;
    struct txn_process *from;
    uint32_t life, seq;
    int32_t heard;
    int to; /* node or partition */
    bool taken, done;
    int64_t producer_id, required;
    int16_t epoch, version;
    unsigned parts; /* to add: bits */
    bool commit;
    int32_t sequence;
    int64_t value; /* the record, or the offset to commit */
    struct txn_ghost *ghost;
    uint64_t ticket;
    uint32_t part_life;
    void (*answered)(struct txn_request *q); /* NULL: goes to its process */
    int16_t error; /* the answer */
    int64_t told_id, told_offset;
    int16_t told_epoch;
};

/* A partition that transactions write to; its leader. */
struct txn_part {
    struct txn_world *w;
    int index;
    uint32_t life;
    bool up;
    struct txn_entry **log;
    int64_t n, capacity, high_watermark, last_stable;
    struct producer_state producers;
    struct producer_txn *aborted;
    int aborted_n, aborted_capacity;
    struct groups *groups; /* of TXN_OFFSETS */
    struct list waiting;
    int64_t read;                   /* a consumer's place */
    int64_t newest[TXN_JOBS];       /* value that it has read */
};

/* The markers of one transaction that is being completed. */
struct txn_completion {
    uint64_t serial, over; /* of the newest; of the last that was completed */
    bool active;
};

struct txn_node {
    struct txn_world *w;
    int id;
    uint32_t life;
    bool alive, leads;
    int64_t stopped_us;
    int32_t term;
    struct txns *core, *shadow;
    struct plog log;
    int64_t high_watermark;
    struct list waiting;
    struct txn_completion work[TXN_JOBS];
};

enum txn_step {
    TXN_INIT, TXN_FETCH, TXN_BEGIN, TXN_ADD, TXN_SEND, TXN_ADD_OFFSETS, TXN_COMMIT_OFFSETS, TXN_FINISH,
    TXN_DONE
};

struct txn_process {
    struct txn_world *w;
    int job, index;
    uint32_t life, seq;
    bool alive, ends_by_abort;
    enum txn_step step;
    int16_t version;
    int64_t producer_id;
    int16_t epoch;
    int32_t sequence[TXN_OUTS];
    int64_t at, sent; /* of the input: committed, sent in this transaction */
    struct txn_ghost *ghost;
    struct txn_request *open;
    int64_t deadline_us;
    int32_t heard;
    int node;
};

struct txn_world {
    struct sim s;
    struct arena arena;
    struct group_config config;
    struct image *image;
    int64_t image_offset, next_id;
    struct txn_node nodes[TXN_NODES];
    struct txn_part parts[TXN_PARTS];
    struct txn_process processes[TXN_JOBS][TXN_PROCESSES];
    struct txn_ghost *ghosts;
    int leader;
    int32_t term;
    int64_t committed; /* records of __transaction_state */
    int16_t version;
    int64_t input;
    bool calm, aged;
    bool seen[TXN_JOBS][TXN_INPUT_MAX];
    /* per mille */
    int dies_at_record, append_fails, loss, twice, late, dies, doubles, moves, part_dies, stalls, aborts;
    int64_t late_us;
};

struct txn_sim_totals {
    int64_t transactions, committed, aborted, fenced, moves, crashes, deposed, markers, refused, read;
};
extern struct txn_sim_totals txn_sim_totals;

struct str txn_job_id(int job);
const char *txn_part_topic(int part);
int32_t txn_part_index(int part);
/* How long a message takes; false: it is lost. */
bool txn_carry(struct txn_world *w, int64_t *ret_us);

/* txn_node.c */
void txn_node_open(struct txn_world *w);
void txn_node_close(struct txn_world *w);
void txn_node_asked(struct txn_node *n, struct txn_request *q);
/* A partition asks about a transaction; txn_part_verified follows, or nothing. */
void txn_node_verify(struct txn_world *w, struct txn_request *q);
void txn_node_move(struct txn_world *w);
void txn_node_crash(struct txn_node *n);

/* txn_part.c */
void txn_part_open(struct txn_part *p);
void txn_part_close(struct txn_part *p);
void txn_part_asked(struct txn_part *p, struct txn_request *q);
void txn_part_verified(struct txn_part *p, struct txn_request *q);
/* The error of WriteTxnMarkers, and where the marker ends. */
int16_t txn_part_mark(struct txn_part *p, const struct producer_marker *m, int64_t *ret_end);
void txn_part_crash(struct txn_part *p);

/* txn_job.c */
void txn_process_born(struct txn_process *p);
void txn_process_dies(struct txn_process *p);
void txn_process_answered(struct txn_request *q);
bool txn_is_stale(const struct txn_request *q);
void txn_reply(struct txn_request *q, int16_t error);

/* txn_check.c */
void txn_check_stable(struct txn_part *p);
void txn_check_replays(struct txn_node *n);
void txn_check_producers(struct txn_part *p);
void txn_check_end(struct txn_world *w);

#endif
