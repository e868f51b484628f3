/* yaml - a YAML file as JSON values, for configuration files (libyaml does the parsing).
 *
 * Mappings become objects, sequences arrays, every scalar a string: what a value must be is
 * the business of whoever reads it. Anchors, tags and several documents are refused; so are
 * doubled keys. */
#ifndef KLAMM_COMMON_YAML_H
#define KLAMM_COMMON_YAML_H

#include <jansson.h>

#include "common/err.h"
#include "common/slice.h"

enum { YAML_BYTES_MAX = 1 << 20, YAML_DEPTH_MAX = 16 };

/* The caller owns `*ret` (json_decref). ERR_INVALID names line and column. An empty file is an
 * empty object. */
err_t yaml_parse(struct slice text, json_t **ret, struct why *reterr);
/* As above from a file; ERR_NOT_FOUND, ERR_IO, ERR_TOO_LARGE. */
err_t yaml_load(const char *path, json_t **ret, struct why *reterr);

#endif
