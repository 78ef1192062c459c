/* SPDX-License-Identifier: MIT */
/**
 * Lets C code name CUDA's structs as C++ code does. NVIDIA's guide writes
 *     cudaExternalMemoryHandleDesc desc = {};
 * which C accepts only with a typedef, and NVIDIA's headers have none for these structs.
 *
 * It declares tags and typedefs, nothing else, so it may come before NVIDIA's headers (our
 * pkg-config flags include it first) and before or after our own. C++ has no need of it.
 */
#ifndef ISTHMUS_CUDA_TYPES_H
#define ISTHMUS_CUDA_TYPES_H

#if !defined(__cplusplus) && !defined(__CUDACC__)

/* External memory and external semaphores. */
typedef struct cudaExternalMemoryHandleDesc cudaExternalMemoryHandleDesc;
typedef struct cudaExternalMemoryBufferDesc cudaExternalMemoryBufferDesc;
typedef struct cudaExternalMemoryMipmappedArrayDesc cudaExternalMemoryMipmappedArrayDesc;
typedef struct cudaExternalSemaphoreHandleDesc cudaExternalSemaphoreHandleDesc;
typedef struct cudaExternalSemaphoreSignalParams cudaExternalSemaphoreSignalParams;
typedef struct cudaExternalSemaphoreWaitParams cudaExternalSemaphoreWaitParams;

/* What programs use around them. */
typedef struct cudaChannelFormatDesc cudaChannelFormatDesc;
typedef struct cudaDeviceProp cudaDeviceProp;
typedef struct cudaExtent cudaExtent;
typedef struct cudaFuncAttributes cudaFuncAttributes;
typedef struct cudaMemcpy3DParms cudaMemcpy3DParms;
typedef struct cudaMemcpy3DPeerParms cudaMemcpy3DPeerParms;
typedef struct cudaPitchedPtr cudaPitchedPtr;
typedef struct cudaPointerAttributes cudaPointerAttributes;
typedef struct cudaPos cudaPos;
typedef struct cudaResourceDesc cudaResourceDesc;
typedef struct cudaResourceViewDesc cudaResourceViewDesc;
typedef struct cudaTextureDesc cudaTextureDesc;

#endif

#endif
