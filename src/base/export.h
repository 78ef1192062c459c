/* SPDX-License-Identifier: MIT */
/*
 * What base and core lend to the fronts. The fronts are libraries of their own, so these
 * functions are exported: under a private symbol version, and under an assembler name that no
 * program's own function can take over (a program's `queue_create` would otherwise be called by
 * our fronts). Written before every other attribute of the declaration: the compiler wants it
 * so.
 */
#ifndef ISTHMUS_BASE_EXPORT_H
#define ISTHMUS_BASE_EXPORT_H

#define FRONT_API(name) __asm__("ist_private_" #name) __attribute__((visibility("default")))

#endif
