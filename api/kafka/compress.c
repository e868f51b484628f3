#include "api/kafka/compress.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "common/endian.h"
#include "common/mem.h"

enum { STEP = 64 * 1024, SNAPPY_BLOCK = 32 * 1024, XERIAL_HEADER = 16, GZIP_BITS = 15 + 16 };

static const uint8_t xerial[XERIAL_HEADER] = { 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                               0,    0,   0,   1,   0,   0,   0,   1 };

const char *kf_codec_name(int codec)
{
    static const char *const names[] = { "none", "gzip", "snappy", "lz4", "zstd" };

    return codec >= 0 && codec < KF_CODECS ? names[codec] : NULL;
}

/* Room for the next piece of output, or 0 when `limit` (counted from `begin`) is reached. */
static size_t room(struct buf *b, size_t begin, size_t limit)
{
    size_t left = limit - (b->n - begin);
    size_t n = left < STEP ? left : STEP;

    buf_reserve(b, n);
    return n;
}

static err_t gzip(struct slice plain, struct buf *ret)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)plain.p, .avail_in = (uInt)plain.n };
    size_t bound;

    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return ERR_NOMEM;
    bound = deflateBound(&z, plain.n);
    z.next_out = buf_reserve(ret, bound);
    z.avail_out = (uInt)bound;
    deflate(&z, Z_FINISH);
    ret->n += bound - z.avail_out;
    deflateEnd(&z);
    return ERR_OK;
}

static err_t gunzip(struct slice packed, size_t limit, struct buf *ret)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)packed.p, .avail_in = (uInt)packed.n };
    size_t begin = ret->n, n;
    int status = Z_OK;

    if (inflateInit2(&z, GZIP_BITS) != Z_OK)
        return ERR_NOMEM;
    while (status == Z_OK && (n = room(ret, begin, limit))) {
        z.next_out = ret->p + ret->n;
        z.avail_out = (uInt)n;
        status = inflate(&z, Z_NO_FLUSH);
        ret->n += n - z.avail_out;
        if (status == Z_OK && z.avail_out == n)
            status = Z_DATA_ERROR; /* no progress: the input ended early */
    }
    inflateEnd(&z);
    if (status == Z_STREAM_END)
        return ERR_OK;
    return status == Z_OK ? ERR_TOO_LARGE : ERR_CORRUPT;
}

static err_t snappy_pack(struct slice plain, struct buf *ret)
{
    buf_put(ret, xerial, sizeof(xerial));
    for (size_t at = 0; at < plain.n; at += SNAPPY_BLOCK) {
        size_t n = plain.n - at < SNAPPY_BLOCK ? plain.n - at : SNAPPY_BLOCK;
        size_t packed = snappy_max_compressed_length(n), length_at = ret->n;

        buf_put_be32(ret, 0);
        if (snappy_compress((const char *)plain.p + at, n, (char *)buf_reserve(ret, packed), &packed))
            return ERR_CORRUPT;
        be32_put(ret->p + length_at, (uint32_t)packed);
        ret->n += packed;
    }
    return ERR_OK;
}

static err_t snappy_block(const uint8_t *p, size_t n, size_t left, struct buf *ret)
{
    size_t plain;

    if (snappy_uncompressed_length((const char *)p, n, &plain))
        return ERR_CORRUPT;
    if (plain > left)
        return ERR_TOO_LARGE;
    /* A block never grows more than about 64 times per byte of snappy's format; a length that
     * claims more is a lie, and memory is not taken for it. */
    if (plain > 64 * n + 64)
        return ERR_CORRUPT;
    if (snappy_uncompress((const char *)p, n, (char *)buf_reserve(ret, plain), &plain))
        return ERR_CORRUPT;
    ret->n += plain;
    return ERR_OK;
}

static err_t snappy_unpack(struct slice packed, size_t limit, struct buf *ret)
{
    size_t begin = ret->n, at = XERIAL_HEADER;
    err_t e = ERR_OK;

    if (packed.n < XERIAL_HEADER || memcmp(packed.p, xerial, 8) != 0)
        return snappy_block(packed.p, packed.n, limit, ret);
    while (!e && at < packed.n) {
        uint32_t n;

        if (packed.n - at < 4)
            return ERR_CORRUPT;
        n = be32_get(packed.p + at);
        at += 4;
        if (n > packed.n - at)
            return ERR_CORRUPT;
        e = snappy_block(packed.p + at, n, limit - (ret->n - begin), ret);
        at += n;
    }
    return e;
}

