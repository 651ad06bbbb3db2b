/* CPU time and memory of the server's process, from /proc. */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

/* Seconds of CPU time, user and system, of all threads. NAN if `process` is 0 or unreadable. */
double process_cpu(pid_t process);

struct memory {
    double resident;       /* VmRSS in bytes; NAN if it cannot be read */
    double proportional;   /* Pss in bytes: shared pages count in part; NAN if it cannot be read */
};

struct memory process_memory(pid_t process);

#endif
