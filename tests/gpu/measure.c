/* SPDX-License-Identifier: MIT */
/*
 * measure one|pair [FILE]: the figures of docs/measurements on the machine's first GPU, for
 * people on standard output and as JSON in FILE. Exit 77: no driver. Run with
 * ISTHMUS_DEVICE=nvidia; scripts/test-gpu does.
 */
#include "gpu_rig.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int code = 0;
    if (strcmp(what, "one") != 0 && strcmp(what, "pair") != 0 && strcmp(what, "partner") != 0) {
        fprintf(stderr, "usage: measure one|pair [FILE]\n");
        return 2;
    }
    gpu_start();
    if (strcmp(what, "one") == 0)
        measure_one();
    else if (strcmp(what, "pair") == 0)
        code = measure_pair("/proc/self/exe");
    else
        code = measure_partner();
    gpu_report(argc > 2 ? argv[2] : NULL);
    return code;
}
