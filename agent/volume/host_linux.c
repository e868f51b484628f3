#include "agent/volume/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "agent/volume/command.h"
#include "common/fs.h"
#include "common/mem.h"

enum { ATTACH_TRIES = 20, DETACH_TRIES = 50, DETACH_LOOK_MS = 10, BACKING_MAX = 8192 };
#define XFS_MAGIC 0x58465342

/* Of the kernel's XFS, which ships no header of its own for these. */
struct xfs_geometry {
    uint32_t block_bytes, rt_extent, ag_blocks, ag_count, log_blocks, sector, inode, inode_percent;
    uint64_t data_blocks, rt_blocks, rt_extents, log_start;
    uint8_t uuid[16];
    uint32_t stripe_unit, stripe_width;
    int32_t version;
    uint32_t flags, log_sector, rt_sector, directory_block;
};
struct xfs_grow_data {
    uint64_t new_blocks;
    uint32_t inode_percent;
};
#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)
#define XFS_GROW _IOW('X', 110, struct xfs_grow_data)
_Static_assert(sizeof(struct xfs_geometry) == 112, "the kernel's xfs_fsop_geom_v1");
_Static_assert(sizeof(struct xfs_grow_data) == 16, "the kernel's xfs_growfs_data");

static err_t failed(struct why *reterr, const char *what, const char *path)
{
    int error = errno;

    return why(reterr, error == EBUSY ? ERR_BUSY : err_from_errno(error), "%s: %s: %s", path, what,
               strerror(error));
}

/* ERR_NOT_FOUND: a loop device that is detaching itself in this moment, which is not to be opened. */
static err_t open_device(const char *path, int flags, int *ret_fd, struct why *reterr)
{
    *ret_fd = open(path, flags | O_CLOEXEC);
    if (*ret_fd >= 0)
        return ERR_OK;
    return errno == ENXIO ? why(reterr, ERR_NOT_FOUND, "%s: it is being detached", path)
                          : failed(reterr, "open", path);
}

static err_t linux_run(struct host *h, const char *const *argv, struct buf *ret, struct why *reterr)
{
    (void)h;
    return command_run(argv, HOST_COMMAND_MS, HOST_OUTPUT_MAX, ret, reterr);
}

static err_t linux_device(struct host *h, const char *path, struct host_device *ret,
                          struct why *reterr)
{
    uint64_t bytes = 0;
    struct stat s;
    int fd;
    err_t e = open_device(path, O_RDONLY, &fd, reterr);

    (void)h;
    if (e)
        return e;
    if (fstat(fd, &s) < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0)
        e = failed(reterr, "not a block device", path);
    close(fd);
    (void)snprintf(ret->path, sizeof(ret->path), "%s", path);
    ret->number = e ? 0 : s.st_rdev;
    ret->bytes = (int64_t)bytes;
    return e;
}

static bool is_attached(const char *device, const struct stat *file)
{
    int fd = open(device, O_RDONLY | O_CLOEXEC);
    struct loop_info64 info;
    bool is = fd >= 0 && ioctl(fd, LOOP_GET_STATUS64, &info) == 0 &&
              info.lo_device == file->st_dev && info.lo_inode == file->st_ino;

    if (fd >= 0)
        close(fd);
    return is;
}

/* What its name says: a device that is opened for a look cannot detach itself meanwhile, and other
 * agents look as well. A name that says nothing here (of another mount namespace) may be of any
 * file. */
static bool may_be_attached(const char *name, const struct stat *file)
{
    OWNED_MEM char *path = mem_printf("/sys/block/%s/loop/backing_file", name);
    OWNED_BUF text = { 0 };
    struct stat s;
    const char *end;

    if (fs_read_proc(path, BACKING_MAX, &text))
        return false;
    end = strchr(buf_text(&text), '\n');
    if (end)
        text.p[end - (char *)text.p] = '\0';
    return stat((char *)text.p, &s) < 0 || (s.st_dev == file->st_dev && s.st_ino == file->st_ino);
}

static err_t linux_loop_find(struct host *h, const char *file, struct host_device *ret,
                             struct why *reterr)
{
    char device[HOST_DEVICE_MAX] = "";
    struct dirent *entry;
    struct stat s;
    DIR *d;

    if (stat(file, &s) < 0)
        return failed(reterr, "stat", file);
    d = opendir("/sys/block");
    if (!d)
        return why(reterr, ERR_IO, "/sys/block: %s", strerror(errno));
    while (!device[0] && (entry = readdir(d))) {
        char path[HOST_DEVICE_MAX];

        (void)snprintf(path, sizeof(path), "/dev/%.200s", entry->d_name);
        if (strncmp(entry->d_name, "loop", 4) == 0 && may_be_attached(entry->d_name, &s) &&
            is_attached(path, &s))
            memcpy(device, path, sizeof(device));
    }
    closedir(d);
    return device[0] ? linux_device(h, device, ret, reterr)
                     : why(reterr, ERR_NOT_FOUND, "%s: attached to no loop device", file);
}

/* ERR_BUSY: somebody else took the free one. */
static err_t attach_one(int control, int file, int *ret_fd, const char *path, struct why *reterr)
{
    struct loop_config config = { .fd = (uint32_t)file };
    char device[32];
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    err_t e = ERR_OK;

    if (number < 0)
        return failed(reterr, "no free loop device", path);
    (void)snprintf(device, sizeof(device), "/dev/loop%d", number);
    *ret_fd = open(device, O_RDWR | O_CLOEXEC);
    if (*ret_fd < 0)
        return failed(reterr, "open", device);
    /* Not twice in the page cache; a file that cannot do it is read and written through it. */
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
    (void)snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", path);
    if (ioctl(*ret_fd, LOOP_CONFIGURE, &config) < 0) {
        e = failed(reterr, "LOOP_CONFIGURE", device);
        close(*ret_fd);
        *ret_fd = -1;
    }
    return e;
}

