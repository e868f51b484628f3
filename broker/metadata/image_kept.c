/* What the image keeps as the records it came in: quotas, ACLs, SCRAM credentials, delegation
 * tokens, producer ids. */
#include "broker/metadata/image_internal.h"

#include "api/kafka/msg/access_control_entry_record.h"
#include "api/kafka/msg/client_quota_record.h"
#include "api/kafka/msg/delegation_token_record.h"
#include "api/kafka/msg/producer_ids_record.h"
#include "api/kafka/msg/remove_access_control_entry_record.h"
#include "api/kafka/msg/remove_delegation_token_record.h"
#include "api/kafka/msg/remove_user_scram_credential_record.h"
#include "api/kafka/msg/user_scram_credential_record.h"

static int by_kept(const void *item, const void *key)
{
    const struct kept *x = item, *k = key;

    if (x->type != k->type)
        return (x->type > k->type) - (x->type < k->type);
    return str_cmp(str_make((const char *)x->key.p, x->key.n),
                   str_make((const char *)k->key.p, k->key.n));
}

static void kept_free(struct kept *k)
{
    if (!k)
        return;
    buf_done(&k->key);
    buf_done(&k->record);
    mem_free(k);
}

static void put_str(struct buf *b, struct str s)
{
    buf_put_be32(b, s.p ? (uint32_t)s.n : UINT32_MAX);
    buf_put(b, s.p, s.n);
}

/* The parts of an entity are a set: they count in the order of their types. */
static bool quota_key(struct buf *key, const struct kf_client_quota_record *r)
{
    for (int32_t n = 0; n < r->entity_n; n++) {
        const struct kf_client_quota_record_entity_data *next = NULL;

        for (int32_t m = 0; m < r->entity_n; m++) {
            int32_t smaller = 0;

            for (int32_t p = 0; p < r->entity_n; p++) {
                int c = str_cmp(r->entity[p].entity_type, r->entity[m].entity_type);

                smaller += c < 0 || (c == 0 && p < m);
            }
            if (smaller == n)
                next = &r->entity[m];
        }
        put_str(key, next->entity_type);
        put_str(key, next->entity_name);
    }
    put_str(key, r->key);
    return r->remove;
}

/* Fills the key; returns true when the record takes its thing away. */
static bool key_of(enum metadata_record type, const void *msg, struct kept *k)
{
    const struct kf_user_scram_credential_record *scram = msg;
    const struct kf_remove_user_scram_credential_record *scram_gone = msg;

    k->type = (int)type;
    switch ((int)type) {
    case RECORD_CLIENT_QUOTA:
        return quota_key(&k->key, msg);
    case RECORD_ACCESS_CONTROL_ENTRY:
        buf_put(&k->key, ((const struct kf_access_control_entry_record *)msg)->id.b,
                sizeof(struct uuid));
        return false;
    case RECORD_REMOVE_ACCESS_CONTROL_ENTRY:
        k->type = RECORD_ACCESS_CONTROL_ENTRY;
        buf_put(&k->key, ((const struct kf_remove_access_control_entry_record *)msg)->id.b,
                sizeof(struct uuid));
        return true;
    case RECORD_USER_SCRAM_CREDENTIAL:
        buf_put_u8(&k->key, (uint8_t)scram->mechanism);
        put_str(&k->key, scram->name);
        return false;
    case RECORD_REMOVE_USER_SCRAM_CREDENTIAL:
        k->type = RECORD_USER_SCRAM_CREDENTIAL;
        buf_put_u8(&k->key, (uint8_t)scram_gone->mechanism);
        put_str(&k->key, scram_gone->name);
        return true;
    case RECORD_DELEGATION_TOKEN:
        put_str(&k->key, ((const struct kf_delegation_token_record *)msg)->token_id);
        return false;
    case RECORD_REMOVE_DELEGATION_TOKEN:
        k->type = RECORD_DELEGATION_TOKEN;
        put_str(&k->key, ((const struct kf_remove_delegation_token_record *)msg)->token_id);
        return true;
    default:
        return false;
    }
}

err_t apply_kept(const struct applying *a, enum metadata_record type, const void *msg,
                 struct slice record)
{
    struct kept *k = mem_new(struct kept);
    bool gone = key_of(type, msg, k), found;
    size_t at = vec_find(&a->i->kept, by_kept, k, &found);

    if (type == RECORD_PRODUCER_IDS)
        a->i->next_producer_id = ((const struct kf_producer_ids_record *)msg)->next_producer_id;
    if (type == RECORD_REMOVE_ACCESS_CONTROL_ENTRY && !found) {
        kept_free(k);
        return why(a->reterr, ERR_CORRUPT,
                   "RemoveAccessControlEntryRecord at offset %lld names an unknown id",
                   (long long)a->offset);
    }
    if (found) {
        kept_free(a->i->kept.p[at]);
        vec_remove(&a->i->kept, at);
    }
    if (gone) {
        kept_free(k);
    } else {
        buf_put(&k->record, record.p, record.n);
        vec_insert(&a->i->kept, at, k);
    }
    image_tell(a, &(struct image_change){ .kind = IMAGE_OTHER });
    return ERR_OK;
}

int64_t image_next_producer_id(const struct image *i)
{
    return i->next_producer_id;
}

bool image_record_next(const struct image *i, int type, size_t *at, struct slice *ret)
{
    while (*at < i->kept.n) {
        const struct kept *k = i->kept.p[(*at)++];

        if (k->type == type) {
            *ret = buf_slice(&k->record);
            return true;
        }
    }
    return false;
}

bool image_record_find(const struct image *i, int type, const void *msg, struct slice *ret)
{
    struct kept k = { 0 };
    const struct kept *found;

    (void)key_of((enum metadata_record)type, msg, &k);
    found = vec_get(&i->kept, by_kept, &k);
    buf_done(&k.key);
    if (found)
        *ret = buf_slice(&found->record);
    return found;
}

void image_free_kept(struct image *i)
{
    for (size_t n = 0; n < i->kept.n; n++)
        kept_free(i->kept.p[n]);
    mem_free(i->kept.p);
}