static err_t lz4_pack(struct slice plain, struct buf *ret)
{
    LZ4F_preferences_t p = { .frameInfo = { .blockSizeID = LZ4F_max64KB,
                                            .blockMode = LZ4F_blockIndependent } };
    size_t bound = LZ4F_compressFrameBound(plain.n, &p);
    size_t n = LZ4F_compressFrame(buf_reserve(ret, bound), bound, plain.p, plain.n, &p);

    if (LZ4F_isError(n))
        return ERR_NOMEM;
    ret->n += n;
    return ERR_OK;
}

static err_t lz4_unpack(struct slice packed, size_t limit, struct buf *ret)
{
    LZ4F_dctx *context;
    size_t begin = ret->n, at = 0, hint = 1, n;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
        return ERR_NOMEM;
    while (hint && !LZ4F_isError(hint) && (n = room(ret, begin, limit))) {
        size_t in = packed.n - at, out = n;

        hint = LZ4F_decompress(context, ret->p + ret->n, &out, packed.p + at, &in, NULL);
        if (LZ4F_isError(hint) || (hint && !out && !in))
            break;
        at += in;
        ret->n += out;
    }
    LZ4F_freeDecompressionContext(context);
    if (!hint)
        return ERR_OK;
    return ret->n - begin == limit && !LZ4F_isError(hint) ? ERR_TOO_LARGE : ERR_CORRUPT;
}

static err_t zstd_pack(struct slice plain, struct buf *ret)
{
    size_t bound = ZSTD_compressBound(plain.n);
    size_t n = ZSTD_compress(buf_reserve(ret, bound), bound, plain.p, plain.n, 3);

    if (ZSTD_isError(n))
        return ERR_NOMEM;
    ret->n += n;
    return ERR_OK;
}

static err_t zstd_unpack(struct slice packed, size_t limit, struct buf *ret)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = { packed.p, packed.n, 0 };
    size_t begin = ret->n, hint = 1, n;

    if (!context)
        return ERR_NOMEM;
    while (hint && !ZSTD_isError(hint) && (n = room(ret, begin, limit))) {
        ZSTD_outBuffer out = { ret->p + ret->n, n, 0 };
        size_t before = in.pos;

        hint = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(hint))
            break;
        ret->n += out.pos;
        if (hint && !out.pos && in.pos == before)
            break;
    }
    ZSTD_freeDCtx(context);
    if (!hint)
        return ERR_OK;
    return ret->n - begin == limit && !ZSTD_isError(hint) ? ERR_TOO_LARGE : ERR_CORRUPT;
}

err_t kf_compress(enum kf_codec codec, struct slice plain, struct buf *ret)
{
    size_t begin = ret->n;
    err_t e = ERR_UNSUPPORTED;

    if (plain.n > INT32_MAX)
        return ERR_TOO_LARGE;
    switch (codec) {
    case KF_CODEC_NONE:
        buf_put(ret, plain.p, plain.n);
        return ERR_OK;
    case KF_CODEC_GZIP:
        e = gzip(plain, ret);
        break;
    case KF_CODEC_SNAPPY:
        e = snappy_pack(plain, ret);
        break;
    case KF_CODEC_LZ4:
        e = lz4_pack(plain, ret);
        break;
    case KF_CODEC_ZSTD:
        e = zstd_pack(plain, ret);
        break;
    case KF_CODECS:
        break;
    }
    if (e)
        ret->n = begin;
    return e;
}

err_t kf_decompress(enum kf_codec codec, struct slice packed, size_t limit, struct buf *ret)
{
    size_t begin = ret->n;
    err_t e = ERR_UNSUPPORTED;

    if (packed.n > INT32_MAX)
        return ERR_TOO_LARGE;
    switch (codec) {
    case KF_CODEC_NONE:
        e = packed.n > limit ? ERR_TOO_LARGE : ERR_OK;
        if (!e)
            buf_put(ret, packed.p, packed.n);
        break;
    case KF_CODEC_GZIP:
        e = gunzip(packed, limit, ret);
        break;
    case KF_CODEC_SNAPPY:
        e = snappy_unpack(packed, limit, ret);
        break;
    case KF_CODEC_LZ4:
        e = lz4_unpack(packed, limit, ret);
        break;
    case KF_CODEC_ZSTD:
        e = zstd_unpack(packed, limit, ret);
        break;
    case KF_CODECS:
        break;
    }
    if (e)
        ret->n = begin;
    return e;
}
