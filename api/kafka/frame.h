/* frame - sizes and headers around a message.
 *
 *   request:  size int32 | api_key int16 | api_version int16 | correlation_id int32 |
 *             client_id nullable string (never compact) | tags (header 2) | body
 *   response: size int32 | correlation_id int32 | tags (header 1) | body */
#ifndef KLAMM_API_KAFKA_FRAME_H
#define KLAMM_API_KAFKA_FRAME_H

#include "api/kafka/api_keys.h"

struct kf_header {
    int16_t api_key, api_version;
    int32_t correlation_id;
    struct str client_id; /* p == NULL is null */
};

/* Reads a request header and leaves `c` at the body. `ret_api` is NULL for a key that is
 * unknown; then, and for a version outside of the API's range, only the fixed fields are
 * read: ERR_UNSUPPORTED. ERR_MALFORMED when the bytes do not parse. */
err_t kf_header_decode(struct cursor *c, struct kf_header *ret, const struct kf_api **ret_api);

/* A whole request frame with its size, appended. Errors as kf_encode. */
err_t kf_request_encode(const struct kf_header *h, const void *msg, struct buf *ret, struct why *reterr);
/* The frame's size and header alone; kf_frame_end writes the size once the body stands. */
size_t kf_request_begin(const struct kf_header *h, struct buf *ret);

/* A whole response frame with its size, appended. Errors as kf_encode; then `ret` is as before. */
err_t kf_response_encode(int16_t api_key, int16_t api_version, int32_t correlation_id,
                         const struct kf_schema *s, const void *msg, struct buf *ret, struct why *reterr);
size_t kf_response_begin(const struct kf_api *api, int16_t api_version, int32_t correlation_id,
                         struct buf *ret);
/* `begin` as returned above: sets the size of the frame that starts there. */
void kf_frame_end(struct buf *b, size_t begin);

/* A response without its size: correlation id and tags are read, `c` is left at the body. */
err_t kf_response_header_decode(const struct kf_api *api, int16_t api_version, struct cursor *c,
                                int32_t *ret_correlation_id);

#endif
