/* A non-blocking connection, with or without TLS. */

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct transport {
    int socket;            /* -1 if there is none */
    SSL *tls;              /* NULL without TLS */
};

/* The outcome of a read or write. */
enum outcome { DONE, AGAIN, ENDED };

/* Begins to connect; ends the program if that fails. `tls` is NULL for a connection without TLS. */
void transport_connect(struct transport *transport, const struct addrinfo *address, SSL_CTX *tls);

/* Continues connecting and the handshake; called when the socket is ready. On AGAIN, `wants_write`
 * tells whether to wait until it is writable or readable. On ENDED, `why` is the reason. */
enum outcome transport_continue(struct transport *transport, bool *wants_write, const char **why);

/* Reads at most `size` bytes. AGAIN: `got` bytes were read, and epoll reports further ones.
 * DONE: further bytes may be in memory, which epoll does not report. */
enum outcome transport_read(struct transport *transport, char *buffer, size_t size, size_t *got);

/* Lets the kernel send the TCP acknowledgement at once. */
void transport_acknowledge(struct transport *transport);

/* Writes as many bytes as the kernel takes. */
enum outcome transport_write(struct transport *transport, const char *data, size_t length,
                             size_t *taken);

void transport_close(struct transport *transport);

/* Returns the context of a TLS client that accepts any certificate. */
SSL_CTX *transport_tls(void);

#endif
