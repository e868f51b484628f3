/* coordinator - consumer groups in one process: three brokers of which one leads the partition of
 * __consumer_offsets (and others may believe so), members of every protocol, chance.
 *
 * Real: broker/group. Models: the shell around it (coordinator_node.c), which does what
 * broker/server/groups.c does in its order; the partition's log (plog.h); consumers
 * (group_member*.c), which do what Kafka's clients do. */
#ifndef KLAMM_TESTS_SIM_COORDINATOR_H
#define KLAMM_TESTS_SIM_COORDINATOR_H

#include "broker/group/group.h"
#include "tests/sim/network.h"
#include "tests/sim/plog.h"

enum {
    COORDINATORS = 3,
    MEMBERS_MAX = 6,
    GROUPS_MAX = 2,
    TOPICS = 3,
    PARTITIONS_MAX = 4,
    CLAIM_EPOCHS = 128,
    COMMIT_MS_MAX = 5000, /* offsets.commit.timeout.ms */
};

/* Partitions as bits: 8 for each topic. */
typedef uint32_t partitions;
#define PARTITION(topic, index) ((partitions)1 << ((topic) * 8 + (index)))

struct coordinators;
struct member;
struct kf_sync_group_request;

/* One request on its way, at work, or answered. Lives as long as the life. */
struct ask {
    struct group_call call; /* first */
    struct coordinators *w;
    struct member *from; /* NULL: an admin client */
    uint32_t life, seq;  /* of the member's process; its request */
    int32_t heard;       /* answers that the member had taken when it was sent */
    int node;
    bool done;
    partitions what; /* committed, fetched */
    void (*answered)(struct ask *a); /* not NULL: of somebody other than a member here */
    void *other;
};

struct coordinator_note {
    struct list node;
    struct str group;
    int32_t generation;
    int64_t end;
};

/* One broker as far as this partition goes. */
struct coordinator_node {
    struct coordinators *w;
    int id;
    uint32_t life; /* counts everything that ends what it had under way */
    uint32_t boot; /* its process */
    bool alive, leads; /* believes so */
    int64_t stopped_us; /* until then it does nothing */
    int32_t term;
    struct groups *core;   /* NULL while it does not lead, or loads */
    struct groups *shadow; /* of the log alone: what the core must equal */
    struct plog log;
    int64_t high_watermark;
    int64_t timer_ms;
    struct list waiting; /* ask.call.node: answered, not replicated */
    struct list notes;
    uint32_t ids;
};

enum member_protocol { MEMBER_EAGER, MEMBER_COOPERATIVE, MEMBER_CONSUMER };
enum member_state { MEMBER_JOINS, MEMBER_SYNCS, MEMBER_RUNS };

/* One consumer; it may die and come back as another process. */
struct member {
    struct coordinators *w;
    int index, group;
    enum member_protocol protocol;
    enum member_state state;
    bool alive, leaving, is_static, by_regex;
    bool told; /* consumer protocol: all has been said and heard */
    bool doubts; /* an answer about offsets says that it may be out */
    uint32_t life, seq, arrived; /* the newest of its requests that came to anyone */
    char id[80], instance[8];
    int32_t epoch; /* generation or member epoch; 0: none */
    unsigned topics, said; /* that it reads; that it has said so */
    partitions owned, fetched, dirty;
    int64_t position[TOPICS][PARTITIONS_MAX];
    struct ask *open;
    int64_t deadline_us;
    int32_t heard;
    int node;           /* who coordinates, as far as it knows */
    int32_t term_seen;  /* of the newest coordinator that served it */
    struct kf_sync_group_request *plan; /* classic: the SyncGroup that follows */
    bool leads;                         /* classic: assigns for all */
    int32_t seen; /* classic leader: how many partitions there were */
};

/* Who had a partition in an epoch of its group. */
struct claims {
    int32_t epoch;
    struct str owner[TOPICS * 8];
};

struct coordinators {
    struct sim s;
    struct network net; /* ends: nodes, then members */
    struct arena arena; /* of the life */
    struct group_config config;
    struct image *image;
    int64_t image_offset;
    struct uuid topic_ids[TOPICS];
    int32_t partitions_n[TOPICS];
    struct coordinator_node nodes[COORDINATORS];
    struct member members[MEMBERS_MAX];
    int members_n, groups_n, leader; /* -1: none */
    int32_t term;
    bool calm, mixed;
    int32_t nudges; /* leaders of classic groups assign anew */
    enum member_protocol classic; /* of its classic members */
    /* What chance may do, per mille. */
    int dies_at_record, append_fails, moves, dies, reborn, compacts, stalls;
    /* Share partitions are to be initialised; NULL: there are no share groups. */
    void (*share_begins)(struct coordinator_node *n, const struct group_out *out);
    /* What is below the leader's high watermark. */
    struct groups *truth;
    struct plog committed;
    struct claims claims[GROUPS_MAX][CLAIM_EPOCHS];
};

struct group_totals {
    int64_t records, commits, fetches, moves, crashes, refused, claims, loads, deposed, joins;
};
extern struct group_totals group_totals;

/* coordinator_topics.c */
const char *coordinator_group(int index); /* "g0", ... */
const char *coordinator_topic(int index);
void coordinator_add_topic(struct coordinators *w, int topic); /* with one partition */
void coordinator_add_partition(struct coordinators *w, int topic);

/* coordinator_node.c */
struct groups *coordinator_core(struct coordinators *w);
void coordinator_open(struct coordinators *w);
void coordinator_done(struct coordinators *w);
void coordinator_arrives(struct coordinator_node *n, struct ask *a);
void coordinator_crash(struct coordinator_node *n);
void coordinator_move(struct coordinators *w); /* someone else leads, or the same again */
void coordinator_tell(struct coordinator_node *n, const struct group_event *ev); /* if it leads */
void coordinator_tell_topic(struct coordinators *w, int topic);

/* coordinator_check.c */
void check_committed(struct coordinators *w, const struct plog_record *r);
void check_replays(struct coordinator_node *n);
void check_loads(struct coordinator_node *n); /* the core is loaded out of its log */
void check_answer(struct coordinator_node *n, const struct ask *a);
void check_views(struct coordinators *w);
void check_claim(struct member *m);
void check_converged(struct coordinators *w, int64_t end); /* of the log a second ago */

/* group_member.c */
void member_born(struct member *m);
void member_dies(struct member *m);
void member_wake(struct member *m, int64_t delay_us);
void member_answered(struct member *m, struct ask *a);
/* Sends `request` to whoever coordinates; see struct ask for the rest. */
struct ask *member_ask(struct member *m, enum group_api api, int16_t version, const void *request,
                       int64_t timeout_ms);
void member_lost(struct member *m); /* all that it had is another's */
void member_took(struct member *m, partitions now);
void member_finds(struct member *m);

/* group_member_classic.c, group_member_consumer.c */
void classic_next(struct member *m);
void classic_heard_of(struct member *m, struct ask *a);
void consumer_next(struct member *m);
void consumer_heard_of(struct member *m, struct ask *a);

#endif
