#include "broker/log/trash.h"

#include <pthread.h>
#include <string.h>

#include "common/list.h"

struct item {
    struct list node;
    int64_t due_ms;
    char *path;
};

struct log_trash {
    struct fs *fs;
    pthread_mutex_t lock;
    struct list items;
    int n;
};

struct log_trash *log_trash_new(struct fs *fs)
{
    struct log_trash *t = mem_new(struct log_trash);

    t->fs = fs;
    pthread_mutex_init(&t->lock, NULL);
    list_init(&t->items);
    return t;
}

static void item_free(struct log_trash *t, struct item *i)
{
    list_remove(&i->node);
    mem_free(i->path);
    mem_free(i);
    t->n--;
}

struct log_trash *log_trash_free(struct log_trash *t)
{
    if (!t)
        return NULL;
    list_each(node, &t->items)
        item_free(t, list_item(node, struct item, node));
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
    return NULL;
}

void log_trash_put(struct log_trash *t, const char *path, int64_t due_ms)
{
    struct item *i = mem_new(struct item);

    i->path = mem_strdup(path);
    i->due_ms = due_ms;
    pthread_mutex_lock(&t->lock);
    list_push(&t->items, &i->node);
    t->n++;
    pthread_mutex_unlock(&t->lock);
}

void log_trash_renamed(struct log_trash *t, const char *from)
{
    size_t n = strlen(from);

    pthread_mutex_lock(&t->lock);
    list_each(node, &t->items) {
        struct item *i = list_item(node, struct item, node);

        /* They go with the directory, which is in the trash itself. */
        if (!strncmp(i->path, from, n) && i->path[n] == '/')
            item_free(t, i);
    }
    pthread_mutex_unlock(&t->lock);
}

/* Takes one due path out; NULL when there is none. */
static char *take_due(struct log_trash *t, int64_t now_ms, bool all)
{
    char *path = NULL;

    pthread_mutex_lock(&t->lock);
    list_each(node, &t->items) {
        struct item *i = list_item(node, struct item, node);

        if (!all && i->due_ms > now_ms)
            continue;
        path = i->path;
        i->path = NULL;
        item_free(t, i);
        break;
    }
    pthread_mutex_unlock(&t->lock);
    return path;
}

bool log_trash_sweep(struct log_trash *t, int64_t now_ms, int count, bool all)
{
    while (count--) {
        OWNED_MEM char *path = take_due(t, now_ms, all);

        if (!path)
            return false;
        (void)fs_remove_tree(t->fs, path);
    }
    return true;
}

int log_trash_count(struct log_trash *t)
{
    int n;

    pthread_mutex_lock(&t->lock);
    n = t->n;
    pthread_mutex_unlock(&t->lock);
    return n;
}
