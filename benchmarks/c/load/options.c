#include "options.h"

#include "basics.h"

#include <stdlib.h>
#include <string.h>

static uint32_t whole_number(const char *name, const char *word, uint32_t least, uint32_t most)
{
    char *end;
    long long number = strtoll(word, &end, 10);

    if (*word == '\0' || *end != '\0' || number < least || number > most)
        fail("%s must be a whole number from %u to %u, not \"%s\".", name, least, most, word);
    return (uint32_t)number;
}

static double duration(const char *name, const char *word)
{
    char *end;
    double seconds = strtod(word, &end);

    if (*word == '\0' || *end != '\0' || !(seconds >= 0 && seconds <= 86400))
        fail("%s must be a number of seconds, not \"%s\".", name, word);
    return seconds;
}

/* Takes an option without a value; returns false if `name` is not one. */
static bool take_flag(struct options *options, const char *name)
{
    if (strcmp(name, "--tls") == 0)
        options->tls = true;
    else if (strcmp(name, "--client-ids") == 0)
        options->client_ids = true;
    else if (strcmp(name, "--quick-ack") == 0)
        options->quick_ack = true;
    else
        return false;
    return true;
}

static bool take_text(struct options *options, const char *name, const char *word)
{
    if (strcmp(name, "--host") == 0)
        options->host = word;
    else if (strcmp(name, "--port") == 0)
        options->port = word;
    else if (strcmp(name, "--dialect") == 0)
        options->dialect = word;
    else if (strcmp(name, "--room") == 0)
        options->room = word;
    else if (strcmp(name, "--password") == 0)
        options->password = word;
    else
        return false;
    return true;
}

static bool take_number(struct options *options, const char *name, const char *word)
{
    struct {
        const char *name;
        uint32_t *value;
        uint32_t least;
        uint32_t most;
    } const numbers[] = {
        /* Names and payloads have five digits for a member. */
        {"--members", &options->members, 1, 99999},
        {"--rooms", &options->rooms, 1, 50000},
        {"--speakers", &options->speakers, 1, 99999},
        {"--outstanding", &options->outstanding, 1, 4096},
        {"--size", &options->size, 16, 4000},
        {"--rate", &options->rate, 1, 100000},
        {"--missed", &options->missed, 1, 100000},
        {"--login-window", &options->login_window, 1, 99999},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].value = whole_number(name, word, numbers[i].least, numbers[i].most);
            return true;
        }
    if (strcmp(name, "--server-pid") != 0)
        return false;
    options->server = (pid_t)whole_number(name, word, 1, 1u << 30);
    return true;
}

static bool take_duration(struct options *options, const char *name, const char *word)
{
    if (strcmp(name, "--warmup") == 0)
        options->warmup = duration(name, word);
    else if (strcmp(name, "--seconds") == 0)
        options->seconds = duration(name, word);
    else if (strcmp(name, "--deadline") == 0)
        options->deadline = duration(name, word);
    else
        return false;
    return true;
}

struct options options_read(int count, char **words)
{
    struct options options = {
        .host = "127.0.0.1",
        .dialect = "text",
        .room = "lobby",
        .members = 10,
        .speakers = 1,
        .outstanding = 1,
        .size = 32,
        .rate = 100,
        .missed = 100,
        .warmup = 0.5,
        .seconds = 2,
        .deadline = 60,
    };

    if (count < 2 || words[1][0] == '-')
        fail("Usage: load fanout|latency|idle|joins|storm --port PORT [--dialect "
             "text|json|irc|nats] [--members N] [--server-pid PID] ...");
    options.scene = words[1];
    for (int i = 2; i < count; i++) {
        if (take_flag(&options, words[i]))
            continue;
        if (i + 1 == count)
            fail("%s is an unknown option, or needs a value.", words[i]);
        if (!take_text(&options, words[i], words[i + 1]) &&
            !take_number(&options, words[i], words[i + 1]) &&
            !take_duration(&options, words[i], words[i + 1]))
            fail("Unknown option %s.", words[i]);
        i++;
    }
    /* Less than the listen backlog of most servers: a full backlog costs a second. */
    if (options.login_window == 0)
        options.login_window = strcmp(options.scene, "joins") == 0 ? options.members : 40;
    if (options.port == NULL)
        fail("The option --port is required.");
    return options;
}
