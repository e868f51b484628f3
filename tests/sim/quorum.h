/* quorum - nodes that keep one metadata log: the real core (broker/raft/raft.h) in a model shell.
 *
 * The shell does what the real one does, with virtual disks and messages: one event at a time,
 * effects in order, quorum-state durable before what follows, a leader's own records by group
 * commit, a follower's before its next Fetch, answers last. A crash may come between any two of
 * these. quorum_check.c looks at the whole after every step.
 *
 * A node's number is its id and its end of the network. A set of voters is a word: the nibble of a
 * node holds the generation of its disk, 0 when it is no voter. */
#ifndef KLAMM_TESTS_SIM_QUORUM_H
#define KLAMM_TESTS_SIM_QUORUM_H

#include "broker/raft/raft.h"
#include "tests/sim/model_log.h"
#include "tests/sim/network.h"
#include "tests/sim/sim.h"

enum {
    QUORUM_NODES_MAX = 10,
    QUORUM_FETCH_MAX = 24, /* entries of one answer */
    QUORUM_LIVES_MAX = 120,
    QUORUM_GHOSTS_MAX = 8,
};

enum message_kind {
    MSG_VOTE,
    MSG_VOTED,
    MSG_BEGIN,
    MSG_BEGUN,
    MSG_END,
    MSG_ENDED,
    MSG_FETCH,
    MSG_FETCHED,
    MSG_SNAPSHOT,
    MSG_SNAPSHOT_IS,
    MSG_LOST,
};

struct message {
    enum message_kind kind;
    int from, to;
    int from_disk;
    uint32_t from_life, to_life; /* an answer reaches only the life that asked */
    uint32_t id;                 /* FETCH, SNAPSHOT: echoed */
    int64_t sent_us;
    int16_t error;
    int32_t epoch, leader;
    struct raft_key key; /* VOTE: the voter meant */
    bool prevote, granted;
    int32_t last_epoch;
    int64_t offset, high_watermark;
    enum fetch_place place;
    struct snapshot_id diverging;
    struct model_snapshot snapshot;
    struct raft_key successors[VOTERS_MAX];
    unsigned successors_n;
    struct message *next; /* free list */
    struct message *all;  /* all there are */
    int copies;
    int entries_n;
    struct entry entries[QUORUM_FETCH_MAX]; /* last: what is in use of it is copied */
};

struct parked_fetch {
    bool used;
    int64_t until_us;
    struct message request;
};

/* A value that a client waits for. */
struct proposal {
    int64_t offset, acked_before; /* the highest acknowledged offset when it was put */
    uint64_t value;
    int32_t epoch;
};

struct quorum;

struct node {
    struct quorum *q;
    int id;
    /* the disk */
    int disk; /* generation: a new one after the old was lost */
    struct model_log log;
    struct quorum_state stored;
    /* the process */
    bool up;
    uint32_t life;
    int64_t died_us[QUORUM_LIVES_MAX];
    int64_t busy_until_us; /* in fsync, or stopped */
    int64_t disk_us;       /* what an fsync takes at most */
    int crash_in;          /* crash points to go; -1 none is set */
    bool crash_power;
    bool lost_power; /* how the last life ended */
    struct raft r;
    int64_t tick_us; /* of the earliest tick that is queued; -1 none */
    bool flushing;
    uint32_t cuts; /* truncations: what is flushed of an older log does not count */
    uint32_t fetch_id;
    bool fetching;                 /* a Fetch is out, or a pause before the next */
    bool fetch_elsewhere;          /* the leader did not answer: ask another for it */
    int64_t leader_high_watermark; /* as the last answer said */
    struct parked_fetch parked[QUORUM_NODES_MAX];
    struct proposal *waiting; /* owned */
    int waiting_n, waiting_capacity;
    /* the checks' */
    int64_t seen_high_watermark;
    int32_t led_epoch;
};

struct ghost {
    int id, disk;
    struct model_log log;
};

struct quorum_profile {
    int64_t election_ms, fetch_ms, backoff_ms, request_ms, retry_ms, max_wait_ms;
    bool dynamic;        /* kraft.version 1: directory ids, changes of the voters */
    bool block;          /* fsync holds the loop up; else it is a thread's */
    bool lost_seen;      /* broken connections are noticed at once */
    int dies_after_vote; /* per mille: a voter ends just after its answer */
};

struct quorum_stats {
    int64_t elections, commits, acks, truncations, restarts, crashes, power_cuts, snapshots,
        installs, voter_changes, disks_lost, cuts, pauses, resigned;
};

