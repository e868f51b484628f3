#include "api/kafka/frame.h"

/* Tags of a header: none are known, all are skipped. */
static void skip_tags(struct cursor *c)
{
    for (uint32_t n = cursor_uvarint(c); n && !cursor_bad(c); n--) {
        (void)cursor_uvarint(c);
        (void)cursor_take(c, cursor_uvarint(c));
    }
}

static void read_client_id(struct cursor *c, struct str *ret)
{
    int16_t n = (int16_t)cursor_be16(c);

    *ret = str_make(NULL, 0);
    if (n < -1)
        cursor_fail(c);
    if (n >= 0)
        *ret = str_make((const char *)cursor_take(c, (size_t)n), (size_t)n);
    if (cursor_bad(c))
        *ret = str_make(NULL, 0);
}

err_t kf_header_decode(struct cursor *c, struct kf_header *ret, const struct kf_api **ret_api)
{
    *ret = (struct kf_header){ .api_key = (int16_t)cursor_be16(c) };
    ret->api_version = (int16_t)cursor_be16(c);
    ret->correlation_id = (int32_t)cursor_be32(c);
    *ret_api = kf_api(ret->api_key);
    if (cursor_bad(c))
        return ERR_MALFORMED;
    if (!*ret_api || ret->api_version < (*ret_api)->min || ret->api_version > (*ret_api)->max)
        return ERR_UNSUPPORTED;
    read_client_id(c, &ret->client_id);
    if (kf_request_header_version(*ret_api, ret->api_version) >= 2)
        skip_tags(c);
    return cursor_bad(c) ? ERR_MALFORMED : ERR_OK;
}

size_t kf_request_begin(const struct kf_header *h, struct buf *ret)
{
    const struct kf_api *api = kf_api(h->api_key);
    size_t begin = ret->n;

    buf_put_be32(ret, 0);
    buf_put_be16(ret, (uint16_t)h->api_key);
    buf_put_be16(ret, (uint16_t)h->api_version);
    buf_put_be32(ret, (uint32_t)h->correlation_id);
    buf_put_be16(ret, h->client_id.p ? (uint16_t)h->client_id.n : 0xffff);
    buf_put(ret, h->client_id.p, h->client_id.n);
    if (kf_request_header_version(api, h->api_version) >= 2)
        buf_put_u8(ret, 0);
    return begin;
}

void kf_frame_end(struct buf *b, size_t begin)
{
    be32_put(b->p + begin, (uint32_t)(b->n - begin - 4));
}

err_t kf_request_encode(const struct kf_header *h, const void *msg, struct buf *ret, struct why *reterr)
{
    const struct kf_api *api = kf_api(h->api_key);
    size_t begin;
    err_t e;

    if (!api)
        return why(reterr, ERR_UNSUPPORTED, "api key %d is not known", h->api_key);
    begin = kf_request_begin(h, ret);
    e = kf_encode(api->request, h->api_version, msg, ret, reterr);
    if (e)
        ret->n = begin;
    else
        kf_frame_end(ret, begin);
    return e;
}

size_t kf_response_begin(const struct kf_api *api, int16_t api_version, int32_t correlation_id,
                         struct buf *ret)
{
    size_t begin = ret->n;

    buf_put_be32(ret, 0);
    buf_put_be32(ret, (uint32_t)correlation_id);
    if (kf_response_header_version(api, api_version) >= 1)
        buf_put_u8(ret, 0);
    return begin;
}

err_t kf_response_encode(int16_t api_key, int16_t api_version, int32_t correlation_id,
                         const struct kf_schema *s, const void *msg, struct buf *ret, struct why *reterr)
{
    const struct kf_api *api = kf_api(api_key);
    size_t begin;
    err_t e;

    if (!api)
        return why(reterr, ERR_UNSUPPORTED, "api key %d is not known", api_key);
    begin = kf_response_begin(api, api_version, correlation_id, ret);
    e = kf_encode(s, api_version, msg, ret, reterr);
    if (e)
        ret->n = begin;
    else
        kf_frame_end(ret, begin);
    return e;
}

err_t kf_response_header_decode(const struct kf_api *api, int16_t api_version, struct cursor *c,
                                int32_t *ret_correlation_id)
{
    *ret_correlation_id = (int32_t)cursor_be32(c);
    if (kf_response_header_version(api, api_version) >= 1)
        skip_tags(c);
    return cursor_bad(c) ? ERR_MALFORMED : ERR_OK;
}
