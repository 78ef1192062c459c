/* SPDX-License-Identifier: MIT */
/* Finds the subcommand, and answers --help and --version. The table below is the only list. */
#include "command.h"

#include "report.h"

#include <argp.h>
#include <isthmus/isthmus.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    const char *full_name; /* what messages of argp begin with */
    const char *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"conformance", "isthmus conformance", "does sharing behave as on Windows, case by case?",
     conformance_main},
    {"bench", "isthmus bench", "what everything costs, beside the floor of this machine",
     bench_main},
    {"broker", "isthmus broker", "the process that serves names and numbers", broker_main},
    {"demo", "isthmus demo", "a picture through D3D11 and CUDA, then every import path",
     demo_main},
    {"doctor", "isthmus doctor", "is everything here that programs need?", doctor_main},
    {"image", "isthmus image", "make a test picture of any size", image_main},
    {"ls", "isthmus ls", "what processes share: objects, names, numbers, holders", ls_main},
    {"run", "isthmus run", "start a CUDA program on the stand-in runtime", run_main},
};

static void print_help(FILE *out)
{
    fputs("Usage: isthmus COMMAND [ARGUMENT...]\n"
          "Direct3D 11 and CUDA on one piece of memory, on Linux.\n\n",
          out);
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fputs("\n"
          "  isthmus COMMAND --help   says what a command takes\n"
          "  isthmus --version        prints the version\n",
          out);
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* argp names the command in its messages by argv[0]. */
static int command_start(const struct command *command, int argc, char **argv)
{
    static char name[32]; /* argp keeps a pointer to it */
    snprintf(name, sizeof(name), "%s", command->full_name);
    argv[0] = name;
    argp_err_exit_status = EXIT_USAGE;
    return command->run(argc, argv);
}

int command_main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-?") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_OK;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("isthmus %s\n", ist_version());
        return EXIT_OK;
    }
    /* An option that is none of ours is as unknown as a command: the same sentence. */
    const struct command *command = command_find(name);
    if (!command) {
        complain("there is no command '%s'; `isthmus --help` lists them", name);
        return EXIT_TROUBLE;
    }
    return command_start(command, argc - 1, argv + 1);
}
