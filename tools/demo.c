/* SPDX-License-Identifier: MIT */
/*
 * `isthmus demo IN.png OUT.png`: the main job with its times, then the walk as a table; with
 * --processes 2 the eight ways between two processes.
 */
#include "command.h"
#include "demo/pipeline.h"
#include "demo/rig.h"
#include "demo/walk.h"
#include "number.h"
#include "picture.h"
#include "png_file.h"
#include "report.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 1000000000u

struct demo_options {
    const char *device; /* NULL: as ISTHMUS_DEVICE says */
    uint64_t frames;
    uint64_t processes;
    char *files[2]; /* to read, to write */
};

static void check_files(const struct demo_options *o, struct argp_state *state)
{
    if (o->processes == 1 && state->arg_num < 2)
        argp_error(state, "a picture to read and a file to write are needed");
    if (o->processes == 2 && state->arg_num)
        argp_error(state, "two processes take no picture: '%s' is one argument too many",
                   o->files[0]);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct demo_options *o = state->input;
    switch (key) {
    case 'd':
        if (strcmp(arg, "cpu") != 0 && strcmp(arg, "nvidia") != 0)
            argp_error(state, "there is no device '%s', only cpu and nvidia", arg);
        o->device = arg;
        return 0;
    case 'n':
        if (!number_parse(arg, 1, FRAMES_MAX, &o->frames))
            argp_error(state, "frames '%s' is not a number from 1 to %u", arg, FRAMES_MAX);
        return 0;
    case 'p':
        if (!number_parse(arg, 1, 2, &o->processes))
            argp_error(state, "processes '%s' is neither 1 nor 2", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "'%s' is one argument too many", arg); /* does not return */
        o->files[state->arg_num] = arg;
        return 0;
    case ARGP_KEY_END: check_files(o, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option demo_argp_options[] = {
    {"device", 'd', "cpu|nvidia", 0,
     "The device to run on; cpu needs no GPU and no driver, nvidia no toolkit", 0},
    {"frames", 'n', "N", 0, "Send the picture through N times (default 1)", 0},
    {"processes", 'p', "2", 0,
     "Instead: D3D11 in one process and CUDA in another, by each of the eight ways between "
     "them",
     0},
    {0},
};

static const struct argp demo_argp = {
    .options = demo_argp_options,
    .parser = parse_option,
    .args_doc = "IN.png OUT.png\n--processes 2",
    .doc = "Sends a picture into a D3D11 texture, lets CUDA find its edges on the same memory, "
           "reads the result back through D3D11 and writes it. Then goes every import path of "
           "the CUDA guide's Direct3D 11 sections once, with bytes checked in both directions.",
};

static void print_time(const char *step, double us, uint64_t frames, const char *what)
{
    printf("%-9s %9.3f ms  %s\n", step, us / 1e3 / (double)frames, what);
}

/* Per frame. One frame's parts sum to less than it takes; those of several overlap. */
static void print_times(const struct pipeline_times *t, uint64_t frames, bool gpu)
{
    print_time("upload", t->upload, frames, "D3D11 UpdateSubresource, Signal");
    print_time("hand-over", t->handover, frames, "fence, from the signal to CUDA's stream");
    print_time("filter", t->filter, frames,
               gpu ? "CUDA kernel, on the memory of the textures"
                   : "CUDA host function, on the memory of the textures");
    print_time("readback", t->readback, frames, "fence, D3D11 CopyResource to staging, Map");
    printf("frame     %9.3f ms  %.1f frames/s over %" PRIu64 " frame%s\n",
           t->total / 1e3 / (double)frames, (double)frames * 1e6 / t->total, frames,
           frames == 1 ? "" : "s");
}

static bool load(const char *path, struct picture *out)
{
    double started = now_us();
    if (!png_read_picture(path, out))
        return false;
    printf("picture   %s, %u x %u\n", path, out->width, out->height);
    print_time("load", now_us() - started, 1, "PNG to RGBA8");
    return true;
}

static bool save(const char *path, const struct picture *picture)
{
    double started = now_us();
    if (!png_write_picture(path, picture))
        return false;
    print_time("write", now_us() - started, 1, path);
    return true;
}

/* The result gets memory of its own, so that one frame's input is not another's output. */
static bool main_job(struct rig *rig, const struct demo_options *o, const struct picture *from)
{
    struct picture to = {0};
    struct pipeline_times times;
    bool ok = picture_init(o->files[1], from->width, from->height, &to) &&
              pipeline_run(rig, from, &to, o->frames, &times);
    if (ok)
        print_times(&times, o->frames, rig->gpu);
    ok = ok && save(o->files[1], &to);
    picture_finish(&to);
    return ok;
}

/* Each row when it is there: whoever looks on a slow machine sees it go on. */
static void print_row(void *user, const struct walk_row *row)
{
    unsigned *rows = user;
    printf("%-11s by %-10s  %-34s  ok  %8" PRIu64 " bytes  %9.1f us\n", row->what, row->way,
           row->object, row->bytes, row->us);
    fflush(stdout);
    ++*rows;
}

static bool on_device(const struct demo_options *o, const struct picture *from)
{
    struct rig rig;
    unsigned rows = 0;
    struct walk_listener listener = {print_row, &rows};
    if (!rig_open(0, &rig))
        return false;
    printf("device    %s, LUID %08x-%08x for D3D11 and for CUDA\n", rig.adapter,
           (unsigned)rig.luid.HighPart, (unsigned)rig.luid.LowPart);
    bool ok = main_job(&rig, o, from);
    if (ok)
        puts("\nEvery import path, bytes checked in both directions:");
    for (enum walk_kind kind = 0; ok && kind < WALK_KINDS; kind++)
        ok = walk(&rig, kind, &listener);
    if (ok)
        printf("%u import paths, all ok\n", rows);
    rig_close(&rig);
    return ok;
}

/* Each side is a process of its own, so no device may be open before the fork. */
static bool in_two_processes(void)
{
    unsigned rows = 0;
    struct walk_listener listener = {print_row, &rows};
    puts("From a D3D11 process to a CUDA process and back, bytes checked in both directions:");
    if (!walk_between_processes(&listener))
        return false;
    printf("%u ways between two processes, all ok\n", rows);
    return true;
}

/* The files first: whoever misspelt one must not wait for a device. */
static bool in_one_process(const struct demo_options *o)
{
    struct picture from = {0};
    bool ok = png_can_write(o->files[1]) && load(o->files[0], &from) && on_device(o, &from);
    picture_finish(&from);
    return ok;
}

/* ISTHMUS_DEVICE is read when the first device is opened; --device wins over it. */
int demo_main(int argc, char **argv)
{
    struct demo_options options = {.frames = 1, .processes = 1};
    argp_parse(&demo_argp, argc, argv, 0, NULL, &options);
    if (options.device)
        setenv("ISTHMUS_DEVICE", options.device, 1);
    bool ok = options.processes == 2 ? in_two_processes() : in_one_process(&options);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
