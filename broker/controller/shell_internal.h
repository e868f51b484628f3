/* shell_internal - the controller's thread, for its own files.
 *
 *   shell_raft.c          events into the core, its effects into the world
 *   shell_image.c         log -> image: load, follow what is committed, throw away, find the voters
 *   shell_lead.c          what a new leader writes; what one that was leader throws away
 *   shell_follow.c        the fetches of a follower; shell_follow_log.c what they bring
 *   shell_rest.c          what a full disk leads to
 *   shell_peers.c         Vote, Begin- and EndQuorumEpoch to the other voters
 *   controller_log.c      a leader's appends, snapshots, timers
 *   controller_requests.c requests of clients and brokers
 *   raft_requests.c       Fetch, FetchSnapshot; quorum_requests.c the rest of KRaft's */
#ifndef KLAMM_BROKER_CONTROLLER_SHELL_INTERNAL_H
#define KLAMM_BROKER_CONTROLLER_SHELL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/kafka/batch.h"
#include "api/kafka/channel.h"
#include "broker/controller/controller_shell.h"
#include "broker/controller/core.h"
#include "broker/raft/raft.h"
#include "broker/server/listener.h"
#include "common/list.h"

enum {
    METADATA_BATCH_SPLIT = 4 * 1024 *
        1024, /* a request's records stay in one batch below the 8 MiB bound */
    METADATA_FETCH_BYTES_MAX = 8 * 1024 * 1024,
};

/* What is to be said to another controller. */
enum want {
    WANT_VOTE = 1,
    WANT_BEGIN = 2,
    WANT_END = 4,
    WANT_REGISTER = 8, /* ControllerRegistration, to the leader */
    WANT_UPDATE = 16,  /* UpdateRaftVoter, to the leader */
    WANT_JOIN = 32,    /* AddRaftVoter, or RemoveRaftVoter of this id's earlier directory */
};

/* Another voter: one connection, one request in flight. */
struct peer {
    struct controller *c;
    int32_t id;
    char *host;
    uint16_t port;
    struct kf_channel *channel;
    unsigned wanted; /* enum want, not sent yet */
    unsigned asked;  /* the one in flight, 0 none */
    bool pre_vote;   /* the Vote in flight */
};

/* Whom a follower fetches from, or who is asked for the leader. */
struct following {
    struct kf_channel *channel;
    int32_t target; /* the leader; -1 while it is looked for */
    char *host;     /* of `target` or of whom is asked */
    uint16_t port;
    unsigned next_server;
    struct loop_timer again;
    int64_t backoff_ms;
    struct snapshot_id fetching; /* end_offset -1: none */
    struct buf snapshot;
    unsigned generation; /* changes with each connection that is given up */
};

/* voter_ask.c: AddRaftVoter's question to the new voter. */
enum voter_ask_state { VOTER_ASK_NONE, VOTER_ASK_BEGUN, VOTER_ASK_ANSWERED };

struct voter_ask {
    struct controller *c;
    struct kf_channel *channel;
    struct raft_key key;
    enum voter_ask_state state;
    struct request *r; /* parked */
    const void *msg;
    void (*serve)(struct controller *c, struct request *r, const void *msg);
    int16_t error;     /* REQUEST_TIMED_OUT: no answer, INVALID_REQUEST: its kraft.version */
    int16_t min, max;  /* of its kraft.version */
};

struct controller {
    struct controller_options o; /* strings are the copies below */
    char *cluster_id, *dir, *listener_name, *host;
    struct controller_voter *bootstrap; /* hosts are copies */
    uint16_t port;
    struct loop *loop;
    pthread_t thread;
    _Atomic int failed; /* err_t; ERR_NO_SPACE while it rests */
    bool leaves, ended; /* asked to stop; and done with it */
    struct uuid incarnation;
    struct loop_task leave;
    struct loop_timer room;
    struct monitoring *monitoring;
    struct request_counters *counters;

    /* What follows is one life's: all of it goes when a full disk makes the controller rest. */
    struct listener *listener;
    struct metadata_log *log;
    struct raft raft;
    struct voters voters;
    int64_t voters_offset; /* of the record that brought them; -1: options or a snapshot */
    int16_t kraft_version;
    bool leaving;       /* a voter before the newest set, and not in that */
    bool voters_logged; /* the set stands in the log or a snapshot beyond the 0-0 one */
    char *leader_host;  /* of a leader that is not among `voters`; NULL unknown */
    int32_t leader_host_id;
    uint16_t leader_port;

    bool active;     /* leads, and its image holds the whole log */
    bool caught_up;  /* has held all that a leader said is committed, once in this life */
    int64_t applied; /* the image holds everything below */
    int32_t applied_epoch;
    struct image *image;
    struct core core;

    /* Decided and applied in this turn, not yet appended. */
    struct records decided; /* of the call in the works */
    struct buf batch;
    struct kf_batch_builder builder;
    bool batch_open;
    int64_t next_offset; /* of an active controller */
    struct loop_task flush, sync;
    struct list waiting; /* struct waiting, by offset */
    struct list fetches; /* struct parked, parked fetches */

    struct loop_timer raft_timer, idle, session, snapshot;
    struct loop_timer hand_over;
    unsigned hand_over_looks;
    int64_t bytes_since_snapshot;
    int64_t snapshot_not_before_ms; /* after one that found no room */

    int64_t introduced_ms; /* when it last told the leader of itself */
    int32_t told_epoch;    /* whose leader has this voter's key and endpoint (kraft.version 0) */
    struct voters told;    /* LEADER at kraft.version 0: what the voters said of themselves */
    struct voter_ask ask;
    struct peer peers[VOTERS_MAX]; /* as raft.voters; own one unused */
    struct following following;
};

