/* SPDX-License-Identifier: MIT */
/*
 * The subcommands. Each gets its own arguments with argv[0] = "isthmus NAME", and answers with
 * an exit code of report.h. Usage errors end the process with EXIT_USAGE, as argp does.
 */
#ifndef ISTHMUS_TOOLS_COMMAND_H
#define ISTHMUS_TOOLS_COMMAND_H

int command_main(int argc, char **argv);

int bench_main(int argc, char **argv);
int image_main(int argc, char **argv);
int demo_main(int argc, char **argv);
int run_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int ls_main(int argc, char **argv);
int broker_main(int argc, char **argv);
int conformance_main(int argc, char **argv);

#endif
