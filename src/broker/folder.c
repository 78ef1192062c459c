/* SPDX-License-Identifier: MIT */
/* The last part of the path is made with mode 0700; parts before it must be there. */
#include "broker/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

static bool write_path(char *out, size_t size)
{
    const char *own = secure_getenv("ISTHMUS_RUNTIME_DIR");
    const char *user = secure_getenv("XDG_RUNTIME_DIR");
    int length;
    if (own && *own)
        length = snprintf(out, size, "%s", own);
    else if (user && *user == '/')
        length = snprintf(out, size, "%s/isthmus", user);
    else
        length = snprintf(out, size, "/tmp/isthmus-%u", (unsigned)geteuid());
    return length > 0 && (size_t)length < size;
}

/* Others must not be able to put a socket of theirs in our place. */
static const char *distrust(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
        return "it is no folder";
    if (st.st_uid != geteuid())
        return "it belongs to another user";
    if (st.st_mode & 077)
        return "others may use it; it wants mode 0700";
    return NULL;
}

int folder_open(bool make, char *why, size_t why_size)
{
    char path[PATH_BYTES];
    if (!write_path(path, sizeof(path))) {
        snprintf(why, why_size, "the path of the runtime folder is too long");
        return -1;
    }
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(why, why_size, "runtime folder %s cannot be made: %s", path, strerror(errno));
        return -1;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        snprintf(why, why_size, "runtime folder %s cannot be opened: %s", path,
                 strerror(errno));
        return -1;
    }
    const char *wrong = distrust(fd);
    if (!wrong)
        return fd;
    snprintf(why, why_size, "runtime folder %s is not used: %s", path, wrong);
    close(fd);
    return -1;
}

socklen_t folder_address(int folder, const char *file, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", folder, file);
    return sizeof(*out);
}
