/* What the kernel says about the server's process. */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/* Seconds of CPU, user and system, of all its threads. NAN if `process` is 0 or cannot be read. */
double process_cpu(pid_t process);

struct memory {
    double resident;       /* VmRSS in bytes; NAN if it cannot be read */
    double proportional;   /* Pss: shared pages are counted in part; NAN if it cannot be read */
};

struct memory process_memory(pid_t process);

#endif
