/* SPDX-License-Identifier: MIT */
/* The command line. Only the main thread writes here, before the others start. */
#include "monkey.h"

#include "test.h"

#include <getopt.h>
#include <stdio.h>

struct options options = {.seed = 1,
                          .threads = 6,
                          .hang_seconds = 30,
                          .wild = !TEST_THREAD_SANITIZER};

static void usage(const char *program, int status)
{
    fprintf(status ? stderr : stdout,
            "usage: %s [--seed N] [--threads N] [--seconds N] [--ops N] [--hang N]\n"
            "          [--wild 0|1] [--only TEXT] [--codes]\n"
            "  --ops    operations of each thread; without --seconds, nothing else ends it\n"
            "  --hang   seconds without an operation after which a thread counts as stuck\n"
            "  --wild   copies that nothing orders (off under ThreadSanitizer: they race)\n"
            "  --codes  print what each call answered, and how often\n"
            "  --only   operations whose name contains TEXT, or one of its parts (a,b)\n",
            program);
    exit(status);
}

static uint64_t number(const char *program, const char *text, uint64_t most)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 0);
    if (*end || end == text || value > most)
        usage(program, EXIT_FAILURE);
    return value;
}

static void read_option(char **argv, int letter)
{
    switch (letter) {
    case 's': options.seed = number(argv[0], optarg, UINT64_MAX); break;
    case 't': options.threads = (unsigned)number(argv[0], optarg, WORKERS_MAX); break;
    case 'd': options.seconds = (unsigned)number(argv[0], optarg, 1000000); break;
    case 'o': options.ops = number(argv[0], optarg, UINT64_MAX); break;
    case 'g': options.hang_seconds = (unsigned)number(argv[0], optarg, 1000000); break;
    case 'w': options.wild = number(argv[0], optarg, 1) != 0; break;
    case 'c': options.codes = true; break;
    case 'y': options.only = optarg; break;
    default: usage(argv[0], letter == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
    }
}

void options_read(int argc, char **argv)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},    {"threads", required_argument, NULL, 't'},
        {"seconds", required_argument, NULL, 'd'}, {"ops", required_argument, NULL, 'o'},
        {"hang", required_argument, NULL, 'g'},    {"wild", required_argument, NULL, 'w'},
        {"codes", no_argument, NULL, 'c'},         {"only", required_argument, NULL, 'y'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;)
        read_option(argv, letter);
    if (optind < argc)
        usage(argv[0], EXIT_FAILURE);
    if (!options.seconds && !options.ops)
        options.seconds = 3;
    if (!options.threads)
        options.threads = 1;
}
