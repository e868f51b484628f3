/* The driver lvm: a logical volume of the agent's volume group, named after the process and tagged
 * with its owner, so that another's volume is never touched. */
#include <stdlib.h>
#include <string.h>

#include "agent/volume/block.h"
#include "common/mem.h"

static char *name_of(const struct block *b)
{
    return volume_name(b->owner->id);
}

static char *draft_name_of(const struct block *b)
{
    OWNED_MEM char *name = name_of(b);

    return mem_printf("%s.draft", name);
}

static char *tag_of(const struct block *b)
{
    return mem_printf("klamm/%s/%s/%d", b->owner->id, b->owner->cluster_id, b->owner->node_id);
}

static char *draft_path(const struct block *b)
{
    OWNED_MEM char *name = draft_name_of(b);

    return mem_printf("/dev/%s/%s", b->group, name);
}

static err_t run(struct block *b, const char *const *argv, struct why *reterr)
{
    OWNED_BUF out = { 0 };

    return b->host->ops->run(b->host, argv, &out, reterr);
}

static err_t check_tag(const struct block *b, const char *name, const char *tags,
                       struct why *reterr)
{
    OWNED_MEM char *tag = tag_of(b);

    for (const char *p = tags; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
        if (strcspn(p, ",") == strlen(tag) && strncmp(p, tag, strlen(tag)) == 0)
            return ERR_OK;
    return why(reterr, ERR_INVALID,
               "%s/%s: this logical volume is another's: it has not the tag %s", b->group, name,
               tag);
}

/* A line of lvs: NAME|BYTES|TAGS. Others than this volume's and its draft's are nothing to us. */
static err_t read_line(struct block *b, char *line, struct block_seen *ret, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);
    OWNED_MEM char *draft = draft_name_of(b);
    char *bytes = strchr(line, '|'), *tags = bytes ? strchr(bytes + 1, '|') : NULL;
    bool is_draft;
    err_t e;

    if (!tags)
        return ERR_OK; /* a warning */
    *bytes++ = *tags++ = '\0';
    line += strspn(line, " ");
    is_draft = strcmp(line, draft) == 0;
    if (!is_draft && strcmp(line, name) != 0)
        return ERR_OK;
    e = check_tag(b, line, tags, reterr);
    if (e)
        return e;
    ret->draft |= is_draft;
    ret->whole |= !is_draft;
    if (!is_draft)
        ret->bytes = strtoll(bytes, NULL, 10);
    return ERR_OK;
}

static err_t find_device(struct block *b, struct block_seen *ret, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);
    OWNED_MEM char *path = mem_printf("/dev/%s/%s", b->group, name);
    err_t e = b->host->ops->device(b->host, path, &b->device, reterr);

    ret->attached = !e;
    ret->device_bytes = e ? 0 : b->device.bytes;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static err_t look(struct block *b, struct block_seen *ret, struct why *reterr)
{
    const char *const argv[] = { "lvs",
                                 "--noheadings",
                                 "--nosuffix",
                                 "--units",
                                 "b",
                                 "--separator",
                                 "|",
                                 "-o",
                                 "lv_name,lv_size,lv_tags",
                                 b->group,
                                 NULL };
    OWNED_BUF out = { 0 };
    OWNED_MEM char *text = NULL;
    char *rest;
    err_t e = b->host->ops->run(b->host, argv, &out, reterr);

    if (e)
        return e;
    text = mem_strdup(buf_text(&out));
    for (char *line = strtok_r(text, "\n", &rest); line && !e; line = strtok_r(NULL, "\n", &rest))
        e = read_line(b, line, ret, reterr);
    if (!e && ret->whole)
        e = find_device(b, ret, reterr);
    return e;
}

static err_t drop(struct block *b, const char *name, struct why *reterr)
{
    OWNED_MEM char *path = mem_printf("%s/%s", b->group, name);
    const char *const argv[] = { "lvremove", "--yes", path, NULL };

    return run(b, argv, reterr);
}

static err_t drop_draft(struct block *b, struct why *reterr)
{
    OWNED_MEM char *name = draft_name_of(b);

    return drop(b, name, reterr);
}

static err_t draft(struct block *b, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *name = draft_name_of(b);
    OWNED_MEM char *tag = tag_of(b);
    OWNED_MEM char *size = mem_printf("%lldb", (long long)bytes);
    const char *const argv[] = { "lvcreate", "--yes", "--wipesignatures", "y",  "--addtag", tag,
                                 "--name",   name,    "--size",           size, b->group,   NULL };

    return run(b, argv, reterr);
}

static err_t publish(struct block *b, struct why *reterr)
{
    OWNED_MEM char *from = draft_name_of(b);
    OWNED_MEM char *to = name_of(b);
    const char *const argv[] = { "lvrename", b->group, from, to, NULL };

    return run(b, argv, reterr);
}

static err_t extend(struct block *b, int64_t bytes, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);
    OWNED_MEM char *path = mem_printf("%s/%s", b->group, name);
    OWNED_MEM char *size = mem_printf("%lldb", (long long)bytes);
    const char *const argv[] = { "lvextend", "--size", size, path, NULL };

    return run(b, argv, reterr);
}

static err_t activate(struct block *b, const char *how, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);
    OWNED_MEM char *path = mem_printf("%s/%s", b->group, name);
    const char *const argv[] = { "lvchange", "--activate", how, path, NULL };

    return run(b, argv, reterr);
}

static err_t attach(struct block *b, struct why *reterr)
{
    return activate(b, "y", reterr);
}

static err_t detach(struct block *b, struct why *reterr)
{
    return activate(b, "n", reterr);
}

static err_t erase(struct block *b, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);

    return drop(b, name, reterr);
}

/* What an agent is to be told of a device that is smaller than its volume: a refresh maps it anew.
 */
static err_t refresh(struct block *b, struct why *reterr)
{
    OWNED_MEM char *name = name_of(b);
    OWNED_MEM char *path = mem_printf("%s/%s", b->group, name);
    const char *const argv[] = { "lvchange", "--refresh", path, NULL };

    return run(b, argv, reterr);
}

const struct block_driver block_lvm = {
    .id = VOLUME_LVM,
    .look = look,
    .drop_draft = drop_draft,
    .draft = draft,
    .publish = publish,
    .extend = extend,
    .attach = attach,
    .refresh = refresh,
    .detach = detach,
    .erase = erase,
    .draft_path = draft_path,
};
