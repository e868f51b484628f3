#include "broker/raft/voters.h"

#include "api/kafka/batch.h"
#include "api/kafka/msg/k_raft_version_record.h"
#include "api/kafka/msg/leader_change_message.h"
#include "api/kafka/msg/snapshot_footer_record.h"
#include "api/kafka/msg/snapshot_header_record.h"
#include "api/kafka/msg/voters_record.h"
#include "common/arena.h"
#include "common/invariant.h"
#include "common/mem.h"

void voters_done(struct voters *s)
{
    for (unsigned n = 0; n < s->n; n++) {
        mem_free(s->v[n].listener);
        mem_free(s->v[n].host);
    }
    s->n = 0;
}

void voters_add(struct voters *s, int32_t id, const struct uuid *directory_id, const char *listener,
                const char *host, uint16_t port)
{
    unsigned at = 0;

    INVARIANT(s->n < VOTERS_MAX);
    while (at < s->n && s->v[at].id < id)
        at++;
    memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(s->v[0]));
    s->v[at] = (struct voter){ id, *directory_id, mem_strdup(listener), mem_strdup(host), port };
    s->n++;
}

void voters_remove(struct voters *s, int32_t id)
{
    for (unsigned n = 0; n < s->n; n++) {
        if (s->v[n].id != id)
            continue;
        mem_free(s->v[n].listener);
        mem_free(s->v[n].host);
        memmove(&s->v[n], &s->v[n + 1], (--s->n - n) * sizeof(s->v[0]));
        return;
    }
}

void voters_copy(const struct voters *from, struct voters *ret)
{
    INVARIANT(ret->n == 0);
    for (unsigned n = 0; n < from->n; n++) {
        const struct voter *v = &from->v[n];

        voters_add(ret, v->id, &v->directory_id, v->listener, v->host, v->port);
    }
}

const struct voter *voters_find(const struct voters *s, int32_t id)
{
    for (unsigned n = 0; n < s->n; n++) {
        if (s->v[n].id == id)
            return &s->v[n];
    }
    return NULL;
}

static void add_decoded(struct voters *s, const struct kf_voters_record_voter *v)
{
    OWNED_MEM char *listener = NULL;
    OWNED_MEM char *host = NULL;
    bool has = v->endpoints_n > 0;

    listener = has ? mem_strndup(v->endpoints[0].name.p, v->endpoints[0].name.n) : mem_strdup("");
    host = has ? mem_strndup(v->endpoints[0].host.p, v->endpoints[0].host.n) : mem_strdup("");
    voters_add(s, v->voter_id, &v->voter_directory_id, listener, host,
               has ? v->endpoints[0].port : 0);
}

err_t voters_decode(struct slice value, struct voters *ret, struct why *reterr)
{
    struct kf_voters_record r;
    OWNED_ARENA arena = { 0 };
    struct cursor c = cursor_over(value);
    struct voters s = { 0 };

    if (kf_decode(&kf_voters_record_schema, 0, &c, &arena, &r) || cursor_left(&c))
        return why(reterr, ERR_CORRUPT, "VotersRecord does not parse");
    if (r.voters_n > VOTERS_MAX)
        return why(reterr, ERR_CORRUPT, "VotersRecord has %d voters, at most %d can be", r.voters_n,
                   VOTERS_MAX);
    for (int32_t n = 0; n < r.voters_n; n++)
        add_decoded(&s, &r.voters[n]);
    voters_done(ret);
    *ret = s;
    return ERR_OK;
}

static void put_control(struct kf_batch_builder *b, int64_t now_ms, enum kf_control type,
                        const struct kf_schema *s, const void *msg)
{
    struct kf_control_key key = kf_control_key(type);
    OWNED_BUF value = { 0 };

    INVARIANT(kf_encode(s, 0, msg, &value, NULL) == ERR_OK);
    kf_batch_put(b, now_ms, slice_make(key.b, sizeof(key.b)), buf_slice(&value), NULL, 0);
}

static void put_version(struct kf_batch_builder *b, int16_t kraft_version, int64_t now_ms)
{
    put_control(b, now_ms, KF_CONTROL_KRAFT_VERSION, &kf_k_raft_version_record_schema,
                &(struct kf_k_raft_version_record){ 0, kraft_version });
}

