/* SPDX-License-Identifier: MIT */
/* `isthmus bench`: every figure beside its floor, row by row, each in a process of its own. */
#include "bench/child.h"
#include "bench/peer.h"
#include "bench/report_bench.h"
#include "bench/runtime.h"
#include "bench/start.h"
#include "command.h"
#include "number.h"
#include "real_runtime.h"
#include "report.h"

#include <argp.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench_options {
    const char *device; /* NULL: as ISTHMUS_DEVICE says */
    const char *only;   /* NULL: all rows */
    const char *json;
    const char *svg;
    bool list;
    uint64_t fd, index; /* of the child */
    bool child, start, peer;
};

enum { KEY_JSON = 256, KEY_SVG, KEY_LIST, KEY_ROW, KEY_START, KEY_PEER };

static error_t parse_number(struct bench_options *o, char *arg, struct argp_state *state)
{
    uint64_t last = o->peer ? PEER_PARTS - 1 : row_count - 1;
    if (!(o->child || o->peer) || !number_parse(arg, 0, last, &o->index))
        argp_error(state, "'%s' is one argument too many", arg);
    return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct bench_options *o = state->input;
    switch (key) {
    case 'd':
        if (strcmp(arg, "cpu") != 0 && strcmp(arg, "nvidia") != 0)
            argp_error(state, "there is no device '%s', only cpu and nvidia", arg);
        o->device = arg;
        return 0;
    case 'o': o->only = arg; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_SVG: o->svg = arg; return 0;
    case KEY_LIST: o->list = true; return 0;
    case KEY_START: o->start = true; return 0;
    case KEY_ROW:
        o->child = number_parse(arg, 0, INT32_MAX, &o->fd);
        return o->child ? 0 : EINVAL;
    case KEY_PEER:
        o->peer = number_parse(arg, 0, INT32_MAX, &o->fd);
        return o->peer ? 0 : EINVAL;
    case ARGP_KEY_ARG: return parse_number(o, arg, state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option bench_argp_options[] = {
    {"device", 'd', "cpu|nvidia", 0,
     "The device to measure; on a GPU only the rows of handles, names and processes", 0},
    {"only", 'o', "PATTERN", 0, "Rows whose names match, such as 'copy/*' (a shell pattern)",
     0},
    {"list", KEY_LIST, 0, 0, "Print the rows and what their floors are", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the figures as JSON", 0},
    {"svg", KEY_SVG, "FILE", 0, "Write a plot of the ratios", 0},
    {&BENCH_ROW_OPTION[2], KEY_ROW, "FD", OPTION_HIDDEN, NULL, 0},
    {&BENCH_START_OPTION[2], KEY_START, 0, OPTION_HIDDEN, NULL, 0},
    {&BENCH_PEER_OPTION[2], KEY_PEER, "FD", OPTION_HIDDEN, NULL, 0},
    {0},
};

static const struct argp bench_argp = {
    .options = bench_argp_options,
    .parser = parse_option,
    .doc = "Measures what Isthmus costs, each row beside its floor: the raw primitive that "
           "nobody can beat, measured by turns with ours in the same process. A ratio is the "
           "middle of the ratios of all repetitions; the spread is from their tenth to their "
           "ninetieth part. Rows above their target are marked OVER; that is a result, not a "
           "failure: the exit code is 0.",
};

/*
 * What a GPU shares with the cpu device, floor and all. The others call the CUDA runtime, whose
 * stand-in has no GPU, or stand beside the host's memory.
 */
static bool is_for_gpu(const struct row *row)
{
    static const char *const patterns[] = {"hand/*", "handles/*", "names/*", "close/*"};
    for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++)
        if (fnmatch(patterns[i], row->name, 0) == 0)
            return true;
    return false;
}

static bool on_gpu(void)
{
    const char *device = getenv("ISTHMUS_DEVICE");
    return device && strcmp(device, "nvidia") == 0;
}

static bool fits(const struct row *row, const char *only)
{
    return !only || fnmatch(only, row->name, 0) == 0;
}

static bool is_wanted(const struct row *row, const char *only)
{
    return fits(row, only) && (!on_gpu() || is_for_gpu(row));
}

/* By the part of the name before the slash: a line for all sizes. */
static void list_left_out(const char *only)
{
    const char *last = "";
    size_t count = 0;
    for (size_t i = 0; i < row_count; i++)
        count += fits(&rows[i], only) && !is_for_gpu(&rows[i]);
    if (!count)
        return;
    printf("Not on a GPU, %zu rows:", count);
    for (size_t i = 0; i < row_count; i++) {
        size_t length = strcspn(rows[i].name, "/");
        if (!fits(&rows[i], only) || is_for_gpu(&rows[i]) ||
            (strncmp(last, rows[i].name, length) == 0 && strcspn(last, "/") == length))
            continue;
        printf(" %.*s", (int)length, rows[i].name);
        last = rows[i].name;
    }
    puts("\nThey call the CUDA runtime, whose stand-in has no GPU, or stand beside the host's\n"
         "memory. Isthmus' sources measure these on a GPU with scripts/test-gpu.");
}

static void list_rows(void)
{
    for (size_t i = 0; i < row_count; i++)
        printf("%-18s %-42s %s\n", rows[i].name, rows[i].what,
               rows[i].floor ? rows[i].floor : "(absolute)");
}

static size_t measure_all(const char *only, struct line *lines)
{
    size_t count = 0;
    bool tell = isatty(STDERR_FILENO);
    for (size_t i = 0; i < row_count; i++) {
        if (!is_wanted(&rows[i], only))
            continue;
        if (tell)
            fprintf(stderr, "\r\033[Kmeasuring %s (%zu of %zu)", rows[i].name, i + 1,
                    row_count);
        runtime_next();
        bool ok = child_run(&rows[i], &lines[count].result);
        if (tell)
            fputs("\r\033[K", stderr);
        if (!ok)
            continue;
        lines[count].row = &rows[i];
        table_line(stdout, &lines[count++]);
        fflush(stdout);
    }
    return count;
}

static bool write_file(const char *path, const struct line *lines, size_t count,
                       void (*write_it)(FILE *, const struct line *, size_t))
{
    if (!path)
        return true;
    FILE *file = fopen(path, "we");
    if (file)
        write_it(file, lines, count);
    if (!file || fclose(file) != 0) {
        complain("cannot write %s: %m", path);
        return false;
    }
    return true;
}

static int measure_and_report(const struct bench_options *o)
{
    _cleanup_(report_freep) struct line *lines = calloc(row_count, sizeof(*lines));
    size_t wanted = 0;
    for (size_t i = 0; i < row_count; i++)
        wanted += is_wanted(&rows[i], o->only);
    if (on_gpu())
        list_left_out(o->only);
    if (!lines || !wanted) {
        complain("no row matches '%s'; --list shows them", o->only ? o->only : "*");
        return EXIT_TROUBLE;
    }
    if ((on_gpu() && !real_driver_is_there()) || !runtime_open())
        return EXIT_TROUBLE;
    table_head(stdout);
    size_t count = measure_all(o->only, lines), over = 0;
    runtime_close();
    for (size_t i = 0; i < count; i++)
        over += verdict_of(&lines[i]) == OVER;
    printf("%zu of %zu rows measured, %zu above their target\n", count, wanted, over);
    bool written = write_file(o->json, lines, count, write_json);
    written = write_file(o->svg, lines, count, write_svg) && written;
    return written && count == wanted ? EXIT_OK : EXIT_TROUBLE;
}

int bench_main(int argc, char **argv)
{
    struct bench_options o = {.only = NULL};
    if (argp_parse(&bench_argp, argc, argv, 0, NULL, &o) != 0)
        return EXIT_USAGE;
    if (o.device)
        setenv("ISTHMUS_DEVICE", o.device, 1); /* the rows' processes read it, too */
    if (o.start)
        return bench_start();
    if (o.peer)
        return peer_main((enum peer_part)o.index, (int)o.fd);
    if (o.child)
        return child_main(o.index, (int)o.fd);
    if (o.list) {
        list_rows();
        return EXIT_OK;
    }
    return measure_and_report(&o);
}
