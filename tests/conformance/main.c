/* SPDX-License-Identifier: MIT */
/* The program of the conformance suite: options, the loop over the cases, progress. */
#include "conformance.h"
#include "runner.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_TIMEOUT 30 /* seconds for one case */

struct options {
    const char *filter; /* NULL: all */
    const char *json;   /* NULL: none */
    const char *one;    /* --case */
    const char *device;
    unsigned timeout;
    bool list;
};

static const char usage[] =
    "Usage: isthmus-conformance [OPTION...]\n"
    "Checks that sharing between Direct3D 11 and CUDA behaves here as it does on Windows.\n\n"
    "  --device DEVICE   the device to check (cpu)\n"
    "  --filter GLOB     only cases whose name or number fits, as 'E*' or 'B1?'\n"
    "  --json FILE       write the results to FILE, too; - is standard output\n"
    "  --list            print number, mark, name and title of the cases, and run none\n"
    "  --timeout SECONDS the time a case has before it counts as hung (30)\n"
    "  --case NAME       run one case in this process and print its events\n"
    "  --help            print this\n\n"
    "Exit status: 0 no case failed, 1 a case failed, 2 the command line is wrong.\n";

/* Takes "--name VALUE" and "--name=VALUE". */
static const char *value_of(const char *name, int argc, char **argv, int *at)
{
    size_t length = strlen(name);
    if (strncmp(argv[*at], name, length) != 0)
        return NULL;
    if (argv[*at][length] == '=')
        return argv[*at] + length + 1;
    if (argv[*at][length] != '\0' || *at + 1 >= argc)
        return NULL;
    return argv[++*at];
}

static bool parse_one(struct options *o, int argc, char **argv, int *at)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"--filter", &o->filter},
                 {"--json", &o->json},
                 {"--case", &o->one},
                 {"--device", &o->device}};
    const char *value;
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        value = value_of(texts[i].name, argc, argv, at);
        if (value) {
            *texts[i].to = value;
            return true;
        }
    }
    value = value_of("--timeout", argc, argv, at);
    if (value)
        o->timeout = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(argv[*at], "--list") == 0)
        o->list = true;
    else
        return false;
    return o->timeout > 0;
}

/* Ends the process where the command line leaves nothing to do. */
static struct options parse(int argc, char **argv)
{
    struct options o = {NULL, NULL, NULL, NULL, DEFAULT_TIMEOUT, false};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!parse_one(&o, argc, argv, &i)) {
            fprintf(stderr, "isthmus-conformance: cannot use '%s'\n%s", argv[i], usage);
            exit(2);
        }
    }
    return o;
}

static int list(const char *glob)
{
    size_t count;
    struct conf_case **cases = registry_sorted(&count);
    for (size_t i = 0; i < count; i++) {
        if (registry_fits(cases[i], glob))
            printf("%-5s %-4s %s: %s\n", cases[i]->id, cases[i]->mark, cases[i]->name,
                   cases[i]->title);
    }
    return 0;
}

static int run_here(const char *name)
{
    const struct conf_case *self = registry_find(name);
    if (strcmp(name, BODY_MACHINE) == 0) {
        body_machine(stdout);
        return 0;
    }
    if (!self) {
        fprintf(stderr, "isthmus-conformance: there is no case '%s'; --list names them\n",
                name);
        return 2;
    }
    body_run(self, stdout);
    return 0;
}

static void take_outcome(void *user, char *line)
{
    outcome_event(user, line);
}

static void take_machine(void *user, char *line)
{
    machine_event(user, line);
}

/* What the end of the process adds to what the case said. */
static void judge_end(struct outcome *o, struct child_end end, unsigned timeout)
{
    if (!end.started)
        outcome_different(o, "no process can be started: %s", end.how);
    else if (end.hung)
        outcome_different(o, "hung: not over after %u s", timeout);
    else if (end.signal || end.how)
        outcome_different(o, "crashed: %s", end.how);
    else if (end.code)
        outcome_different(o, "its process ended with code %u (0x%x)", end.code, end.code);
    else if (!o->ended)
        outcome_different(o, "its process ended before the case did");
    if (end.hung || end.signal || end.how || end.code)
        o->ended = false;
    outcome_close(o);
}

