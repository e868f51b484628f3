/* broker_life - the shell of lifecycle: registers, beats, opens, serves, stops. */
#ifndef KLAMM_BROKER_SERVER_BROKER_LIFE_H
#define KLAMM_BROKER_SERVER_BROKER_LIFE_H

struct broker;

void life_begin(struct broker *b);
/* The image has moved on. */
void life_metadata(struct broker *b);
/* The next heartbeat goes out at once: a directory has failed. */
void life_hurry(struct broker *b);
/* SIGTERM or SIGINT. */
void life_stop(struct broker *b);

#endif
