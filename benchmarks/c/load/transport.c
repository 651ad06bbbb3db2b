#include "transport.h"

#include "basics.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void transport_connect(struct transport *transport, const struct addrinfo *address, SSL_CTX *tls)
{
    int yes = 1;

    transport->socket = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (transport->socket < 0)
        fail("A socket cannot be made: %s.", strerror(errno));
    setsockopt(transport->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(transport->socket, address->ai_addr, address->ai_addrlen) != 0 &&
        errno != EINPROGRESS)
        fail("The server cannot be reached: %s.", strerror(errno));
    if (tls != NULL) {
        transport->tls = SSL_new(tls);
        if (transport->tls == NULL || SSL_set_fd(transport->tls, transport->socket) != 1)
            fail("OpenSSL cannot make a connection.");
        SSL_set_connect_state(transport->tls);
    }
}

/* Returns the outcome of an OpenSSL call that returned `result`. */
static enum outcome tls_outcome(struct transport *transport, int result)
{
    int error = SSL_get_error(transport->tls, result);

    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? AGAIN : ENDED;
}

enum outcome transport_continue(struct transport *transport, bool *wants_write, const char **why)
{
    int error = 0, result;
    socklen_t length = sizeof error;

    getsockopt(transport->socket, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
        *why = strerror(error);
        return ENDED;
    }
    if (transport->tls == NULL)
        return DONE;
    result = SSL_do_handshake(transport->tls);
    if (result == 1)
        return DONE;
    *wants_write = SSL_want_write(transport->tls);
    *why = "the TLS handshake failed";
    return tls_outcome(transport, result);
}

enum outcome transport_read(struct transport *transport, char *buffer, size_t size, size_t *got)
{
    *got = 0;
    if (transport->tls == NULL) {
        /* Read once: epoll reports the socket again if more is left. */
        ssize_t count = recv(transport->socket, buffer, size, 0);

        if (count > 0)
            *got = (size_t)count;
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)) ? AGAIN : ENDED;
    }
    /* Read until OpenSSL is empty: epoll does not report records in its buffer. */
    while (*got < size) {
        size_t count = 0;
        int result = SSL_read_ex(transport->tls, buffer + *got, size - *got, &count);

        if (result != 1)
            return tls_outcome(transport, result);
        *got += count;
    }
    return DONE;
}

void transport_acknowledge(struct transport *transport)
{
    int yes = 1;

    setsockopt(transport->socket, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

enum outcome transport_write(struct transport *transport, const char *data, size_t length,
                             size_t *taken)
{
    *taken = 0;
    if (transport->tls == NULL) {
        ssize_t count = send(transport->socket, data, length, MSG_NOSIGNAL);

        if (count >= 0)
            *taken = (size_t)count;
        else if (errno != EAGAIN && errno != EINTR)
            return ENDED;
        return *taken == length ? DONE : AGAIN;
    }
    while (*taken < length) {
        size_t count = 0;
        int result = SSL_write_ex(transport->tls, data + *taken, length - *taken, &count);

        if (result != 1)
            return tls_outcome(transport, result);
        *taken += count;
    }
    return DONE;
}

void transport_close(struct transport *transport)
{
    if (transport->tls != NULL)
        SSL_free(transport->tls);
    if (transport->socket >= 0)
        close(transport->socket);
    *transport = (struct transport){.socket = -1};
}

SSL_CTX *transport_tls(void)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (tls == NULL)
        fail("OpenSSL cannot make a TLS context.");
    SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    /* Let OpenSSL read several records with one recv(). */
    SSL_CTX_set_read_ahead(tls, 1);
    return tls;
}
