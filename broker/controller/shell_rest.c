/* What a full disk leads to: the controller rests until the volume has room, and begins again from
 * the disk, as a process does that ended and is started once more. What its core believed and
 * could not write was never said. A leader's connections break, so that the others elect at once.
 * Every other failure of the disk ends the process (controller_failure). */
#include "broker/controller/shell_internal.h"

#include "common/log.h"

enum { ROOM_LOOK_MS = 500, ROOM_BYTES = 64 * 1024 };

void controller_give_up(struct controller *c, err_t e, const char *what)
{
    int none = ERR_OK;

    if (!atomic_compare_exchange_strong(&c->failed, &none, (int)e))
        return;
    if (e == ERR_NO_SPACE)
        log_event(LOG_WARN, "controller_rests", "dir=%s what=\"%s\" error=%s", c->dir, what,
                  err_name(e));
    else
        log_event(LOG_ERROR, "controller_failed", "what=\"%s\" error=%s", what, err_name(e));
}

/* Quotas, too: only a file that is there tells. With less the next rest would be near. */
static bool has_room(struct controller *c)
{
    OWNED_MEM char *path = mem_printf("%s/.room", c->dir);
    OWNED_BUF zeros = { 0 };
    err_t e;

    buf_put_zero(&zeros, ROOM_BYTES);
    e = fs_replace(c->o.fs, path, buf_slice(&zeros), 0644);
    (void)fs_unlink(c->o.fs, path);
    return e != ERR_NO_SPACE;
}

static void look(struct loop_timer *t)
{
    struct controller *c = container_of(t, struct controller, room);

    if (has_room(c))
        atomic_store(&c->failed, ERR_OK);
    else
        loop_timer_in(c->loop, t, ROOM_LOOK_MS);
}

static void wait_for_room(struct controller *c)
{
    err_t e = ERR_OK;

    c->room.fire = look;
    loop_timer_in(c->loop, &c->room, ROOM_LOOK_MS);
    while (!e && !c->ended && atomic_load(&c->failed))
        e = loop_turn(c->loop, -1);
    loop_timer_clear(c->loop, &c->room);
    if (!e)
        return;
    atomic_store(&c->failed, ERR_OK);
    controller_give_up(c, e, "the event loop");
}

static void rest(struct controller *c)
{
    struct why why = { "" };
    err_t e;

    controller_close(c);
    c->ended |= c->leaves;
    wait_for_room(c);
    if (c->ended || atomic_load(&c->failed))
        return;
    e = controller_open(c, &why);
    if (e)
        controller_give_up(c, e, why.text);
    else
        log_event(LOG_INFO, "controller_resumes", "node=%d", c->o.node_id);
}

void *controller_run(void *arg)
{
    struct controller *c = arg;

    while (!c->ended) {
        err_t e = ERR_OK;

        while (!e && !c->ended && !atomic_load(&c->failed))
            e = loop_turn(c->loop, -1);
        if (e)
            controller_give_up(c, e, "the event loop");
        if (atomic_load(&c->failed) == ERR_NO_SPACE)
            rest(c);
        else if (atomic_load(&c->failed))
            break;
    }
    /* After a failed disk nothing more may be said: connections close instead. */
    if (atomic_load(&c->failed))
        c->listener = listener_free(c->listener);
    return NULL;
}
