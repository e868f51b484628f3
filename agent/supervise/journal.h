/* journal - <dir>/log.txt: what a process prints, bounded.
 *
 * The process appends to log.txt itself, so that it writes on while no agent lives. Rotation copies the
 * file to log.1.txt (the older ones move to log.2.txt ..) and cuts it to nothing; lines written in the
 * instant between the copy's last look and the cut are lost, and no others. */
#ifndef KLAMM_AGENT_SUPERVISE_JOURNAL_H
#define KLAMM_AGENT_SUPERVISE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOURNAL_BYTES_MAX = 8 << 20, JOURNAL_KEPT = 3, JOURNAL_TAIL = 4096 };

/* Does nothing below `bytes_max`. A copy that fails leaves log.txt as it is. True: it was rotated. */
bool journal_rotate(const char *dir, int64_t bytes_max);

/* The last line that is not empty, cut to fit; control characters become spaces, quotes apostrophes
 * (it goes into log events). False: there is none. */
bool journal_last_line(const char *dir, char *ret, size_t size);

#endif
