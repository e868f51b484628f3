/* engine - how a wanted process becomes files and command lines of klamm-broker. */
#ifndef KLAMM_AGENT_SUPERVISE_ENGINE_H
#define KLAMM_AGENT_SUPERVISE_ENGINE_H

#include "api/agent/messages.h"
#include "common/buf.h"

/* server.properties for `w` with its data below `dir`, appended. */
void engine_properties(const struct wanted_process *w, const char *dir, struct buf *ret);

enum { ENGINE_ARGS_MAX = 10 };
/* argv of formatting and of running; the texts are new, the caller frees each (engine_args_done). */
void engine_format_args(const char *program, const struct wanted_process *w, const char *dir,
                        char *ret[ENGINE_ARGS_MAX]);
void engine_run_args(const char *program, const char *dir, char *ret[ENGINE_ARGS_MAX]);
void engine_args_done(char *args[ENGINE_ARGS_MAX]);

#endif
