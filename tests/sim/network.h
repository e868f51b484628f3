/* network - who reaches whom, how late, how often: loss, delay, reordering, duplication, cuts.
 *
 * Ends are numbers below NETWORK_ENDS; a cut is one way. */
#ifndef KLAMM_TESTS_SIM_NETWORK_H
#define KLAMM_TESTS_SIM_NETWORK_H

#include "tests/sim/sim.h"

enum { NETWORK_ENDS = 16, NETWORK_COPIES = 2 };

struct network {
    int ends;
    int loss, twice, late; /* per mille: lost, doubled, delayed by up to late_us */
    int64_t delay_us, late_us;
    bool cut[NETWORK_ENDS][NETWORK_ENDS]; /* from, to */
};

/* How many copies of a message arrive (0..NETWORK_COPIES), and after how long each. */
int network_carry(struct network *n, struct sim *s, int from, int to,
                  int64_t ret_delay_us[NETWORK_COPIES]);
/* A new cut of a random kind: two sides, one end alone, one way, some pairs. */
void network_break(struct network *n, struct sim *s);
void network_heal(struct network *n);
/* Heals, and nothing is lost, doubled or late any more. */
void network_calm(struct network *n);
bool network_whole(const struct network *n);

#endif
