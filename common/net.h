/* net - sockets that listen. */
#ifndef KLAMM_COMMON_NET_H
#define KLAMM_COMMON_NET_H

#include <netdb.h>
#include <stdint.h>

/* A non-blocking socket that listens at `a`, the caller's to close; one of IPv6 takes IPv4 as well. -1: errno
 * says why. */
int net_listen(const struct addrinfo *a, int backlog);
/* The port that a socket is bound to; 0: none. */
uint16_t net_port(int fd);

#endif
