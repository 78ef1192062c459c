/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target on the files of its corpus: what `make test` does, with any compiler. */
#include "check.h"

#include <dirent.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

static uint8_t bytes[INPUT_MAX];

static int run_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    /* A copy of its own size: a sanitizer sees reads behind the end. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return -1;
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') {
            if (run_file(argv[1], entry->d_name) != 0)
                return 1;
            count++;
        }
    closedir(folder);
    printf("%u inputs\n", count);
    return count ? 0 : 1;
}
