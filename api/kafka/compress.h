/* compress - the four codecs of record batches, by their libraries.
 *
 * gzip is RFC 1952, snappy the xerial framing (magic, version 1, compatible 1, then
 * blocks of int32 length and data) with raw snappy accepted on reading, lz4 the LZ4
 * frame format, zstd its frames. */
#ifndef KLAMM_API_KAFKA_COMPRESS_H
#define KLAMM_API_KAFKA_COMPRESS_H

#include "common/buf.h"
#include "common/err.h"

enum kf_codec { KF_CODEC_NONE, KF_CODEC_GZIP, KF_CODEC_SNAPPY, KF_CODEC_LZ4, KF_CODEC_ZSTD, KF_CODECS };

/* "none", "gzip", ...; NULL for a number that is no codec. */
const char *kf_codec_name(int codec);

/* Appends. ERR_UNSUPPORTED for a number that is no codec; then and on any other failure
 * `ret` is as before. */
err_t kf_compress(enum kf_codec codec, struct slice plain, struct buf *ret);

/* Appends at most `limit` bytes: ERR_TOO_LARGE beyond, ERR_CORRUPT for bytes that are not the
 * codec's. On failure `ret` is as before. Memory grows with what really comes out. */
err_t kf_decompress(enum kf_codec codec, struct slice packed, size_t limit, struct buf *ret);

#endif
