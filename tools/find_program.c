/* SPDX-License-Identifier: MIT */
/* Looks along PATH as execvp() would. */
#include "find_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool find_program(const char *name, char out[PATH_MAX])
{
    const char *search = getenv("PATH");
    if (strchr(name, '/'))
        return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX && access(out, F_OK) == 0;
    if (!search)
        search = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = search; *at != '\0';) {
        size_t length = strcspn(at, ":");
        const char *folder = length > 0 ? at : "."; /* an empty entry means here */
        int shown = (int)(length > 0 ? length : 1);
        struct stat st;
        if (snprintf(out, PATH_MAX, "%.*s/%s", shown, folder, name) < PATH_MAX &&
            access(out, X_OK) == 0 && stat(out, &st) == 0 && S_ISREG(st.st_mode))
            return true;
        at += length;
        at += *at == ':';
    }
    return false;
}
