/* deletion - DeleteRecords that wait until every live replica has let go of the records. */
#ifndef KLAMM_BROKER_SERVER_DELETION_H
#define KLAMM_BROKER_SERVER_DELETION_H

#include "broker/replica/replicas.h"

struct broker;

/* For leading.c: a replica's log start may have moved; this broker leads no more. */
void deletions_release(struct broker *b, struct partition *p);
void deletions_fail(struct partition *p, int16_t error);

#endif
