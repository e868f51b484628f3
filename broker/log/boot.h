/* boot - whether the machine has been started anew since a directory was last recovered.
 *
 *   DIR/.boot_id     the kernel's boot id (a uuid, one line); klamm's own file, Apache Kafka passes over it
 *
 * What a dead process wrote is in the page cache as long as the machine goes on: damage found then is
 * damage. After a new start of the machine, pages that were never flushed may be missing in any
 * order, with good batches behind them: then they are cut, as after every power cut. */
#ifndef KLAMM_BROKER_LOG_BOOT_H
#define KLAMM_BROKER_LOG_BOOT_H

#include "common/fs.h"

/* True when the machine was started since boot_note, and when that cannot be told. */
bool boot_changed(struct fs *fs, const char *dir);
/* All logs in `dir` are recovered. Durable; nothing is written when it says so already. */
err_t boot_note(struct fs *fs, const char *dir);

#endif
