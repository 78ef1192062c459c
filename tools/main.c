/* SPDX-License-Identifier: MIT */
/* The command `isthmus`. Everything is in command.c, where tests reach it. */
#include "command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
