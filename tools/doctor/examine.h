/* SPDX-License-Identifier: MIT */
/* The doctor's questions. Each adds its findings and leaves nothing behind. */
#ifndef ISTHMUS_TOOLS_DOCTOR_EXAMINE_H
#define ISTHMUS_TOOLS_DOCTOR_EXAMINE_H

#include "doctor/findings.h"

/* Command, library and stand-in runtimes: of one version, all there? */
void examine_install(struct findings *f);
/*
 * The adapters that D3D11 has, the devices that CUDA has, and whether they meet: on the cpu
 * device and on every GPU, each kind in a child process, for a process has devices of one kind.
 */
void examine_sides(struct findings *f);
/* NVIDIA's driver: there, and of which version? */
void examine_driver(struct findings *f);
/* Is this the kind of device that programs get? Kept from the first call on. */
bool device_chosen(const char *kind);
/* The versions of NVIDIA's driver in words, "" if it does not say; a process that has a GPU. */
void driver_versions(char *out, size_t size);
/* NVIDIA's service that lets processes share a GPU without turns: does it run? */
void examine_mps(struct findings *f);
/* The limits and settings of the system that matter. */
void examine_machine(struct findings *f);
/* The process that serves names and numbers to others: asked, never started. */
void examine_broker(struct findings *f);
/* How will this program reach the CUDA runtime? It is read, not started. */
void examine_program(struct findings *f, const char *name);

#endif
