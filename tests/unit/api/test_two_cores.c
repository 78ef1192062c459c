/* SPDX-License-Identifier: MIT */
/*
 * A process that loads two copies of the library (two install folders, a bundled one) must be
 * told, not left with handles that mean nothing to the other copy.
 */
#include "core/session.h"
#include "test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct session *(*session_fn)(void);

static void library_path(char *out, size_t size)
{
    char self[4096] = {0};
    CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    *strrchr(self, '/') = 0;
    snprintf(out, size, "%s/../lib/libisthmus.so.0", self);
}

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CHECK(in && out);
    for (size_t n; (n = fread(buffer, 1, sizeof(buffer), in)) > 0;)
        CHECK_EQ(fwrite(buffer, 1, n, out), n);
    CHECK_EQ(fclose(in), 0);
    CHECK_EQ(fclose(out), 0);
}

static struct session *session_of(void *library)
{
    session_fn fn;
    void *symbol = dlsym(library, "ist_private_session_default");
    CHECK(symbol);
    memcpy(&fn, &symbol, sizeof(fn)); /* ISO C has no cast from object to function pointers */
    return fn();
}

TEST(second_copy_in_one_process_offers_no_device)
{
    char path[4200], folder[] = "/tmp/isthmus-two-XXXXXX", copy[64];
    library_path(path, sizeof(path));
    void *first = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    CHECK(first);
    CHECK(session_of(first)->device_count > 0);

    CHECK(mkdtemp(folder));
    snprintf(copy, sizeof(copy), "%s/libisthmus.so.0", folder);
    copy_file(path, copy);
    void *second = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    unlink(copy);
    rmdir(folder);
    CHECK(second);
    CHECK(second != first);
    CHECK_EQ(session_of(second)->device_count, 0);
}