static void put_voters(struct kf_batch_builder *b, const struct voters *s, int64_t now_ms)
{
    struct kf_voters_record_voter voters[VOTERS_MAX];
    struct kf_voters_record_endpoint endpoints[VOTERS_MAX];
    struct kf_voters_record r = { .voters = voters, .voters_n = (int32_t)s->n };

    for (unsigned n = 0; n < s->n; n++) {
        const struct voter *v = &s->v[n];

        endpoints[n] =
            (struct kf_voters_record_endpoint){ str_of(v->listener), str_of(v->host), v->port };
        voters[n] = (struct kf_voters_record_voter){
            .voter_id = v->id,
            .voter_directory_id = v->directory_id,
            .endpoints = &endpoints[n],
            .endpoints_n = 1,
            .k_raft_version_feature = { 0, 1 },
        };
    }
    put_control(b, now_ms, KF_CONTROL_KRAFT_VOTERS, &kf_voters_record_schema, &r);
}

static void put_set(struct kf_batch_builder *b, const struct voters *s, int16_t kraft_version,
                    int64_t now_ms)
{
    put_version(b, kraft_version, now_ms);
    put_voters(b, s, now_ms);
}

int voters_put_snapshot_header(const struct voters *s, int16_t kraft_version, int64_t now_ms,
                               int64_t last_contained_ms, int32_t epoch, struct buf *ret)
{
    struct kf_batch_builder b;

    kf_batch_begin(&b, ret, 0, epoch, KF_ATTR_CONTROL);
    put_control(&b, now_ms, KF_CONTROL_SNAPSHOT_HEADER, &kf_snapshot_header_record_schema,
                &(struct kf_snapshot_header_record){ 0, last_contained_ms });
    if (kraft_version >= 1)
        put_set(&b, s, kraft_version, now_ms);
    INVARIANT(kf_batch_end(&b) == ERR_OK);
    return kraft_version >= 1 ? 3 : 1;
}

void voters_put_snapshot_footer(int64_t offset, int64_t now_ms, int32_t epoch, struct buf *ret)
{
    struct kf_batch_builder b;

    kf_batch_begin(&b, ret, offset, epoch, KF_ATTR_CONTROL);
    put_control(&b, now_ms, KF_CONTROL_SNAPSHOT_FOOTER, &kf_snapshot_footer_record_schema,
                &(struct kf_snapshot_footer_record){ 0 });
    INVARIANT(kf_batch_end(&b) == ERR_OK);
}

int voters_put_leader_change(const struct voters *s, int16_t kraft_version, int32_t leader,
                             uint32_t granted, int32_t epoch, int64_t offset, int64_t now_ms,
                             struct buf *ret)
{
    struct kf_leader_change_message_voter voters[VOTERS_MAX] = { 0 };
    struct kf_leader_change_message_voter granting[VOTERS_MAX] = { 0 };
    struct kf_leader_change_message m = {
        .leader_id = leader,
        .voters = voters,
        .voters_n = (int32_t)s->n,
        .granting_voters = granting,
    };
    struct kf_batch_builder b;

    for (unsigned n = 0; n < s->n; n++) {
        voters[n].voter_id = s->v[n].id;
        if ((granted & 1u << n) || s->v[n].id == leader)
            granting[m.granting_voters_n++].voter_id = s->v[n].id;
    }
    kf_batch_begin(&b, ret, offset, epoch, KF_ATTR_CONTROL);
    put_control(&b, now_ms, KF_CONTROL_LEADER_CHANGE, &kf_leader_change_message_schema, &m);
    if (kraft_version >= 1)
        put_set(&b, s, kraft_version, now_ms);
    INVARIANT(kf_batch_end(&b) == ERR_OK);
    return kraft_version >= 1 ? 3 : 1;
}

int voters_put_set(const struct voters *s, int16_t kraft_version, int32_t epoch, int64_t offset,
                   int64_t now_ms, struct buf *ret)
{
    struct kf_batch_builder b;

    kf_batch_begin(&b, ret, offset, epoch, KF_ATTR_CONTROL);
    if (kraft_version >= 1)
        put_version(&b, kraft_version, now_ms);
    put_voters(&b, s, now_ms);
    INVARIANT(kf_batch_end(&b) == ERR_OK);
    return kraft_version >= 1 ? 2 : 1;
}
