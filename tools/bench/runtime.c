/* SPDX-License-Identifier: MIT */
/* The folders lie in one temporary folder; the environment carries the present one. */
#include "bench/runtime.h"

#include "report.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IDLE_MS "50" /* how long a broker without clients stays */

static char base[] = "/tmp/isthmus-bench-XXXXXX";
static unsigned number;

bool runtime_open(void)
{
    if (!mkdtemp(base)) {
        complain("cannot make a folder in /tmp: %m");
        return false;
    }
    setenv("ISTHMUS_BROKER_IDLE_MS", IDLE_MS, 1);
    return true;
}

void runtime_next(void)
{
    char path[sizeof(base) + 16];
    snprintf(path, sizeof(path), "%s/%u", base, number++);
    setenv("ISTHMUS_RUNTIME_DIR", path, 1);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path); /* a broker may remove its files at the same time */
    return 0;
}

void runtime_close(void)
{
    usleep(4 * 50 * 1000); /* the last broker goes meanwhile */
    nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

pid_t runtime_broker(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred who = {.pid = 0};
    socklen_t size = sizeof(who);
    const char *folder = getenv("ISTHMUS_RUNTIME_DIR");
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder ? folder : "");
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        who.pid = 0;
    if (fd >= 0)
        close(fd);
    return who.pid;
}
