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
    const char *room;        /* the name of the room if there is only one */
    const char *password;    /* irc: PASS; NULL for none */
    bool tls;
    bool quick_ack;          /* acknowledge at once: servers without TCP_NODELAY wait for that */
    bool client_ids;         /* json: say hello with a `client`, as netchat's own client does */
    pid_t server;            /* 0 if it is not to be measured */
    uint32_t members;
    uint32_t rooms;          /* 0 if not given */
    uint32_t speakers;
    uint32_t outstanding;
    uint32_t size;
    uint32_t rate;
    uint32_t missed;
    uint32_t login_window;   /* how many may be logging in at a time */
    double warmup;
    double seconds;
    double deadline;
};

/* Reads the command line; a wrong one ends the program. */
struct options options_read(int count, char **words);

#endif
