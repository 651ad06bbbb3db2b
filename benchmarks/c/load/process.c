#include "process.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

double process_cpu(pid_t process)
{
    char path[64], line[1024];
    unsigned long long user, kernel;
    const char *behind_name;
    FILE *file;

    if (process == 0)
        return NAN;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    file = fopen(path, "r");
    if (file == NULL)
        return NAN;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    /* The second field is the program's name in parentheses, and may contain any character. */
    behind_name = strrchr(line, ')');
    if (behind_name == NULL ||
        sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
               &kernel) != 2)
        return NAN;
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* Returns in bytes the value of the line `KEY:  1234 kB` in a /proc file of the process. */
static double kilobytes(pid_t process, const char *name, const char *key)
{
    char path[64], line[256];
    double bytes = NAN;
    unsigned long long value;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)process, name);
    file = fopen(path, "r");
    if (file == NULL)
        return NAN;
    while (isnan(bytes) && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0 &&
            sscanf(line + strlen(key), ": %llu kB", &value) == 1)
            bytes = (double)value * 1024;
    fclose(file);
    return bytes;
}

struct memory process_memory(pid_t process)
{
    struct memory memory = {NAN, NAN};

    if (process != 0) {
        memory.resident = kilobytes(process, "status", "VmRSS");
        memory.proportional = kilobytes(process, "smaps_rollup", "Pss");
    }
    return memory;
}