/* What the owner wants to hear of; any may be NULL. */
struct quorum_hooks {
    void *ctx;
    void (*appended)(void *ctx, struct node *n, int64_t offset);
    void (*truncated)(void *ctx, struct node *n);
    void (*committed)(void *ctx, struct node *n); /* its high watermark has risen */
    void (*role)(void *ctx, struct node *n);
    void (*leads)(void *ctx, struct node *n); /* the epoch's first record is in its log */
    void (*started)(void *ctx, struct node *n);
    void (*died)(void *ctx, struct node *n);
};

struct quorum {
    struct sim *s;
    struct network *net;
    struct quorum_profile p;
    struct quorum_hooks hooks;
    struct quorum_stats *stats;
    int n;
    struct node nodes[QUORUM_NODES_MAX];
    uint64_t bootstrap;                     /* voters the storage was formatted with */
    struct ghost ghosts[QUORUM_GHOSTS_MAX]; /* disks that are gone, as they were */
    int ghosts_n;
    struct message *free, *all;
    /* the truth, as far as it has shown (quorum_check.c) */
    struct committed {
        struct entry e;
        uint64_t hash;    /* of all up to and with it */
        int32_t by_epoch; /* of the leader that committed it */
    } *committed;         /* owned */
    int64_t committed_n, committed_capacity, acked_max;
    struct quorum_history *history; /* owned; quorum_check.c's own */
};

/* `bootstrap`: the voters of the format. All nodes are down. */
void quorum_init(struct quorum *q, struct sim *s, struct network *net, int nodes,
                 uint64_t bootstrap, const struct quorum_profile *p);
void quorum_done(struct quorum *q);

static inline int voters_disk(uint64_t voters, int id)
{
    return (int)(voters >> (4 * id) & 15);
}
static inline uint64_t voters_with(uint64_t voters, int id, int disk)
{
    return (voters & ~((uint64_t)15 << (4 * id))) | (uint64_t)disk << (4 * id);
}
int voters_count(uint64_t voters);
struct raft_key quorum_key(const struct quorum *q, int id, int disk);

/* quorum_node.c */
void node_start(struct node *n);
/* `power`: what is not synced may go; else the page cache survives. */
void node_crash(struct node *n, bool power);
/* Crashes in a while, between two acts. */
void node_crash_soon(struct node *n, int points, bool power);
void node_pause(struct node *n, int64_t us);
/* The disk is gone, an empty one comes in its place (kraft.version 1). The node is down. */
void node_lose_disk(struct node *n);
void node_resign(struct node *n);
void node_connection_lost(struct node *n, int peer);
bool node_leads(const struct node *n);
/* False when it does not lead. The value counts as acknowledged once it is committed. */
bool node_propose(struct node *n, uint64_t value);
/* A leader's batch, whole or not at all. */
void node_append_batch(struct node *n, const uint64_t *values, int count);
/* Kafka's error. */
int16_t node_change_voters(struct node *n, int peer, bool add);
/* Up to its high watermark; `retain`: the log below goes. */
void node_snapshot(struct node *n, bool retain);
/* Below: for the shell's own files. */
bool node_crashes_here(struct node *n);
void node_step(struct node *n, struct raft_event *ev, struct raft_effects *out);
/* Into the log, not flushed, nobody told. */
void node_put(struct node *n, struct entry e);
void node_flush(struct node *n);
void node_set_voters(struct node *n);

/* quorum_messages.c */
struct message *quorum_message_new(struct quorum *q, enum message_kind kind, int from, int to);
struct message *quorum_message_answer(struct node *n, const struct message *request,
                                      enum message_kind kind);
struct raft_key quorum_message_sender(const struct node *n, const struct message *m);
void quorum_message_send(struct quorum *q, struct message *m); /* moved */
void node_send_votes(struct node *n, uint32_t mask, bool prevote);
void node_send_begin(struct node *n, uint32_t mask);
void node_send_end(struct node *n, uint32_t mask);
void node_on_answered(struct node *n, const struct message *m, bool granted);

/* quorum_fetch.c */
/* Asks for more, when it is this node's turn to. After every event. */
void node_fetch(struct node *n);
void node_fetch_failed(struct node *n);
void node_answer_parked(struct node *n, int16_t error);
void node_on_fetch(struct node *n, const struct message *m);
void node_on_fetched(struct node *n, const struct message *m);
void node_on_snapshot(struct node *n, const struct message *m);
void node_on_snapshot_is(struct node *n, const struct message *m);

/* quorum_check.c: each ends the process when a rule is broken. */
void check_init(struct quorum *q);
void check_done(struct quorum *q);
void check_step(struct node *n);
void check_one_leader(struct node *n); /* after the effects */
void check_appended(struct node *n, int64_t offset);
void check_truncates(struct node *n, int64_t to);
void check_snapshot(struct node *n, const struct model_snapshot *s);
void check_vote(struct node *n, int to, int32_t epoch);
void check_leads(struct node *n);
void check_acked(struct node *n, const struct proposal *p);

#endif
