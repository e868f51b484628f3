/* broker_life - the shell of lifecycle: registers, beats, opens, serves, stops. */
#ifndef KLAMM_BROKER_SERVER_BROKER_LIFE_H
#define KLAMM_BROKER_SERVER_BROKER_LIFE_H

#include <stdbool.h>
#include <stdint.h>

struct broker;

void life_begin(struct broker *b);
/* The image has moved on. */
void life_metadata(struct broker *b);
/* False once the controllers may have fenced this broker and elected others without its knowing: no
 * heartbeat was answered, or no metadata fetched to its end, for a session (broker.session.timeout.ms). */
bool life_in_session(const struct broker *b);
/* The same of `ago_ms` ago, by what has been heard since as well. */
bool life_was_in_session(const struct broker *b, int64_t ago_ms);
/* The next heartbeat goes out at once: a directory has failed. */
void life_hurry(struct broker *b);
/* SIGTERM or SIGINT. */
void life_stop(struct broker *b);

#endif
