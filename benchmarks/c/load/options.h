/* The command line. */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct options {
    const char *scene;
    const char *host;
    const char *port;
    const char *dialect;
    const char *room;        /* the name of the room, if there is only one */
    const char *password;    /* irc: PASS; NULL for none */
    bool tls;
    bool quick_ack;          /* send TCP acknowledgements at once, for servers without NODELAY */
    bool client_ids;         /* json: send a `client` id, as netchat's own client does */
    pid_t server;            /* 0: do not measure its process */
    uint32_t members;
    uint32_t rooms;          /* 0 if not given */
    uint32_t speakers;
    uint32_t outstanding;
    uint32_t size;
    uint32_t rate;
    uint32_t missed;
    uint32_t login_window;   /* the maximum of concurrent logins */
    double warmup;
    double seconds;
    double deadline;
};

/* Parses the command line; ends the program if it is wrong. */
struct options options_read(int count, char **words);

#endif
