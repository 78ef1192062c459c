/* SPDX-License-Identifier: MIT */
/* What nvcc's code registers, and the calls that it generates for it. */
#ifndef ISTHMUS_CUDA_RUNTIME_MODULE_H
#define ISTHMUS_CUDA_RUNTIME_MODULE_H

#include "cuda/runtime/runtime.h"

/*
 * The device's name of a kernel or variable, by the host's stand-in for it; NULL if nothing was
 * registered. The string lives as long as the program that registered it.
 */
const char *module_name(const void *host);

/* A name for people: "add_one (_Z7add_onePii)" for the simple mangled ones. */
void module_readable(const char *name, char *out, size_t size);

/* NVIDIA's header crt/host_runtime.h declares these only inside code that nvcc generates. */
RT_EXPORT void **__cudaRegisterFatBinary(void *fatCubin);
RT_EXPORT void __cudaRegisterFatBinaryEnd(void **fatCubinHandle);
RT_EXPORT void __cudaUnregisterFatBinary(void **fatCubinHandle);
RT_EXPORT char __cudaInitModule(void **fatCubinHandle);
RT_EXPORT void __cudaRegisterFunction(void **fatCubinHandle, const char *hostFun,
                                      char *deviceFun, const char *deviceName, int thread_limit,
                                      uint3 *tid, uint3 *bid, dim3 *bDim, dim3 *gDim,
                                      int *wSize);
RT_EXPORT void __cudaRegisterVar(void **fatCubinHandle, char *hostVar, char *deviceAddress,
                                 const char *deviceName, int ext, size_t size, int constant,
                                 int global);
RT_EXPORT void __cudaRegisterHostVar(void **fatCubinHandle, const char *deviceName,
                                     char *hostVar, size_t size);
RT_EXPORT void __cudaRegisterManagedVar(void **fatCubinHandle, void **hostVarPtrAddress,
                                        char *deviceAddress, const char *deviceName, int ext,
                                        size_t size, int constant, int global);

#endif
