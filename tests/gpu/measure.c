/* SPDX-License-Identifier: MIT */
/*
 * measure one|pair|frame [FILE]: the figures of docs/measurements on the machine's first GPU,
 * for people on standard output and as JSON in FILE. frame: only the last one of one process.
 * Exit 77: no driver. Run with ISTHMUS_DEVICE=nvidia; scripts/test-gpu does.
 */
#include "gpu_rig.h"

#include <stdio.h>
#include <string.h>

static int measure(const char *what)
{
    if (strcmp(what, "one") == 0)
        measure_one();
    else if (strcmp(what, "frame") == 0)
        measure_frame();
    else if (strcmp(what, "pair") == 0)
        return measure_pair("/proc/self/exe");
    else if (strcmp(what, "partner") == 0)
        return measure_partner();
    return 0;
}

int main(int argc, char **argv)
{
    static const char words[] = " one pair frame partner ";
    const char *what = argc > 1 ? argv[1] : " ";
    if (!strstr(words, what) || strchr(what, ' ')) {
        fprintf(stderr, "usage: measure one|pair|frame [FILE]\n");
        return 2;
    }
    gpu_start();
    int code = measure(what);
    gpu_report(argc > 2 ? argv[2] : NULL);
    return code;
}
