/* fetcher - follows the leaders of the partitions that this broker does not lead. */
#ifndef KLAMM_BROKER_SERVER_FETCHER_H
#define KLAMM_BROKER_SERVER_FETCHER_H

struct broker;
struct partition;

/* p->leader_id and p->leader_epoch are set, its log is open; (re)starts. Leader -1: just stops. */
void fetcher_follow(struct broker *b, struct partition *p);
/* Idempotent; before a log is closed, deleted or led. */
void fetcher_stop(struct broker *b, struct partition *p);
/* Endpoints in the image may have moved. */
void fetcher_brokers_changed(struct broker *b);

#endif
