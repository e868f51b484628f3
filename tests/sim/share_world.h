/* share_world - a share group in one process: its coordinators (coordinator.h), share coordinators of
 * which one leads the partition of __share_group_state (and others may believe so), leaders of the group's
 * partitions that move, members that get partitions, fetch, acknowledge, forget and die.
 *
 * Real: broker/share, broker/group. Models: the shells around them (share_node.c, share_lead.c,
 * share_initialize.c: in the order of broker/server/share_coordinator.c, share_leads.c and share_jobs.c), the
 * logs, members (share_member.c, share_beat.c). */
#ifndef KLAMM_TESTS_SIM_SHARE_WORLD_H
#define KLAMM_TESTS_SIM_SHARE_WORLD_H

#include "broker/share/share_partition.h"
#include "broker/share/share_states.h"
#include "tests/sim/coordinator.h"

enum {
    SHARE_NODES = 3,
    SHARE_PARTS = 2,
    SHARE_LEADERS = 3, /* brokers that may lead a partition */
    SHARE_MEMBERS = 4,
    SHARE_RECORDS = 160, /* offsets of one partition */
    SHARE_RANGES = 24,   /* in one request or answer */
};

struct share_world;
struct share_leader;
struct share_client;

/* A question to the share coordinator; lives as long as the life. */
struct share_question {
    struct list node; /* who waits for the high watermark */
    enum { SHARE_READS, SHARE_WRITES, SHARE_INITIALIZES } kind;
    struct share_leader *from; /* NULL: of a group's coordinator */
    void *job_part;
    uint32_t life;    /* of the leader */
    uint64_t serial;  /* of the leader's questions; its tries have one each */
    bool done, given_up; /* answered; given up, or heard, by who asked */
    void (*heard)(struct share_question *q);
    struct share_write write;
    int part;
    int64_t required;
    int16_t error; /* the answer */
    int32_t state_epoch;
    int64_t start;
    int32_t term;
    struct share_batches batches; /* owned by the world: share_world_close frees them */
    struct share_question *older;
};

/* One broker as far as __share_group_state goes. */
struct share_node {
    struct share_world *w;
    int id;
    uint32_t life;
    bool alive, leads;
    int64_t stopped_us;
    int32_t term;
    struct share_states *core, *shadow; /* what lives; what the log makes */
    struct plog log;
    int64_t high_watermark;
    struct list waiting;
};

/* Acknowledgements and a fetch of one member. What it has acquired is released when the leader notices
 * that its connection has ended. */
struct share_request {
    struct list node; /* who waits for a write */
    struct share_client *from;
    struct share_leader *to;
    uint32_t life, conn; /* of the member */
    uint32_t boot; /* of the leader */
    uint64_t owner, write;
    int part;
    bool opens; /* a session */
    bool done;
    int64_t first[SHARE_RANGES], last[SHARE_RANGES]; /* acknowledged */
    int8_t types[SHARE_RANGES];
    int acks_n;
    int16_t error;
    struct share_acquired got[SHARE_RANGES];
    int got_n;
};

/* A broker as the leader of one partition. */
struct share_leader {
    struct share_world *w;
    int part, id;
    uint32_t life; /* counts everything that ends what it had under way */
    uint32_t boot;
    bool alive, leads; /* believes so */
    int32_t epoch;
    int64_t log_end; /* that it can read; grows with the partition's while it really leads */
    struct share_partition *core;
    bool asking;
    bool pausing;
    struct share_outgoing out;
    struct share_question *open;
    int tries, node; /* who coordinates, as far as it knows */
    int32_t term;
    struct list waits; /* share_request.node, by write */
    struct {
        uint64_t owner; /* 0: none */
        uint32_t life, conn; /* of the member; closed when it has no owner */
    } sessions[SHARE_MEMBERS];
    uint64_t owners;
    int64_t lock_timer_ms;
    uint64_t serial, arrived; /* its newest question; the newest that came to anyone */
    int16_t count[SHARE_RECORDS]; /* of deliveries, loaded or its own */
};

/* What is known of one offset. */
struct share_record {
    bool none; /* no record for a consumer */
    int64_t batch; /* the first of its batch */
    int holder; /* 1 + member, by leader `held_epoch` until `until_ms` */
    int32_t held_epoch;
    int64_t until_ms;
    int32_t final_epoch; /* of the leader that has confirmed its end; 0: nobody */
    int32_t floor_epoch; /* of the leader that has confirmed its release */
    int16_t floor;       /* with so many deliveries */
    int32_t deliveries;
};

