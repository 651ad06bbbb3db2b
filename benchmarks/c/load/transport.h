/* One connection's socket, with TLS or without; never blocks. */

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct transport {
    int socket;            /* -1 if there is none */
    SSL *tls;              /* NULL without */
};

/* What a read or write came to. */
enum outcome { DONE, AGAIN, ENDED };

/* Begins to connect; a kernel that refuses ends the program. `tls` is NULL without. */
void transport_connect(struct transport *transport, const struct addrinfo *address, SSL_CTX *tls);

/* Goes on with connecting and the handshake; to be called when the socket is ready. `wants_write`
 * says for what it must be ready next, on AGAIN. `why` says why it ENDED. */
enum outcome transport_go_on(struct transport *transport, bool *wants_write, const char **why);

/* Reads what there is, at most `size` bytes. AGAIN: `got` bytes were there, and no more (yet).
 * DONE: there may be more, in memory, of which epoll does not tell. */
enum outcome transport_read(struct transport *transport, char *buffer, size_t size, size_t *got);

/* Lets the kernel acknowledge what has been read without waiting for more. */
void transport_acknowledge(struct transport *transport);

/* Writes what the kernel takes. */
enum outcome transport_write(struct transport *transport, const char *data, size_t length,
                             size_t *taken);

void transport_close(struct transport *transport);

/* The settings of a TLS client that believes any server. */
SSL_CTX *transport_tls(void);

#endif
