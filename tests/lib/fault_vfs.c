#include "tests/lib/fault_vfs.h"

#include <sqlite3.h>
#include <string.h>

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static struct fault_vfs state;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int fault(void)
{
    state.calls++;
    return state.fail_at && state.calls >= state.fail_at ? state.code : SQLITE_OK;
}

static int io_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int io_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int io_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int code = fault();

    /* A failing disk may have written a part. */
    if (code)
        (void)real_of(f)->pMethods->xWrite(real_of(f), p, n / 2, at);
    return code ? code : real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

static int io_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int code = fault();

    return code ? code : real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int io_sync(sqlite3_file *f, int flags)
{
    int code = fault();

    return code ? code : real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int io_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), ret);
}

static int io_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int io_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int io_reserved(sqlite3_file *f, int *ret)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int io_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int io_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int io_characteristics(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int io_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret);
}

static int io_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void io_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int io_shm_unmap(sqlite3_file *f, int drop)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), drop);
}

/* Version 2: without memory maps, so that every write is seen here. */
static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = io_close, .xRead = io_read, .xWrite = io_write, .xTruncate = io_truncate,
    .xSync = io_sync, .xFileSize = io_size, .xLock = io_lock, .xUnlock = io_unlock,
    .xCheckReservedLock = io_reserved, .xFileControl = io_control, .xSectorSize = io_sector,
    .xDeviceCharacteristics = io_characteristics, .xShmMap = io_shm_map, .xShmLock = io_shm_lock,
    .xShmBarrier = io_shm_barrier, .xShmUnmap = io_shm_unmap,
};

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct file *file = (struct file *)f;
    int code;

    (void)v;
    file->real = (sqlite3_file *)(file + 1);
    memset(file->real, 0, (size_t)real_vfs->szOsFile);
    code = real_vfs->xOpen(real_vfs, name, file->real, flags, ret_flags);
    file->base.pMethods = file->real->pMethods ? &methods : NULL;
    return code;
}

struct fault_vfs *fault_vfs_install(void)
{
    if (real_vfs)
        return &state;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    (void)sqlite3_vfs_register(&vfs, 1);
    return &state;
}
