/* SPDX-License-Identifier: MIT */
/*
 * measure one|pair|clear [FILE]: the figures of docs/measurements on the machine's first GPU,
 * for people on standard output and as JSON in FILE. clear: one, which a clear is part of.
 * Exit 77: no driver. Run with ISTHMUS_DEVICE=nvidia; scripts/test-gpu does.
 */
#include "gpu_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int measure(const char *what, const char *number)
{
    if (strcmp(what, "one") == 0)
        measure_one();
    else if (strcmp(what, "clear") == 0)
        measure_clear();
    else if (strcmp(what, "pair") == 0)
        return measure_pair("/proc/self/exe");
    else if (strcmp(what, "partner") == 0)
        return measure_partner(atoi(number));
    return 0;
}

int main(int argc, char **argv)
{
    static const char words[] = " one pair clear partner ";
    const char *what = argc > 1 ? argv[1] : " ";
    if (!strstr(words, what) || strchr(what, ' ')) {
        fprintf(stderr, "usage: measure one|pair|clear [FILE]\n");
        return 2;
    }
    gpu_start();
    bool partner = strcmp(what, "partner") == 0;
    int code = measure(what, partner && argc > 2 ? argv[2] : "-1");
    gpu_report(!partner && argc > 2 ? argv[2] : NULL);
    return code;
}
