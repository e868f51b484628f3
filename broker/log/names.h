/* names - file and directory names of a log directory, printed and parsed.
 *
 *   file of a segment    %020lld.<ext>[.deleted|.cleaned|.swap]
 *   directory            <topic>-<partition>[.<32 hex>-delete|-stray|-future] */
#ifndef KLAMM_BROKER_LOG_NAMES_H
#define KLAMM_BROKER_LOG_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

enum file_kind { FILE_LOG, FILE_INDEX, FILE_TIMEINDEX, FILE_TXNINDEX, FILE_SNAPSHOT, FILE_KINDS };
enum file_state { FILE_LIVE, FILE_DELETED, FILE_CLEANED, FILE_SWAP, FILE_STATES };

/* dir/%020lld.ext[.state] */
enum { PATH_BYTES = 1280, DIR_PATH_MAX = 1000 }; /* who opens a directory checks its path */
struct path {
    char text[PATH_BYTES];
};
struct path path_of(const char *dir, int64_t base, enum file_kind kind, enum file_state state);
struct path path_in(const char *dir, const char *name);

/* False for a name that is no segment's file. */
bool file_name_parse(const char *name, int64_t *ret_base, enum file_kind *ret_kind,
                     enum file_state *ret_state);

enum dir_kind { DIR_PARTITION, DIR_DELETE, DIR_STRAY, DIR_FUTURE };

struct dir_name {
    struct str topic; /* points into the parsed name */
    int32_t partition;
    enum dir_kind kind;
};

/* False for a name that no partition's directory can have. */
bool dir_name_parse(struct str name, struct dir_name *ret);

enum { DIR_NAME_MAX = 255 };
struct dir_name_text {
    char text[DIR_NAME_MAX + 1];
};
/* The topic is cut so that the whole is at most 255 bytes; `kind` other than
 * DIR_PARTITION draws a fresh unique id. */
struct dir_name_text dir_name_print(struct str topic, int32_t partition, enum dir_kind kind);

#endif
