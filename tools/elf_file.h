/* SPDX-License-Identifier: MIT */
/* What `run` wants to know about a program before it starts it. */
#ifndef ISTHMUS_TOOLS_ELF_FILE_H
#define ISTHMUS_TOOLS_ELF_FILE_H

#include <stdbool.h>

/* How a program reaches the CUDA runtime, as far as its file tells. */
enum elf_cudart {
    ELF_CUDART_UNKNOWN, /* not an ELF program of this machine: a script, for instance */
    ELF_CUDART_NONE,    /* names no CUDA runtime and shows no trace of one */
    ELF_CUDART_STATIC,  /* holds a runtime of its own: only the driver's name is in it */
    ELF_CUDART_SHARED,  /* names libcudart.so among its libraries */
};

/* *major gets the CUDA version of the shared runtime, 0 if there is none. Never prints. */
enum elf_cudart elf_cudart_of(const char *path, int *major);

/* Does this text, such as the name of a function that it calls, stand anywhere in the file? */
bool elf_has_text(const char *path, const char *text);

#endif
