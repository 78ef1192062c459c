/* SPDX-License-Identifier: MIT */
/*
 * `isthmus doctor [PROGRAM]`: is everything here that programs need, and will PROGRAM use it?
 * Goes on after a failure: whoever repairs wants the whole list.
 */
#include "command.h"
#include "doctor/examine.h"
#include "report.h"

#include <argp.h>

struct doctor_options {
    bool json;
    const char *program; /* NULL: none is asked about */
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct doctor_options *o = state->input;
    switch (key) {
    case 'j': o->json = true; return 0;
    case ARGP_KEY_ARG:
        if (o->program)
            argp_error(state, "'%s' is one argument too many", arg);
        o->program = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option doctor_argp_options[] = {
    {"json", 'j', NULL, 0, "Print one JSON object", 0},
    {0},
};

static const struct argp doctor_argp = {
    .options = doctor_argp_options,
    .parser = parse_option,
    .args_doc = "[PROGRAM]",
    .doc = "Says what of Isthmus works on this machine, and whether PROGRAM, which is read and "
           "not started, will use it. Each line begins with ok, note (programs run, but) or "
           "FAIL; the line behind an arrow says what to do. Exit code 0: programs will run. 1: "
           "there is a FAIL.",
};

int doctor_main(int argc, char **argv)
{
    struct doctor_options options = {0};
    struct findings found = {0};
    argp_parse(&doctor_argp, argc, argv, 0, NULL, &options);
    examine_install(&found);
    examine_broker(&found); /* before the paths by name, which start one */
    examine_sides(&found);
    examine_driver(&found);
    examine_machine(&found);
    if (options.program)
        examine_program(&found, options.program);

    bool good = findings_good(&found);
    if (options.json)
        findings_print_json(&found, stdout);
    else
        findings_print(&found, stdout);
    if (!options.json)
        puts(good ? "Programs will run." : "Not everything will run: see the lines with FAIL.");
    findings_finish(&found);
    return good ? EXIT_OK : EXIT_TROUBLE;
}