/* A reply that must not be said before everything below `offset` is committed. */
struct waiting {
    struct list node;
    struct request *r;
    int64_t offset;
    const struct kf_schema *schema;
    void *msg;
};

/* controller_shell.c */
/* From the disk to a member of the quorum, and back to nothing but the options. */
err_t controller_open(struct controller *c, struct why *reterr);
void controller_close(struct controller *c);

/* shell_rest.c */
/* The controller's thread. */
void *controller_run(void *arg);
/* No more of this life: a full disk ends it until there is room, anything else for good. */
void controller_give_up(struct controller *c, err_t e, const char *what);

/* shell_raft.c */
/* One step of the core and all its effects, in order. Returns raft_effects.granted. */
bool controller_raft(struct controller *c, struct raft_event ev);
/* Reads quorum-state and starts the core. */
err_t controller_raft_start(struct controller *c, struct why *reterr);
/* Where the current leader is; NULL host when that is not known. */
const char *controller_leader_endpoint(const struct controller *c, uint16_t *ret_port);
/* The same for any node: a voter, or the leader as it introduced itself. */
const char *controller_endpoint(const struct controller *c, int32_t id, uint16_t *ret_port);
/* An endpoint that a message told; voters' own are not overwritten. */
void controller_note_endpoint(struct controller *c, int32_t id, struct str host, uint16_t port);

/* shell_image.c */
/* Snapshot and voters; the log's records come later, as they are committed. */
err_t controller_load(struct controller *c, struct why *reterr);
void controller_new_core(struct controller *c);
/* Everything below `offset` into the image. */
err_t controller_apply_to(struct controller *c, int64_t offset, struct why *reterr);
/* The image anew, as far as the log is committed. */
err_t controller_reload(struct controller *c, struct why *reterr);
/* The voters as the log has them now; the options' while kraft.version is 0. */
err_t controller_find_voters(struct controller *c, struct why *reterr);
/* Control records among batches that were appended. */
err_t controller_scan(struct controller *c, struct slice batches, struct why *reterr);
/* Tells raft and the connections of c->voters. */
void controller_voters_changed(struct controller *c);
/* The keys of c->voters; returns their count. */
unsigned controller_keys(const struct controller *c, struct raft_key ret[VOTERS_MAX]);

/* shell_lead.c */
/* Elected: LeaderChange, bootstrap records, own registration. */
err_t controller_lead(struct controller *c, uint32_t granted, struct why *reterr);
err_t controller_step_down(struct controller *c, struct why *reterr);
/* This node's ControllerRegistration, with arrays in `a`. */
void controller_registration(struct controller *c, struct arena *a, void *ret);

/* shell_peers.c */
void peers_renew(struct controller *c); /* as c->voters */
void peers_done(struct controller *c);
void peers_want(struct controller *c, uint32_t mask, enum want what);
/* To the leader, if it is known and another. */
void peers_want_leader(struct controller *c, enum want what);

/* shell_follow.c */
/* The role has changed: other targets, or none. */
void follow_renew(struct controller *c);
void follow_done(struct controller *c);
void follow_again(struct controller *c, int64_t in_ms); /* the next fetch, later */
/* shell_follow_log.c. Each brings the log and raft forward; an error has given up already. */
err_t follow_append(struct controller *c, struct slice records, int64_t high_watermark);
err_t follow_truncate(struct controller *c, struct snapshot_id diverging);
err_t follow_snapshot(struct controller *c);
err_t follow_sync(struct controller *c);

/* controller_log.c */
/* Applies `c->decided` and puts it into this turn's batch. */
void controller_commit(struct controller *c);
/* Before control records are put into the batch. */
void controller_close_batch(struct controller *c);
void controller_flush(struct loop_task *t);
void controller_sync(struct loop_task *t);
void controller_snapshot_if_due(struct controller *c);
void controller_timers(struct controller *c);

/* controller_requests.c */
void controller_handle(struct request *r);
void controller_answer_waiting(struct controller *c);
/* Leads no more: NOT_CONTROLLER to all who wait. */
void controller_refuse_waiting(struct controller *c);
void controller_reply_when_committed(struct controller *c, struct request *r,
                                     const struct kf_schema *s, void *msg);
bool controller_serves(int16_t api_key);

/* raft_requests.c */
void raft_on_fetch(struct controller *c, struct request *r, const void *msg);
void raft_on_fetch_snapshot(struct controller *c, struct request *r, const void *msg);
void raft_wake_fetches(struct controller *c);
int16_t raft_check_cluster(const struct controller *c, struct str cluster_id);

/* quorum_requests.c */
void raft_on_vote(struct controller *c, struct request *r, const void *msg);
void raft_on_begin_quorum_epoch(struct controller *c, struct request *r, const void *msg);
void raft_on_end_quorum_epoch(struct controller *c, struct request *r, const void *msg);
void *raft_describe_quorum(struct controller *c, struct arena *a, int16_t version, const void *msg);
/* voter_ask.c. False: there is no asking. Else raft_add_voter answers NULL, */
bool voter_ask_begin(struct controller *c, const struct raft_key *key, struct str host, uint16_t port);
/* and its request, direct or in an Envelope, is parked here: `serve` gets it again with the answer. */
bool voter_ask_parks(struct controller *c, struct request *r, const void *msg,
                     void (*serve)(struct controller *c, struct request *r, const void *msg));
/* voter_requests.c: each returns the response, its records in this turn's batch. */
void *raft_add_voter(struct controller *c, struct arena *a, const void *msg);
void *raft_remove_voter(struct controller *c, struct arena *a, const void *msg);
void *raft_update_voter(struct controller *c, struct arena *a, const void *msg);
/* kraft.version for the core: read, and raised from 0 to 1 with the voters' keys. */
struct core_quorum raft_core_quorum(struct controller *c);

#endif
