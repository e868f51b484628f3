#include "broker/server/fetcher.h"

#include "broker/server/broker.h"
#include "common/log.h"

void fetcher_follow(struct broker *b, struct partition *p)
{
    (void)b;
    log_event(LOG_ERROR, "partition_not_followed", "topic=%s partition=%d leader=%d", p->topic->name,
              p->index, p->leader_id);
}

void fetcher_stop(struct broker *b, struct partition *p)
{
    (void)b;
    (void)p;
}

void fetcher_brokers_changed(struct broker *b)
{
    (void)b;
}