static void run_case(struct outcome *o, const struct conf_case *self, unsigned timeout)
{
    o->self = self;
    judge_end(o, process_run(self, timeout, take_outcome, o), timeout);
}

/* One line that the next row overwrites; only on a terminal. */
static void show_progress(bool wanted, size_t done, size_t total, const char *name)
{
    if (!wanted)
        return;
    if (name)
        printf("\r\033[K%zu of %zu: %s", done + 1, total, name);
    else
        printf("\r\033[K");
    fflush(stdout);
}

static void run_all(struct summary *s, const struct options *o, FILE *out)
{
    size_t total;
    struct conf_case **cases = registry_sorted(&total);
    bool progress = out == stdout && process_is_terminal(stdout);
    uint64_t start = now_ms();
    size_t wanted = 0;
    for (size_t i = 0; i < total; i++)
        wanted += registry_fits(cases[i], o->filter);
    table_head(out);
    for (size_t i = 0; i < total; i++) {
        if (!registry_fits(cases[i], o->filter))
            continue;
        show_progress(progress, s->count, wanted, cases[i]->name);
        run_case(&s->outcomes[s->count], cases[i], o->timeout);
        show_progress(progress, 0, 0, NULL);
        table_row(out, &s->outcomes[s->count++]);
    }
    s->seconds = (double)(now_ms() - start) / 1000.0;
}

static int report(const struct summary *s, const struct options *o, FILE *out)
{
    table_summary(out, s);
    if (o->json && !json_write(o->json, s)) {
        fprintf(stderr, "isthmus-conformance: cannot write %s: %s\n", o->json, strerror(errno));
        return 1;
    }
    if (!s->count) {
        fprintf(stderr, "isthmus-conformance: no case fits '%s'\n", o->filter);
        return 1;
    }
    return summary_count(s, 0, 0).of[RESULT_FAIL] ? 1 : 0;
}

static int run_all_and_report(const struct options *o)
{
    size_t total;
    struct summary s = {0};
    /* With the JSON on standard output the table goes to the other one. */
    FILE *out = o->json && strcmp(o->json, "-") == 0 ? stderr : stdout;
    registry_sorted(&total);
    s.outcomes = calloc(total + 1, sizeof(*s.outcomes));
    if (!s.outcomes)
        return 1;
    s.machine = (struct probe_machine){"unknown", "unknown", "unknown", "unknown", "unknown"};
    process_run(NULL, o->timeout, take_machine, &s.machine);
    run_all(&s, o, out);
    int code = report(&s, o, out);
    for (size_t i = 0; i < s.count; i++)
        outcome_free(&s.outcomes[i]);
    free(s.outcomes);
    return code;
}

static int run(const struct options *o)
{
    if (!stage_open())
        return 1;
    int code = run_all_and_report(o);
    stage_close();
    return code;
}

/* `--peer ROLE WORD` is no option for users: a case starts the program so (peer.h). */
static bool is_peer(int argc, char **argv)
{
    return argc >= 3 && strcmp(argv[1], "--peer") == 0;
}

int main(int argc, char **argv)
{
    if (is_peer(argc, argv)) {
        process_init(argc, argv);
        peer_main(argv[2], argc > 3 ? argv[3] : "");
        return 0;
    }
    struct options o = parse(argc, argv);
    process_init(argc, argv);
    if (o.device)
        process_setenv("ISTHMUS_DEVICE", o.device, false);
    /* Hundreds of refusals are part of the job; each would be a line. */
    process_setenv("ISTHMUS_LOG", "error", true);
    if (o.list)
        return list(o.filter);
    return o.one ? run_here(o.one) : run(&o);
}