static err_t linux_loop_attach(struct host *h, const char *path, int *ret_fd, struct why *reterr)
{
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int file = open(path, O_RDWR | O_CLOEXEC);
    err_t e = ERR_BUSY;

    (void)h;
    *ret_fd = -1;
    if (control < 0 || file < 0)
        e = control < 0 ? failed(reterr, "open", "/dev/loop-control")
                        : failed(reterr, "open", path);
    for (int i = 0; i < ATTACH_TRIES && e == ERR_BUSY && control >= 0 && file >= 0; i++)
        e = attach_one(control, file, ret_fd, path, reterr);
    if (file >= 0)
        close(file);
    if (control >= 0)
        close(control);
    return e;
}

static err_t device_call(const char *device, unsigned long request, const char *name,
                         struct why *reterr)
{
    int fd;
    err_t e = open_device(device, O_RDWR, &fd, reterr);

    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (ioctl(fd, request, 0) < 0 && errno != ENXIO) /* it has detached itself meanwhile */
        e = failed(reterr, name, device);
    close(fd);
    return e;
}

static err_t linux_loop_refresh(struct host *h, const char *device, struct why *reterr)
{
    (void)h;
    return device_call(device, LOOP_SET_CAPACITY, "LOOP_SET_CAPACITY", reterr);
}

/* Whoever has it open for a look, an agent or udev, holds it for a moment. */
static err_t linux_loop_detach(struct host *h, const char *device, struct why *reterr)
{
    OWNED_MEM char *attached = mem_printf("/sys/block/%s/loop", strrchr(device, '/') + 1);
    err_t e = device_call(device, LOOP_CLR_FD, "LOOP_CLR_FD", reterr);

    (void)h;
    for (int i = 0; !e && i < DETACH_TRIES && access(attached, F_OK) == 0; i++)
        poll(NULL, 0, DETACH_LOOK_MS);
    return e; /* what still holds it is seen by the next look */
}

static err_t linux_mounted(struct host *h, const char *dir, uint64_t *ret_number,
                           struct why *reterr)
{
    OWNED_MEM char *parent = mem_printf("%s/..", dir);
    struct stat s, above;

    (void)h;
    *ret_number = 0;
    if (stat(dir, &s) < 0)
        return errno == ENOENT ? ERR_OK : failed(reterr, "stat", dir);
    if (stat(parent, &above) < 0)
        return failed(reterr, "stat", parent);
    if (s.st_dev != above.st_dev)
        *ret_number = s.st_dev;
    return ERR_OK;
}

static err_t linux_mount(struct host *h, const char *device, const char *dir, const char *options,
                         struct why *reterr)
{
    (void)h;
    if (mount(device, dir, "xfs", MS_NOATIME | MS_NODEV | MS_NOSUID | MS_NOEXEC, options) < 0)
        return failed(reterr, "mount as xfs", dir);
    return ERR_OK;
}

static err_t linux_unmount(struct host *h, const char *dir, struct why *reterr)
{
    (void)h;
    return umount2(dir, UMOUNT_NOFOLLOW) < 0 ? failed(reterr, "unmount", dir) : ERR_OK;
}

/* An open directory of an XFS. */
static err_t open_xfs(const char *dir, int *ret_fd, struct xfs_geometry *ret, struct why *reterr)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statfs s;
    err_t e = ERR_OK;

    if (fd < 0)
        return failed(reterr, "open", dir);
    if (fstatfs(fd, &s) < 0 || s.f_type != XFS_MAGIC)
        e = why(reterr, ERR_INVALID, "%s: not on XFS", dir);
    else if (ioctl(fd, XFS_GEOMETRY, ret) < 0)
        e = failed(reterr, "XFS_IOC_FSGEOMETRY", dir);
    if (e)
        close(fd);
    else
        *ret_fd = fd;
    return e;
}

static err_t linux_xfs_bytes(struct host *h, const char *dir, int64_t *ret, struct why *reterr)
{
    struct xfs_geometry g;
    int fd;
    err_t e = open_xfs(dir, &fd, &g, reterr);

    (void)h;
    if (e)
        return e;
    close(fd);
    *ret = (int64_t)(g.data_blocks * g.block_bytes);
    return ERR_OK;
}

static err_t linux_xfs_grow(struct host *h, const char *dir, int64_t bytes, struct why *reterr)
{
    struct xfs_grow_data grow;
    struct xfs_geometry g;
    int fd;
    err_t e = open_xfs(dir, &fd, &g, reterr);

    (void)h;
    if (e)
        return e;
    grow = (struct xfs_grow_data){ (uint64_t)bytes / g.block_bytes, g.inode_percent };
    if (ioctl(fd, XFS_GROW, &grow) < 0)
        e = failed(reterr, "XFS_IOC_FSGROWFSDATA", dir);
    close(fd);
    return e;
}

struct host *host_linux(void)
{
    static const struct host_ops ops = {
        linux_run,         linux_loop_find, linux_loop_attach, linux_loop_refresh,
        linux_loop_detach, linux_device,    linux_mounted,     linux_mount,
        linux_unmount,     linux_xfs_bytes, linux_xfs_grow,
    };
    static struct host host = { &ops };

    return &host;
}
