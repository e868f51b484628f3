#include "broker/log/checkpoint.h"

#include <fcntl.h>

#include "common/mem.h"

/* The text up to the next newline, which is taken too; false at the end. The last line
 * may lack its newline, as a hand edit leaves it. */
static bool line_next(struct str *text, struct str *ret)
{
    const char *end;

    if (!text->n)
        return false;
    end = memchr(text->p, '\n', text->n);
    *ret = str_make(text->p, end ? (size_t)(end - text->p) : text->n);
    text->p += end ? ret->n + 1 : ret->n;
    text->n -= end ? ret->n + 1 : ret->n;
    if (ret->n && ret->p[ret->n - 1] == '\r')
        ret->n--;
    return true;
}

/* The field up to the next space, which is taken too. */
static struct str field_next(struct str *line)
{
    const char *end = line->n ? memchr(line->p, ' ', line->n) : NULL;
    struct str field = str_make(line->p, end ? (size_t)(end - line->p) : line->n);

    line->p += end ? field.n + 1 : field.n;
    line->n -= end ? field.n + 1 : field.n;
    return field;
}

static bool number(struct str s, int64_t max, int64_t *ret)
{
    bool minus = s.n && s.p[0] == '-';
    int64_t v = 0;

    if (s.n == (minus ? 1u : 0u))
        return false;
    for (size_t i = minus; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, s.p[i] - '0', &v))
            return false;
    *ret = minus ? -v : v;
    return v <= max;
}

/* Version and count. An empty file is what Kafka makes before it has anything to say. */
static err_t head_read(struct str *text, int64_t *ret_count, struct why *reterr)
{
    struct str line = { "", 0 };

    *ret_count = 0;
    if (!text->n)
        return ERR_OK;
    if (!line_next(text, &line) || !str_is(line, "0"))
        return why(reterr, ERR_CORRUPT, "line 1 is \"%.*s\": the version must be 0", STR_ARG(line));
    line = str_make("", 0);
    /* A line is at least 4 bytes ("0 0\n"): what claims more lines than fit is wrong. */
    if (!line_next(text, &line) || !number(line, INT32_MAX, ret_count) || *ret_count < 0 ||
        (size_t)*ret_count > text->n / 3)
        return why(reterr, ERR_CORRUPT, "line 2 is \"%.*s\": it must be the number of entries below it",
                   STR_ARG(line));
    return ERR_OK;
}

static err_t no_more(struct str text, int64_t count, struct why *reterr)
{
    struct str line;

    if (line_next(&text, &line))
        return why(reterr, ERR_CORRUPT, "line %lld is \"%.*s\": line 2 says there are %lld entries",
                   (long long)count + 3, STR_ARG(line), (long long)count);
    return ERR_OK;
}

static bool offset_line(struct str line, struct str *topic, int64_t *partition, int64_t *offset)
{
    *topic = field_next(&line);
    return topic->n && number(field_next(&line), INT32_MAX, partition) && *partition >= 0 &&
           number(line, INT64_MAX, offset);
}

err_t offset_checkpoint_parse(struct str text, offset_entry_fn each, void *arg, struct why *reterr)
{
    int64_t count, partition, offset;
    struct str line, topic;
    err_t e;

    e = head_read(&text, &count, reterr);
    if (e)
        return e;
    for (int64_t i = 0; i < count; i++) {
        line = str_make("", 0);
        if (!line_next(&text, &line) || !offset_line(line, &topic, &partition, &offset))
            return why(reterr, ERR_CORRUPT,
                       "line %lld is \"%.*s\": it must be topic, partition and offset, one space between",
                       (long long)i + 3, STR_ARG(line));
        each(arg, topic, (int32_t)partition, offset);
    }
    return no_more(text, count, reterr);
}

void offset_checkpoint_put(struct buf *lines, struct str topic, int32_t partition, int64_t offset)
{
    buf_printf(lines, "%.*s %d %lld\n", STR_ARG(topic), partition, (long long)offset);
}

void checkpoint_head(struct buf *out, int64_t count)
{
    buf_printf(out, "0\n%lld\n", (long long)count);
}

static bool epoch_line(struct str line, const struct epoch_entry *before, struct epoch_entry *ret)
{
    int64_t epoch, start;

    if (!number(field_next(&line), INT32_MAX, &epoch) || !number(line, INT64_MAX, &start))
        return false;
    *ret = (struct epoch_entry){ (int32_t)epoch, start };
    return epoch >= 0 && start >= 0 && (!before || (before->epoch < epoch && before->start < start));
}

err_t epoch_checkpoint_parse(struct str text, struct epoch_entry **ret, uint32_t *ret_n, struct why *reterr)
{
    struct epoch_entry *entries;
    struct str line;
    int64_t count;
    err_t e;

    e = head_read(&text, &count, reterr);
    if (e)
        return e;
    entries = mem_zero(((size_t)count + 1) * sizeof(*entries));
    for (int64_t i = 0; i < count && !e; i++) {
        line = str_make("", 0);
        if (!line_next(&text, &line) || !epoch_line(line, i ? &entries[i - 1] : NULL, &entries[i]))
            e = why(reterr, ERR_CORRUPT,
                    "line %lld is \"%.*s\": it must be epoch and start offset, both above the line before",
                    (long long)i + 3, STR_ARG(line));
    }
    if (!e)
        e = no_more(text, count, reterr);
    if (e) {
        mem_free(entries);
        return e;
    }
    *ret = entries;
    *ret_n = (uint32_t)count;
    return ERR_OK;
}

void epoch_checkpoint_print(const struct epoch_entry *entries, uint32_t n, struct buf *out)
{
    checkpoint_head(out, n);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(out, "%d %lld\n", entries[i].epoch, (long long)entries[i].start);
}

err_t partition_metadata_parse(struct str text, struct uuid *ret, struct why *reterr)
{
    static const char key[] = "topic_id: ";
    struct str line = { "", 0 };

    if (!line_next(&text, &line) || !str_is(line, "version: 0"))
        return why(reterr, ERR_CORRUPT, "line 1 is \"%.*s\": it must be \"version: 0\"", STR_ARG(line));
    line = str_make("", 0);
    if (!line_next(&text, &line) || line.n <= strlen(key) || memcmp(line.p, key, strlen(key)) != 0 ||
        !uuid_parse(str_make(line.p + strlen(key), line.n - strlen(key)), ret))
        return why(reterr, ERR_CORRUPT, "line 2 is \"%.*s\": it must be \"topic_id: \" and 22 characters",
                   STR_ARG(line));
    return ERR_OK;
}

void partition_metadata_print(const struct uuid *topic_id, struct buf *out)
{
    buf_printf(out, "version: 0\ntopic_id: %s", uuid_print(topic_id).text);
}

err_t checkpoint_replace_soft(struct fs *fs, const char *path, struct slice content)
{
    OWNED_MEM char *tmp = mem_printf("%s.tmp", path);
    err_t e, close_error;
    int fd = -1;

    e = fs_open(fs, tmp, O_WRONLY | O_CREAT | O_TRUNC, 0644, &fd);
    if (e)
        return e;
    e = fs_pwrite(fs, fd, content.p, content.n, 0);
    close_error = fs_close(fs, fd);
    if (!e)
        e = close_error;
    if (!e)
        e = fs_rename(fs, tmp, path);
    if (e) /* a full disk gets its room back */
        (void)fs_unlink(fs, tmp);
    return e;
}
