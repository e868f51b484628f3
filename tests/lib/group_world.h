/* group_world - a group coordinator's core with a log in memory and a clock of its own.
 *
 * Appends succeed (unless `append_error`) and are replicated at once (unless `held`): then
 * answers and notes wait for group_world_commit. After every step groups_check runs. */
#ifndef KLAMM_TESTS_LIB_GROUP_WORLD_H
#define KLAMM_TESTS_LIB_GROUP_WORLD_H

#include "broker/group/group.h"
#include "common/list.h"

struct group_logged {
    struct group_record record; /* owned; of a marker it is empty */
    int64_t end;
    int64_t producer_id; /* -1: of no transaction */
    bool marker, commit;
};

struct group_note {
    struct list node;
    struct str group;
    int32_t generation;
    int64_t required;
};

struct group_world {
    struct group_config config;
    struct groups *groups;
    struct image *image;
    struct arena arena; /* of requests and answers: lives as long as the world */
    int64_t now_ms, wall_ms, end, high_watermark, image_offset;
    uint32_t ids; /* member ids made so far */
    struct group_logged *log;
    size_t log_n, log_capacity;
    struct list waiting; /* group_asked.call.node: answered, not replicated */
    struct list notes;
    int16_t append_error; /* of the next append */
    struct str share_group; /* what the last step wanted initialised; share_parts_n 0: nothing */
    struct group_share_part *share_parts;
    int32_t share_parts_n;
    bool held;
};

struct group_asked {
    struct group_call call; /* first */
    bool done;
};

void group_world_open(struct group_world *w);
void group_world_close(struct group_world *w);
/* A topic whose id is made from its name. */
struct uuid group_world_topic(struct group_world *w, const char *name, int32_t partitions);
void group_world_remove_topic(struct group_world *w, const char *name);

struct group_asked *group_world_ask(struct group_world *w, enum group_api api, int16_t version,
                                    const char *group, const char *client, const void *request);
/* OffsetCommit of one offset of topic t by a member: the partition's error. */
int16_t group_world_offset(struct group_world *w, int16_t version, const char *member, int32_t generation,
                           int32_t partition);
/* Sets a property of group g. */
void group_world_property(struct group_world *w, const char *key, const char *value);
/* A marker comes into the log. */
void group_world_mark(struct group_world *w, int64_t producer_id, bool commit);
/* The core hears that the topic has changed. */
void group_world_tell_topic(struct group_world *w, const char *name);
void group_world_event(struct group_world *w, const struct group_event *ev);
/* The share coordinator has answered for the first `n` of share_parts. */
void group_world_initialized(struct group_world *w, int32_t n);
/* Time goes on; what comes due fires in order. */
void group_world_pass(struct group_world *w, int64_t ms);
/* All that is written is replicated. */
void group_world_commit(struct group_world *w);
/* Another coordinator takes over: what is parked or waits is answered NOT_COORDINATOR, the log is
 * loaded into a new core. */
void group_world_reload(struct group_world *w);
/* What the state is, and what the log alone makes of it. */
void group_world_dump(const struct group_world *w, struct buf *ret);
void group_world_dump_log(const struct group_world *w, struct buf *ret);

#endif
