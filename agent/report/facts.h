/* facts - what this node has for processes. */
#ifndef KLAMM_AGENT_REPORT_FACTS_H
#define KLAMM_AGENT_REPORT_FACTS_H

#include "api/agent/messages.h"

/* Measures what `declared` leaves at 0: processors that are online, memory in whole GiB, rounded up (the
 * kernel keeps a part of it for itself), and the size of the file system that `data_dir` lies on. */
struct node_facts facts_of_node(const char *data_dir, const struct node_facts *declared);

#endif
