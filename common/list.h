/* list - intrusive doubly linked ring; the head is a node of its own.
 *
 * A node that is on no list points at itself (list_init), so list_remove may be
 * called on it. */
#ifndef KLAMM_COMMON_LIST_H
#define KLAMM_COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

/* Last in the ring of `head`. */
static inline void list_push(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#define list_item(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))
/* The body may remove `node`. */
#define list_each(node, head)                                                          \
    for (struct list *node = (head)->next, *node##_next = node->next; node != (head); \
         node = node##_next, node##_next = node->next)

#endif
