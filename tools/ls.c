/* SPDX-License-Identifier: MIT */
/* `isthmus ls`: what the user's processes share, as the broker and its clients know it. */
#include "broker_program.h"
#include "command.h"
#include "report.h"

#include <argp.h>

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    bool *json = state->input;
    switch (key) {
    case 'j': *json = true; return 0;
    case ARGP_KEY_ARG: argp_error(state, "'%s' is one argument too many", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option ls_argp_options[] = {
    {"json", 'j', NULL, 0, "Print one JSON object", 0},
    {0},
};

static const struct argp ls_argp = {
    .options = ls_argp_options,
    .parser = parse_option,
    .doc = "Lists the objects that processes of this user share: kind, size, number, name, "
           "the state of keyed mutex and fence, and a line for each process that holds it, "
           "with its references by kind. A process that does not answer within half a second "
           "is named as such. Starts no broker: without one nothing is shared by name or "
           "number.",
};

int ls_main(int argc, char **argv)
{
    bool json = false;
    argp_parse(&ls_argp, argc, argv, 0, NULL, &json);
    return broker_program_run(json ? "--ls-json" : "--ls");
}
