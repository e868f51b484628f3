/* machine - a machine for volumes (agent/volume/host.h): loop devices, logical volumes, mounts and
 * XFS as far as volumes know them, in memory, with the calls counted and one of them failing.
 *
 * A device's content is one line, "XFS <bytes> <data>": of a file in the file itself, of a logical
 * volume here. So what is formatted anew has lost its data, and a test sees it. */
#ifndef KLAMM_TESTS_LIB_MACHINE_H
#define KLAMM_TESTS_LIB_MACHINE_H

#include <stdbool.h>

#include "agent/volume/host.h"

enum { MACHINE_MAX = 8, MACHINE_TEXT = 400 };

struct machine_volume { /* logical; name "": a free place */
    char name[MACHINE_TEXT], tags[MACHINE_TEXT], content[64];
    int64_t bytes;
    bool active;
};

struct machine_loop { /* file "": free */
    char file[MACHINE_TEXT];
    int64_t bytes;
};

struct machine_mount { /* dir "": free */
    char dir[MACHINE_TEXT];
    uint64_t
        number; /* 100 + n: loop device n; 200 + n: logical volume n; anything else: a stranger's */
};

struct machine {
    struct host host;
    struct machine_volume volumes[MACHINE_MAX];
    struct machine_loop loops[MACHINE_MAX];
    struct machine_mount mounts[MACHINE_MAX];
    int calls, fail_at; /* the fail_at-th call that changes something fails; 0: none */
    bool late;          /* it fails after its effect */
    bool failed;
    bool grows_not; /* xfs_grow does nothing */
    int formats;
};

void machine_init(struct machine *m);
/* The agent's descriptors are closed: a loop device that nothing is mounted from detaches itself.
 */
void machine_agent_ends(struct machine *m);
/* Mounts and devices are gone, what is on disk stays. */
void machine_restarts(struct machine *m);

/* Attached loop devices, mounts, logical volumes. */
int machine_loops(const struct machine *m);
int machine_mounts(const struct machine *m);
int machine_volumes(const struct machine *m);
/* What the file system mounted at `dir` holds, and that it holds `data` from now on; -1: none is
 * mounted. */
int machine_data(struct machine *m, const char *dir);
void machine_put(struct machine *m, const char *dir, int data);

#endif
