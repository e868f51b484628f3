#include "broker/replica/traffic.h"

#include <math.h>
#include <string.h>

static const int minutes[TRAFFIC_WINDOWS] = { 1, 5, 15 };

void traffic_watch(struct traffic *t)
{
    memset(t->rates, 0, sizeof(t->rates));
    for (int i = 0; i < TRAFFIC_KINDS; i++)
        t->rates[i].seen = t->count[i];
}

static void move(struct traffic_rate *r, uint64_t count)
{
    double now = (double)(count - r->seen) * 1000 / TRAFFIC_TICK_MS;

    for (int w = 0; w < TRAFFIC_WINDOWS; w++) {
        double alpha = 1 - exp(-(double)TRAFFIC_TICK_MS / 60000 / minutes[w]);

        r->a_second[w] = r->begun ? r->a_second[w] + alpha * (now - r->a_second[w]) : now;
    }
    r->begun = true;
    r->seen = count;
}

void traffic_tick(struct traffic *t)
{
    for (int i = 0; i < TRAFFIC_KINDS; i++)
        move(&t->rates[i], t->count[i]);
}
