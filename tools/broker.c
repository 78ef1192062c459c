/* SPDX-License-Identifier: MIT */
/* `isthmus broker --status | --stop`: the process that serves names and numbers. */
#include "broker_program.h"
#include "command.h"
#include "report.h"

#include <argp.h>

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    const char **option = state->input;
    switch (key) {
    case 's': *option = "--status"; return 0;
    case 'q': *option = "--stop"; return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    case ARGP_KEY_END:
        if (!*option)
            argp_error(state, "--status or --stop is needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option broker_argp_options[] = {
    {"status", 's', NULL, 0, "Say which broker runs, since when, and how much it knows", 0},
    {"stop", 'q', NULL, 0, "End it; refused while a process shares objects through it", 0},
    {0},
};

static const struct argp broker_argp = {
    .options = broker_argp_options,
    .parser = parse_option,
    .doc = "Looks after the broker, the process through which others find objects by name and "
           "by number. Programs start it by themselves, and it ends when it is idle: nobody "
           "has to call this.",
};

int broker_main(int argc, char **argv)
{
    const char *option = NULL;
    argp_parse(&broker_argp, argc, argv, 0, NULL, &option);
    return broker_program_run(option);
}
