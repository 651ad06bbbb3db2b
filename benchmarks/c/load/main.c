/* The load generator of the benchmark: runs a scene against a chat server, checks every delivery,
 * and prints one JSON object.
 *
 *     cc -O2 -std=c11 -D_GNU_SOURCE -o /tmp/load benchmarks/c/load/[a-z]*.c -lssl -lcrypto -lm
 *     /tmp/load fanout --port 5001 --dialect text --members 1000 --speakers 16 --outstanding 16
 *
 * Exit status 0: success. 1: the scene could not be run; one sentence on stderr says why.
 * 2: there were wrong deliveries; the report is printed, and counts them in `errors`. */

#include "basics.h"
#include "options.h"
#include "scenes.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* The loop checks the deadline itself; this ends the program if the loop hangs. */
static void end_now(int signal)
{
    static const char SENTENCE[] = "The generator hung beyond its deadline.\n";
    ssize_t ignored = write(2, SENTENCE, sizeof SENTENCE - 1);

    (void)ignored;
    (void)signal;
    _exit(1);
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        int (*play)(const struct options *options);
    } scenes[] = {
        {"fanout", scene_fanout}, {"latency", scene_latency}, {"idle", scene_idle},
        {"joins", scene_joins},   {"storm", scene_storm},
    };
    struct options options = options_read(count, words);

    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, end_now);
    alarm((unsigned)options.deadline + 10);
    raise_file_limit();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (strcmp(scenes[i].name, options.scene) == 0)
            return scenes[i].play(&options);
    fail("Unknown scene %s.", options.scene);
}
