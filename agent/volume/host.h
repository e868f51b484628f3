/* host - what volumes ask of the machine beyond files: commands, loop devices, mounts, XFS. A
 * table, so that tests have a machine of their own that fails the n-th call (block_test.c).
 *
 * Every function blocks for as long as the kernel or the command takes, HOST_COMMAND_MS at most for
 * a command. A failure says what was asked and what the machine answered. */
#ifndef KLAMM_AGENT_VOLUME_HOST_H
#define KLAMM_AGENT_VOLUME_HOST_H

#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

enum { HOST_COMMAND_MS = 60000, HOST_OUTPUT_MAX = 1 << 20, HOST_DEVICE_MAX = 256 };

struct host_device {
    char path[HOST_DEVICE_MAX];
    uint64_t number; /* st_rdev; st_dev of what is mounted from it */
    int64_t bytes;
};

struct host;

struct host_ops {
    /* `argv[0]` is looked for in $PATH, /usr/sbin and /sbin; up to NULL. `ret`: what it printed,
     * appended. ERR_NOT_FOUND: no such program; ERR_IO: it failed, with its last line; ERR_TIMEOUT.
     */
    err_t (*run)(struct host *h, const char *const *argv, struct buf *ret, struct why *reterr);
    /* The loop device that `file` is attached to; ERR_NOT_FOUND: none. */
    err_t (*loop_find)(struct host *h, const char *file, struct host_device *ret,
                       struct why *reterr);
    /* Attaches it to a free one that detaches itself when nobody holds it: not the caller, by
     * `ret_fd` (his to close), nor a mount. So an agent that dies before the mount leaves no device
     * behind. */
    err_t (*loop_attach)(struct host *h, const char *file, int *ret_fd, struct why *reterr);
    /* The device takes the size that its file has now. */
    err_t (*loop_refresh)(struct host *h, const char *device, struct why *reterr);
    /* One that is detached already is fine. */
    err_t (*loop_detach)(struct host *h, const char *device, struct why *reterr);
    /* A block device by its path; ERR_NOT_FOUND. */
    err_t (*device)(struct host *h, const char *path, struct host_device *ret, struct why *reterr);
    /* Number of the device that is mounted at `dir`; 0: it is no mount point. */
    err_t (*mounted)(struct host *h, const char *dir, uint64_t *ret_number, struct why *reterr);
    /* XFS; `options` may be NULL. */
    err_t (*mount)(struct host *h, const char *device, const char *dir, const char *options,
                   struct why *reterr);
    err_t (*unmount)(struct host *h, const char *dir, struct why *reterr);
    /* Of the XFS mounted at `dir`: its size, and a larger one, online. */
    err_t (*xfs_bytes)(struct host *h, const char *dir, int64_t *ret, struct why *reterr);
    err_t (*xfs_grow)(struct host *h, const char *dir, int64_t bytes, struct why *reterr);
};

struct host {
    const struct host_ops *ops;
};

/* The real one; process-wide. */
struct host *host_linux(void);

#endif