struct share_part {
    struct share_record records[SHARE_RECORDS];
    int64_t log_end, log_start; /* what lies below is deleted */
    int leader; /* -1: none */
    int32_t epoch;
    int32_t era;   /* the state epoch of what is committed: an admin began it */
    int64_t start; /* that a leader knows to be kept */
};

struct share_client {
    struct share_world *w;
    int index;
    uint32_t life, beats; /* its process; its heartbeats, of which one is open */
    bool alive, told;
    char id[16];
    int32_t epoch; /* 0: not in the group */
    int node;      /* who coordinates the group, as far as it knows */
    partitions assigned;
    struct {
        struct share_request *open;
        uint32_t conn;
        int leader; /* that it believes in */
        bool session;
        struct share_acquired got[SHARE_RANGES], kept[SHARE_RANGES]; /* kept: renewed */
        int got_n, kept_n;
    } at[SHARE_PARTS];
};

struct share_world {
    struct coordinators g; /* of the group; its clock, chance and memory are all's */
    struct share_node nodes[SHARE_NODES];
    struct share_leader leaders[SHARE_PARTS][SHARE_LEADERS];
    struct share_part parts[SHARE_PARTS];
    struct share_client members[SHARE_MEMBERS];
    struct share_limits limits;
    int32_t updates_max;
    int leader; /* of __share_group_state */
    int32_t term;
    struct plog committed;
    struct share_states *truth; /* of what is committed */
    struct share_question *questions; /* all, to be freed */
    bool calm;
    int closing;  /* connections that have ended, and their leaders have not noticed */
    int altering; /* nobody joins meanwhile: tries that are left */
    /* per mille */
    int dies_at_record, append_fails, loss, twice, late, dies, moves, part_moves, stalls, snapshots,
        log_begins, alters;
    int64_t late_us;
};

struct share_sim_totals {
    int64_t delivered, accepted, redelivered, writes, moves, crashes, deposed, refused, loads, fenced,
        locks, restarts, altered;
};
extern struct share_sim_totals share_sim_totals;

/* share_node.c */
struct share_key share_part_key(const struct share_world *w, int part);
void share_node_open(struct share_world *w);
void share_node_close(struct share_world *w);
void share_node_asked(struct share_node *n, struct share_question *q);
void share_node_move(struct share_world *w);
void share_node_crash(struct share_node *n);

/* share_lead.c */
void share_lead_open(struct share_leader *l);
void share_lead_close(struct share_leader *l);
void share_lead_asked(struct share_leader *l, struct share_request *q);
/* The member's connection has ended: so has its session. */
void share_lead_lost(struct share_leader *l, int member, uint32_t conn);
void share_lead_move(struct share_world *w, int part); /* somebody else leads, or the same again */
void share_lead_crash(struct share_leader *l);

/* share_member.c */
/* How long a message takes; false: it is lost. */
bool share_carry(struct share_world *w, int64_t *ret_us);
void share_member_born(struct share_client *m);
void share_member_dies(struct share_client *m);
void share_member_answered(struct share_request *q);

/* share_beat.c */
void share_beat_begin(struct share_client *m); /* a new process: joins */
void share_beat_end(struct share_client *m);   /* it dies; now and then it says so */

/* share_initialize.c */
void share_initialize(struct coordinator_node *n, const struct group_out *out);

void share_initialize_parts(struct share_world *w, struct coordinator_node *n, int32_t epoch,
                            const struct group_share_part *parts, int32_t parts_n);

/* share_admin.c */
void share_admin_alters(struct share_world *w);

/* share_check.c */
void share_check_committed(struct share_world *w);
void share_check_replays(struct share_node *n);
void share_check_delivers(struct share_leader *l, int member, const struct share_acquired *got);
void share_check_released(struct share_leader *l, int member); /* what it held there */
void share_check_held(struct share_leader *l, const struct share_request *q); /* what it acknowledges */
void share_check_renewed(struct share_leader *l, const struct share_request *q); /* what it renews */
void share_check_confirms(struct share_leader *l, const struct share_request *q);
void share_check_read(const struct share_leader *l, const struct share_question *q);
void share_check_end(struct share_world *w);

#endif
