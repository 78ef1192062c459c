/* SPDX-License-Identifier: MIT */
/* Found as the library finds it, so that a moved installation and a build folder both work. */
#include "broker_program.h"

#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "isthmus-broker"

/* Cuts the file's name off. */
static bool own_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length <= 0)
        return false;
    folder[length] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

bool broker_program_find(char *path, size_t size)
{
    static const char *const places[] = {"../libexec/isthmus", "../../libexec/isthmus"};
    char folder[PATH_MAX];
    const char *told = getenv("ISTHMUS_BROKER_PATH");
    if (told && *told) {
        snprintf(path, size, "%s", told);
        return access(path, X_OK) == 0;
    }
    for (size_t i = 0; own_folder(folder) && i < ARRAY_LENGTH(places); i++) {
        int length = snprintf(path, size, "%s/%s/%s", folder, places[i], PROGRAM);
        if (length > 0 && (size_t)length < size && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

int broker_program_run(const char *option)
{
    char path[PATH_MAX];
    char *const arguments[] = {(char *)(uintptr_t)PROGRAM, (char *)(uintptr_t)option, NULL};
    if (!broker_program_find(path, sizeof(path))) {
        complain("the broker's program " PROGRAM " is missing: install Isthmus again, or let "
                 "ISTHMUS_BROKER_PATH name it");
        return EXIT_TROUBLE;
    }
    fflush(stdout);
    execv(path, arguments);
    complain("cannot start %s: %s", path, strerror(errno));
    return EXIT_TROUBLE;
}
