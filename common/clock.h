/* clock - the two clocks of a shell. Cores get time in their events instead. */
#ifndef KLAMM_COMMON_CLOCK_H
#define KLAMM_COMMON_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970, may jump */
int64_t clock_mono_ms(void); /* never goes back */
int64_t clock_mono_ns(void);

#endif
